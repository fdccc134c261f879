package triage

import (
	"fmt"
	"time"

	"skep/model"
)

// renewSoon is for how long a node that was away may still come back in time
// before its certificate runs out, that it is told beforehand.
const renewSoon = 7 * 24 * time.Hour

// mixedIssuers notes that nodes have certificates of several authorities: a
// rotation of the swarm's is on its way, and does not end before each node has a
// new one.
func mixedIssuers(c *sweep, report func(model.Finding)) {
	nodes := map[string][]*model.Node{}
	for _, n := range c.Nodes() {
		if key := string(n.Description.TLSInfo.CertIssuerPublicKey); key != "" {
			nodes[key] = append(nodes[key], n)
		}
	}
	if len(nodes) < 2 {
		return
	}
	var lost, waits []*model.Node
	most := 0
	for _, list := range nodes {
		most = max(most, len(list))
	}
	for _, n := range c.Nodes() { // In a fixed order.
		list := nodes[string(n.Description.TLSInfo.CertIssuerPublicKey)]
		if len(list) == 0 {
			continue
		}
		if n.Lost() {
			lost = append(lost, n)
		}
		if len(list) < most || n.Lost() {
			waits = append(waits, n)
		}
	}
	f := model.Finding{Ref: c.Nodes()[0].Key().Ref(), Part: "authority", Subject: "swarm CA", Status: model.Neutral, Confidence: model.Likely,
		Claim: "is being rotated", Why: fmt.Sprintf("nodes have certificates of %d authorities", len(nodes))}
	for _, n := range waits {
		f.Evidence = append(f.Evidence, model.Evidence{Object: c.NodeName(n.Key()), Field: "Description.TLSInfo", Value: "another issuer than most have, or down"})
	}
	if len(lost) > 0 {
		f.Status, f.Claim = model.Warning, "rotation waits for "+c.namesOf(lost)
		f.Why = "a node that is down cannot take a new certificate, and the rotation does not end without it"
		f.Remedy = model.Remedy{Text: "bring the node back, or remove it"}
	}
	report(f)
}
