package actions

import (
	"encoding/json"
	"strings"

	"skep/model"
)

// ownStack are the verbs that say themselves what the next deployment of the stack
// does, or of which it takes nothing back.
var ownStack = map[string]bool{deployVerb: true, "label": true, "image": true, "restart": true, resumeVerb: true, "rebalance": true}

// warnOthers says who else changes the service, and so what does not stay.
func (s service) warnOthers(p *Plan) {
	if names := managedBy(s.spec); names != "" {
		p.warn("managed by %s: what is changed here may not stay", names)
	}
	if stack := stackOf(s.in); stack != "" && !ownStack[p.Verb] && !s.in.InGroup && len(p.Changes) > 0 {
		p.warn("the next docker stack deploy of %s takes back what its file does not say", stack)
	}
	if n := s.pending(); n > 0 && p.Verb != "label" && s.onlyLabels(p) {
		p.warn(forgotten, countAre(n, "task"))
	}
}

// managedBy names the controllers of a service, with what they do; empty for none.
func managedBy(spec json.RawMessage) string {
	var names []string
	for _, c := range model.ManagedBy(labelsOf(spec)) {
		names = append(names, c.String())
	}
	return list(names)
}

// forgotten warns of a task that an engine may forget.
const forgotten = "%s pending: an engine may forget a pending task when only labels change (moby#53722); a restart brings it back"

// onlyLabels reports whether a plan changes nothing but labels of the service.
func (s service) onlyLabels(p *Plan) bool {
	for _, c := range p.Changes {
		if !strings.HasPrefix(c.Path, "Labels.") && !strings.HasPrefix(c.Path, "Labels[") {
			return false
		}
	}
	return len(p.Changes) > 0 && s.mode != model.ModeReplicatedJob && s.mode != model.ModeGlobalJob
}
