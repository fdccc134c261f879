package actions

import (
	"encoding/json"
	"fmt"
	"strings"

	"skep/model"
)

// attachments are the networks of a service as its specification has them.
func attachments(spec json.RawMessage) []json.RawMessage {
	var out []json.RawMessage
	for _, path := range [][]string{pathNetworks, {"Networks"}} { // Old ones have them there.
		if decodeField(spec, &out, path...); len(out) > 0 {
			break
		}
	}
	return out
}

// targets are the networks that are attached to.
func targets(attached []json.RawMessage) map[string]bool {
	out := map[string]bool{}
	for _, raw := range attached {
		var target string
		decodeField(raw, &target, "Target")
		out[target] = true
	}
	return out
}

// joined are the attachments to the networks that only the new service is on, as the old
// one gets them: by the names without the suffix, and in its own stack's networks.
func (p pairing) joined() ([]json.RawMessage, error) {
	on := targets(attachments(p.blueDoc.Spec))
	var out []json.RawMessage
	var missing []string
	for _, raw := range attachments(p.greenDoc.Spec) {
		var a struct {
			Target  string
			Aliases []string
		}
		if err := json.Unmarshal(raw, &a); err != nil {
			return nil, fmt.Errorf("%w: the networks of %s cannot be read", ErrSpec, p.green.Name())
		}
		if on[a.Target] {
			continue
		}
		to, without, err := p.inNetworkOf(a.Target)
		switch {
		case err != nil:
			return nil, err
		case without != "":
			missing = append(missing, without)
			continue
		case on[to]:
			continue
		}
		edits := []Edit{{Path: []string{"Target"}, Value: to}}
		if to == a.Target && len(a.Aliases) > 0 {
			for i, alias := range a.Aliases {
				a.Aliases[i] = strings.TrimSuffix(alias, greenSuffix)
			}
			edits = append(edits, Edit{Path: []string{"Aliases"}, Value: unique(a.Aliases)})
		}
		one, err := Apply(raw, edits)
		if err != nil {
			return nil, err
		}
		on[to], out = true, append(out, one)
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("%s is in %s that %s has not: %s: deploy the files to it first, which makes %s",
			p.green.Name(), verb(len(missing), "a network", "networks"), p.blue.Stack(), list(missing), verb(len(missing), "it", "them"))
	}
	return out, nil
}

// inNetworkOf is the network of the old one's stack that a network of the new one's
// stands for, or else what it would be called; a network that is neither's is itself.
func (p pairing) inNetworkOf(id string) (to, missing string, err error) {
	c := p.in.Cluster
	if !p.apart() {
		return id, "", nil
	}
	if !c.Set(model.KindNetwork).Known() {
		return "", "", fmt.Errorf("the networks: %w", ErrUnread)
	}
	from, stack := string(p.green.Stack()), string(p.blue.Stack())
	n, listed := model.Lookup[*model.Network](c, model.Ref{Kind: model.KindNetwork, ID: id})
	if !listed || n.Labels[model.LabelStack] != from {
		return id, "", nil
	}
	name := movedName(n.Name, from, stack)
	for _, o := range model.Listed[*model.Network](c, model.KindNetwork) {
		if o.Name == name && o.InSwarm() {
			return o.ID, "", nil
		}
	}
	return "", name, nil
}

// sayJoined says which networks are new to the old one.
func (p pairing) sayJoined(i *Impact, after json.RawMessage) {
	before := targets(attachments(p.blueDoc.Spec))
	var names []string
	for _, n := range typed(after).TaskTemplate.Networks {
		if !before[n.Target] {
			names = append(names, p.in.Cluster.NameOf(model.Ref{Kind: model.KindNetwork, ID: n.Target}))
		}
	}
	if len(names) > 0 {
		i.say("%s joins %s that only %s is in: %s", p.blue.Name(), verb(len(names), "the network", "the networks"), p.green.Name(), list(names))
	}
}
