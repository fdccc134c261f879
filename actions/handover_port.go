package actions

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// portPatience is how long the engine gets to take a port from the service that had
// it, before it gives it to the other.
const portPatience = 30 * time.Second

// portGap is for how long a port in host mode that was handed over did not answer, as
// TestSwitch_OnARealSwarm measures it on Engine 20.10. Of one in ingress mode nobody
// has measured it.
const portGap = "2 to 4 seconds, measured with a port in host mode"

// published parts the published ports of a specification into those of a number of
// their own, and those of which the engine chooses the number.
func published(spec json.RawMessage) (fixed, chosen []json.RawMessage, names []string) {
	var all []json.RawMessage
	decodeField(spec, &all, pathPorts...)
	for _, raw := range all {
		var p swarm.PortConfig
		if err := json.Unmarshal(raw, &p); err == nil && p.PublishedPort != 0 {
			fixed, names = append(fixed, raw), append(names, portText(p))
			continue
		}
		chosen = append(chosen, raw)
	}
	return fixed, chosen, names
}

// byPort reports whether what comes to the giver comes by a published port alone.
func (h handover) byPort() bool {
	fixed, _, _ := published(h.giver.Spec)
	return len(h.routed) == 0 && len(fixed) > 0
}

// movePorts are the edits that take the ports from the giver, and those that give
// them to the receiver.
func (h handover) movePorts() (give, take []Edit) {
	fixed, chosen, _ := published(h.giver.Spec)
	var own []json.RawMessage
	decodeField(h.receiver.Spec, &own, pathPorts...)
	left := append([]json.RawMessage{}, chosen...)
	return []Edit{{Path: pathPorts, Value: left}}, []Edit{{Path: pathPorts, Value: append(own, fixed...)}}
}

// planPorts hands published ports over: the giver comes first, because the engine
// gives no port to two. All tasks of both restart, and for a while nothing answers.
func (h handover) planPorts(does string, giver, receiver write) (Plan, error) {
	give, take := h.movePorts()
	giver.edits, receiver.edits = append(give, giver.edits...), append(take, receiver.edits...)
	out, err := h.pairing.plan(does, Disruptive, giver, receiver)
	if err != nil {
		return Plan{}, err
	}
	out.Steps[len(out.Steps)-1].Patience = portPatience
	_, _, names := published(h.giver.Spec)
	from, to := h.giver.Name, h.receiver.Name
	out.Impact.say("from %s to %s: the published %s %s; no proxy routes to %s by labels", from, to, verb(len(names), "port", "ports"), list(names), from)
	for _, w := range []write{giver, receiver} {
		after, err := Apply(w.doc.Spec, w.edits)
		if err != nil {
			return Plan{}, err
		}
		f := h.of(w.s, w.doc).foresee(after, "UpdateConfig")
		out.Impact.Restarts += f.replaced()
		out.Impact.say("%s: %s%s", w.s.Name(), f.which(), f.order())
	}
	out.warn("%s %s nothing from when the tasks of %s that have it are gone until the first of %s with it is up: as long as one task takes to stop and one to start (with one task of each, which stopped at once and had its image, %s)",
		list(names), verb(len(names), "answers", "answer"), from, to, portGap)
	out.warn("better: skep finish gives %s what %s runs in its own rolling update, and it keeps its ports; there is no gap as long as that leaves a task running", h.blue.Name(), h.green.Name())
	return out, nil
}

// holds reports whether requests come to a service by its labels or its ports.
func holds(spec json.RawMessage) bool {
	fixed, _, _ := published(spec)
	return len(fixed) > 0 || len(model.Routed(labelsOf(spec))) > 0
}

// nothingToHandOver says what to do where there is neither a label nor a port.
func (h handover) nothingToHandOver() error {
	return fmt.Errorf("no proxy routes to %s by labels that skep knows, and it publishes no port of its own: who calls it by its name gets the new version by skep finish",
		strings.TrimSpace(h.giver.Name))
}
