package triage

import (
	"slices"
	"strings"

	"skep/model"
)

// cure is what helps where a task ended, or will never run, with one of some texts in
// its error.
type cure struct {
	marks []string
	// text is what helps, where NODE stands for the task's node and SERVICE for its service;
	// verb is the action on the service that does it.
	text, verb string
	// node is set where no version of the service would run there.
	node bool
}

// cures are for the texts of Engine 20.10 to 29; the first that fits counts.
var cures = []cure{
	{[]string{"no space left on device"}, "make room on the disk of NODE (docker system df, docker system prune there), or drain it meanwhile", "", true},
	{[]string{"port is already allocated", "address already in use"}, "see on NODE what has the port (ss -ltnup): it is no task of the swarm", "", true},
	{[]string{"toomanyrequests", "429 Too Many"}, "let it pull with a login (docker login, then docker service update --with-registry-auth SERVICE), or wait until the limit is over, mostly some hours", "", false},
	{[]string{"x509: "}, "have each node trust the registry: its CA's certificate in /etc/docker/certs.d/HOST:PORT/ca.crt", "", false},
	{[]string{"dial tcp", "TLS handshake timeout", "Client.Timeout"}, "see on NODE whether it reaches the registry: its name, a proxy, a firewall", "", false},
	{[]string{"exec format error", "no matching manifest"}, "set an image that is made for the processor of NODE, or keep the service to nodes that it is made for", "image", false},
	{[]string{"no basic auth", "unauthorized", "pull access denied"}, "give it the registry's login (docker login, then docker service update --with-registry-auth SERVICE), or set an image that the nodes may pull", "image", false},
	{[]string{"o such image", "manifest"}, "set an image that the registry has; if the registry wants a login, give it that (docker login, then docker service update --with-registry-auth SERVICE)", "image", false},
	{[]string{"bind source path"}, "make the folder on each node that its tasks may run on, keep them to nodes that have it, or mount a volume instead", "mounts", false},
}

// cureOf finds what helps a task by its error; false where nothing is known to.
func (c *sweep) cureOf(s *model.Service, t *model.Task) (cure, model.Remedy, bool) {
	i := slices.IndexFunc(cures, func(k cure) bool {
		return slices.ContainsFunc(k.marks, func(m string) bool { return strings.Contains(t.Err, m) })
	})
	if i < 0 {
		return cure{}, model.Remedy{}, false
	}
	k := cures[i]
	node := "its node"
	if t.NodeID != "" {
		node = c.NodeName(t.NodeID)
	}
	r := model.Remedy{Text: strings.NewReplacer("NODE", node, "SERVICE", model.Quote(s.Name())).Replace(k.text), Verb: k.verb}
	if r.Verb != "" {
		r.Target = s.Key().Ref()
	}
	return k, r, true
}
