package actions

import (
	"errors"
	"fmt"
	"strings"

	"skep/model"
)

// handover is what comes to one service of a pair, to be handed to the other.
type handover struct {
	pairing
	giver, receiver model.Document
	// routed are the proxies that route to the giver.
	routed []model.Routing
}

func (p pairing) handover(giver, receiver model.Document) handover {
	return handover{pairing: p, giver: giver, receiver: receiver, routed: model.Routed(labelsOf(giver.Spec))}
}

// possible is why it cannot be handed over; in steps also why it cannot be shared.
func (h handover) possible(steps bool) error {
	switch {
	case len(h.routed) > 0:
	case h.byAlias() && steps:
		return errors.New("by a network alias each of two services gets half, whatever their replicas: switch at once")
	case h.byAlias():
	case !h.byPort():
		return h.nothingToHandOver()
	case steps:
		return errors.New("a published port cannot be shared: switch at once")
	}
	for _, r := range h.routed {
		if own := r.Own(); len(own) > 0 {
			return fmt.Errorf("%s says itself where requests go, and would after the switch: {{upstreams}} in its place follows the service", own[0])
		}
		if len(model.RoutesOf("", r.Labels)) == 0 {
			return fmt.Errorf("the labels of %s have no route: it makes one of the service's name, which cannot be handed over", r.Proxy)
		}
		if !steps {
			continue
		}
		if !r.Shares {
			return fmt.Errorf("%s does not share between two services: switch at once", r.Proxy)
		}
		if why := r.Nameless(); why != "" {
			return fmt.Errorf("%s cannot have both at once: %s", r.Proxy, why)
		}
		if key := r.ByService(); key != "" {
			return fmt.Errorf("%s goes by services and not by tasks (%s): steps would make no difference", r.Proxy, key)
		}
	}
	return nil
}

// take are the edits with which the receiver gets what the giver gets, and give
// those with which the giver gets nothing any more.
func (h handover) take() []Edit {
	before := labelsOf(h.receiver.Spec)
	taken := model.Taken(before, labelsOf(h.giver.Spec))
	if h.weighed() && h.mark.Phase == model.GreenStepping {
		taken = model.Weighed(taken, h.routed, h.mark.Weight)
	}
	return labelEdits(before, taken)
}

func (h handover) give() []Edit {
	before := labelsOf(h.giver.Spec)
	return labelEdits(before, model.Parked(before))
}

// plan hands over: the receiver comes first, so that there is never none. What else
// is written to either goes along.
func (h handover) plan(verb string, giver, receiver write) (Plan, error) {
	if h.byPort() {
		return h.planPorts(verb, giver, receiver)
	}
	receiver.edits = append(h.take(), receiver.edits...)
	giver.edits = append(h.give(), giver.edits...)
	out, err := h.pairing.plan(verb, Reversible, receiver, giver)
	if err != nil {
		return Plan{}, err
	}
	out.Impact.say("%s", h.what())
	out.Impact.say("only labels change: no task of either restarts")
	for _, r := range h.routed {
		out.Impact.say("%s: %s; until then all goes as before", r.Proxy, r.Notices)
		if why := r.Nameless(); why != "" {
			out.warn("a %s that looks in the moment between the two writes takes neither until it looks again: %s", r.Proxy, why)
		}
	}
	return out, nil
}

// what says what is handed over.
func (h handover) what() string {
	var out []string
	for _, r := range h.routed {
		for _, route := range model.RoutesOf("", r.Labels) {
			out = append(out, strings.TrimSpace(r.Proxy+" "+route.Name+" "+route.Rule))
		}
	}
	return fmt.Sprintf("from %s to %s: %s", h.giver.Name, h.receiver.Name, list(out))
}
