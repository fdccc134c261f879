package actions

import (
	"encoding/json"
	"strings"

	"skep/model"
)

// controllers are programs that change services by themselves, by the labels that
// tell them which: what is changed by hand they may change again.
var controllers = []struct {
	label, name, does string
	// value is what the label has to say; empty for anything but false.
	value string
}{
	{"swarmpit.service.deployment.autoredeploy", "Swarmpit", "updates its image by itself", "true"},
	{"shepherd.autodeploy", "Shepherd", "updates its image by itself", "true"},
	{"shepherd.enable", "Shepherd", "updates its image by itself", ""},
	{"gantry.services.", "Gantry", "updates its image by itself", ""},
	{"gantry.auth.config", "Gantry", "updates its image by itself", ""},
	{"com.ouroboros.enable", "Ouroboros", "updates its image by itself", ""},
	{"swarm.cronjob.enable", "swarm-cronjob", "starts it again by its schedule, and sets its replicas", "true"},
	{"swarm.autoscaler", "the autoscaler", "sets its replicas by itself", "true"},
	{"io.portainer.", "Portainer", "may deploy its stack again", ""},
}

// managedBy are the controllers of a service, each once, with what they do.
func managedBy(spec json.RawMessage) []string {
	var labels map[string]string
	decodeField(spec, &labels, "Labels")
	var out []string
	last := ""
	for _, c := range controllers {
		for key, value := range labels {
			is := key == c.label || strings.HasSuffix(c.label, ".") && strings.HasPrefix(key, c.label)
			if is && value != "false" && (c.value == "" || value == c.value) && c.name != last {
				last = c.name
				out = append(out, c.name+" ("+c.does+")")
			}
		}
	}
	return out
}

// ownStack are the verbs that say themselves what the next deployment of the stack
// does, or of which it takes nothing back.
var ownStack = map[string]bool{deployVerb: true, "label": true, "image": true, "restart": true, resumeVerb: true, "rebalance": true}

// warnOthers says who else changes the service, and so what does not stay.
func (s service) warnOthers(p *Plan) {
	if names := managedBy(s.spec); len(names) > 0 {
		p.warn("managed by %s: what is changed here may not stay", list(names))
	}
	if stack := stackOf(s.in); stack != "" && !ownStack[p.Verb] && !s.in.InGroup && len(p.Changes) > 0 {
		p.warn("the next docker stack deploy of %s takes back what its file does not say", stack)
	}
	if n := s.pending(); n > 0 && p.Verb != "label" && s.onlyLabels(p) {
		p.warn(forgotten, countAre(n, "task"))
	}
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
