package actions

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
)

// What the engine takes for a field that nothing is said of (swarmkit
// api/defaults/service.go).
const (
	withoutMonitor = 5 * time.Second
	withoutDelay   = 5 * time.Second
	withoutGrace   = 10 * time.Second
)

// canonical is a service's specification in the one form that it has in common with
// all that mean the same: defaults are spelt out, lists whose order says nothing are
// sorted, and what is empty is left out. It is for comparing, and never written as a
// whole.
func canonical(spec *swarm.ServiceSpec) (json.RawMessage, error) {
	raw, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	s := &swarm.ServiceSpec{} // A copy, so that the caller's stays as it is.
	if err := json.Unmarshal(raw, s); err != nil {
		return nil, err
	}
	spellOut(s)
	if raw, err = json.Marshal(s); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return encode(filled(v))
}

// filled is a value without what is empty in it; nil where nothing is left. Numbers
// and truths say something even where they are zero.
func filled(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, one := range v {
			if key == "Labels" || key == "Options" || key == "DriverOpts" || key == "Sysctls" {
				if m, ok := one.(map[string]any); ok && len(m) > 0 {
					continue // An empty value is one there.
				}
			}
			// An empty object says which mode it is.
			if one = filled(one); one == nil && !slices.Contains([]string{"Global", "GlobalJob", "Runtime"}, key) {
				delete(v, key)
			} else if one != nil {
				v[key] = one
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		if len(v) == 0 {
			return nil
		}
		for i := range v {
			if _, object := v[i].(map[string]any); object {
				v[i] = cmpOr(filled(v[i]), v[i])
			}
		}
	case string:
		if v == "" {
			return nil
		}
	}
	return v
}

func cmpOr(a, b any) any {
	if a != nil {
		return a
	}
	return b
}

// spellOut writes defaults where nothing is said, and sorts what has no order.
func spellOut(s *swarm.ServiceSpec) {
	t := &s.TaskTemplate
	s.UpdateConfig, s.RollbackConfig = rolloutOf(s.UpdateConfig), rolloutOf(s.RollbackConfig)
	if t.RestartPolicy == nil {
		t.RestartPolicy = &swarm.RestartPolicy{}
	}
	r := t.RestartPolicy
	r.Condition = cmp.Or(r.Condition, swarm.RestartPolicyConditionAny)
	r.Delay, r.MaxAttempts, r.Window = orElse(r.Delay, withoutDelay), orElse(r.MaxAttempts, 0), orElse(r.Window, 0)
	t.Runtime = cmp.Or(t.Runtime, swarm.RuntimeContainer)
	if p := t.Placement; p != nil {
		p.Platforms = nil // They come with the image.
		slices.Sort(p.Constraints)
	}
	slices.SortFunc(t.Networks, func(a, b swarm.NetworkAttachmentConfig) int { return cmp.Compare(a.Target, b.Target) })
	for i := range t.Networks {
		slices.Sort(t.Networks[i].Aliases)
		t.Networks[i].Aliases = slices.Compact(t.Networks[i].Aliases)
	}
	if s.EndpointSpec == nil {
		s.EndpointSpec = &swarm.EndpointSpec{}
	}
	s.EndpointSpec.Mode = cmp.Or(s.EndpointSpec.Mode, swarm.ResolutionModeVIP)
	for i := range s.EndpointSpec.Ports {
		p := &s.EndpointSpec.Ports[i]
		p.Protocol, p.PublishMode = cmp.Or(p.Protocol, network.TCP), cmp.Or(p.PublishMode, swarm.PortConfigPublishModeIngress)
	}
	slices.SortFunc(s.EndpointSpec.Ports, swarm.PortConfig.Compare)
	spellOutMode(&s.Mode)
	if t.ContainerSpec != nil {
		spellOutContainer(t.ContainerSpec)
	}
	if l := t.Resources; l != nil {
		if l.Limits != nil && *l.Limits == (swarm.Limit{}) {
			l.Limits = nil
		}
	}
}

func orElse[T any](p *T, without T) *T {
	if p == nil {
		return &without
	}
	return p
}

func rolloutOf(u *swarm.UpdateConfig) *swarm.UpdateConfig {
	if u == nil {
		u = &swarm.UpdateConfig{Parallelism: 1}
	}
	u.FailureAction = cmp.Or(u.FailureAction, swarm.UpdateFailureActionPause)
	u.Monitor, u.Order = cmp.Or(u.Monitor, withoutMonitor), cmp.Or(u.Order, swarm.UpdateOrderStopFirst)
	return u
}

func spellOutMode(m *swarm.ServiceMode) {
	if m.Replicated == nil && m.Global == nil && m.ReplicatedJob == nil && m.GlobalJob == nil {
		m.Replicated = &swarm.ReplicatedService{}
	}
	if m.Replicated != nil {
		m.Replicated.Replicas = orElse(m.Replicated.Replicas, 1)
	}
	if j := m.ReplicatedJob; j != nil {
		j.MaxConcurrent = orElse(j.MaxConcurrent, 1)
		j.TotalCompletions = orElse(j.TotalCompletions, *j.MaxConcurrent)
	}
}

func spellOutContainer(c *swarm.ContainerSpec) {
	c.StopGracePeriod = orElse(c.StopGracePeriod, withoutGrace)
	c.Isolation = cmp.Or(c.Isolation, container.IsolationDefault)
	if p := c.Privileges; p != nil && *p == (swarm.Privileges{}) {
		c.Privileges = nil
	}
	if !anyTwice(c.Env) {
		slices.Sort(c.Env)
	}
	slices.Sort(c.CapabilityAdd)
	slices.Sort(c.CapabilityDrop)
	slices.SortFunc(c.Ulimits, func(a, b *container.Ulimit) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(c.Mounts, func(a, b mount.Mount) int { return cmp.Compare(a.Target, b.Target) })
	for i := range c.Mounts {
		m := &c.Mounts[i]
		m.Type = cmp.Or(m.Type, mount.TypeVolume)
		if m.Consistency == mount.ConsistencyDefault {
			m.Consistency = ""
		}
		if b := m.BindOptions; b != nil && b.Propagation == mount.PropagationRPrivate {
			b.Propagation = ""
		}
	}
	slices.SortFunc(c.Secrets, func(a, b *swarm.SecretReference) int { return cmp.Compare(fileName(a.File), fileName(b.File)) })
	slices.SortFunc(c.Configs, func(a, b *swarm.ConfigReference) int {
		return cmp.Or(cmp.Compare(configName(a.File), configName(b.File)), cmp.Compare(a.ConfigName, b.ConfigName))
	})
}

func fileName(f *swarm.SecretReferenceFileTarget) string {
	if f == nil {
		return ""
	}
	return f.Name
}

func configName(f *swarm.ConfigReferenceFileTarget) string {
	if f == nil {
		return ""
	}
	return f.Name
}

// anyTwice reports whether a variable is set twice: then the order says which wins.
func anyTwice(env []string) bool {
	seen := map[string]bool{}
	for _, e := range env {
		name, _, _ := strings.Cut(e, "=")
		if seen[name] {
			return true
		}
		seen[name] = true
	}
	return false
}

// unordered are the lists of a specification whose order says nothing, by the last
// step of the path to them.
var unordered = map[string]bool{
	"Env": true, "Mounts": true, "Secrets": true, "Configs": true, "Networks": true, "Ports": true, "Constraints": true,
	"CapabilityAdd": true, "CapabilityDrop": true, "Ulimits": true, "Aliases": true,
}

// inOrderOf is a list in the order that its elements have in another one, those
// that are only in it last: so a list that is written anew changes no more than it
// has to.
func inOrderOf(path []string, list, other json.RawMessage) json.RawMessage {
	var mine, theirs []json.RawMessage
	name := path[len(path)-1]
	if !unordered[name] || json.Unmarshal(list, &mine) != nil || json.Unmarshal(other, &theirs) != nil {
		return list
	}
	key := func(raw json.RawMessage) string {
		var word string
		if json.Unmarshal(raw, &word) == nil {
			if name == "Env" {
				word, _, _ = strings.Cut(word, "=")
			}
			return word
		}
		var object map[string]any
		if json.Unmarshal(raw, &object) != nil {
			return string(raw)
		}
		for _, id := range []string{"Target", "SecretName", "ConfigName", "Name"} {
			if s, ok := object[id].(string); ok {
				return s
			}
		}
		return string(raw)
	}
	place := func(raw json.RawMessage) int {
		i := slices.IndexFunc(theirs, func(t json.RawMessage) bool { return key(t) == key(raw) })
		if i < 0 {
			return len(theirs)
		}
		return i
	}
	slices.SortStableFunc(mine, func(a, b json.RawMessage) int { return place(a) - place(b) })
	out, err := encode(mine)
	if err != nil {
		return list
	}
	return out
}
