package detail

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

var (
	_ = describes(model.KindDiscovery, (*sheet).discovery)
	_ = describes(model.KindNames, (*sheet).names)
)

// discovery says by which names a service is found, and by whom.
func (s *sheet) discovery() {
	c := s.in.Cluster
	svc := c.Service(model.ServiceID(s.in.Ref.ID))
	if svc == nil {
		s.missing()
		return
	}
	s.section("Discovery of " + svc.Name())
	mode := "vip: the names resolve to one virtual address on each network"
	if svc.ByTasks() {
		mode = "dnsrr: the names resolve to the addresses of its tasks"
	}
	s.field("Mode", plain(mode))
	attached := c.Attachments(svc)
	for _, a := range attached {
		s.field("On "+a.Name, plain(strings.Join(a.Names, ", ")))
		if a.VIP != "" && !svc.ByTasks() {
			s.more(dim("VIP " + a.VIP + "; tasks." + svc.Name() + " resolves to the tasks"))
		}
	}
	if len(attached) == 0 {
		s.field("Networks", plain("none: no service finds it by name"))
	}
	s.published(svc)
	s.routes(svc)
	s.reaches(svc)
}

// published are the ports of a service, with the nodes that answer.
func (s *sheet) published(svc *model.Service) {
	openings := s.in.Cluster.Openings(svc)
	for _, p := range svc.Ports() {
		who := s.everyNode(svc, openings)
		if p.Host {
			who = "only the nodes of its tasks answer: " + nameOr(strings.Join(hostNodes(p, openings), ", "), "none now")
		}
		s.field("Port", plain(p.String()+", "+who))
	}
}

// everyNode says which nodes answer on the ports of the routing mesh.
func (s *sheet) everyNode(svc *model.Service, openings []model.Opening) string {
	if f := s.in.Cluster.Facts(svc.Key()); f.Counted() && f.Up == 0 {
		return "no node answers: no task is up"
	}
	var silent []string
	for _, n := range s.in.Cluster.Nodes() {
		if !slices.ContainsFunc(openings, func(o model.Opening) bool {
			return o.Node == n.Hostname() && o.Mode == swarm.PortConfigPublishModeIngress
		}) {
			silent = append(silent, n.Hostname())
		}
	}
	if len(silent) == 0 {
		return "every node answers"
	}
	return "every node answers but " + strings.Join(silent, ", ")
}

// hostNodes are the nodes that answer on a port of the host, each with the port that its
// task got where any would do.
func hostNodes(p model.PortRange, openings []model.Opening) []string {
	var out []string
	for _, o := range openings {
		if o.Mode != swarm.PortConfigPublishModeHost || o.Protocol != p.Protocol {
			continue
		}
		name := o.Node
		switch {
		case p.Published == 0:
			name += fmt.Sprintf(":%d", o.Port)
		case o.Port < p.Published || o.Port > p.Published+p.More:
			continue
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// routes are the rules by which proxies send requests to a service.
func (s *sheet) routes(svc *model.Service) {
	routes := svc.Routes()
	if len(routes) == 0 {
		return
	}
	s.section("Routed to it by labels")
	for _, r := range routes {
		to := r.Backend
		if r.Port != "" {
			to += ":" + r.Port
		}
		s.field(r.Proxy, plain(nameOr(model.MaskText(r.Rule), "by the proxy's own rule")+" "+s.in.Glyphs.Arrow+" "+to))
		if r.Network != "" {
			s.more(dim("over the network " + r.Network))
		}
		if r.Wrong != "" {
			s.more(s.status("not used: "+r.Wrong, model.Warning))
		}
	}
}

// reaches says of every other service whether this one finds it.
func (s *sheet) reaches(svc *model.Service) {
	c := s.in.Cluster
	var can, cannot [][]Span
	for _, other := range c.Services() {
		if other.Key() == svc.Key() {
			continue
		}
		r := c.Reach(svc, other)
		switch {
		case r.Can && r.Why != "":
			can = append(can, []Span{plain(other.Name()), plain(reachedBy(r)), s.status(r.Why, model.Warning)})
		case r.Can:
			can = append(can, []Span{plain(other.Name()), plain(reachedBy(r)), dim("on " + attachments(r.Over))})
		default:
			cannot = append(cannot, []Span{plain(other.Name()), dim(r.Why)})
		}
	}
	s.section(fmt.Sprintf("Finds, and is found by (%d)", len(can)))
	if len(can) == 0 {
		s.none("no other service")
	}
	s.grid(can)
	if len(cannot) > 0 {
		s.section(fmt.Sprintf("Does not find (%d)", len(cannot)))
		s.grid(cannot)
	}
}

// reachedBy are the names by which the other one is found.
func reachedBy(r model.Reach) string {
	var names []string
	for _, a := range r.Over {
		for _, n := range a.Names {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return len(a) - len(b) })
	return "as " + strings.Join(names, ", ")
}

func attachments(list []model.Attachment) string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = a.Name
	}
	return strings.Join(out, ", ")
}

// names compares what the connected engine resolves on a network with the tasks
// that run there.
func (s *sheet) names() {
	c := s.in.Cluster
	ref := model.NetworkID(s.in.Ref.ID).Ref()
	n, ok := model.Lookup[*model.Network](c, ref)
	if !ok {
		s.missing()
		return
	}
	s.section("Names on " + n.Name)
	users, _ := model.UserNames(c.Users(ref))
	s.field("Services", plain(nameOr(strings.Join(users, ", "), "none")))
	seen, part, err := model.ReadNames(s.in.Doc.Raw)
	switch {
	case len(s.in.Doc.Raw) == 0:
		s.none("what the engine resolves is being read")
		return
	case err != nil:
		s.damage(model.MaskError(err))
		return
	case !part:
		s.field("Check", s.status("the connected engine has no task on it, and so knows none of its names", model.Neutral))
		s.more(dim("connect to a manager that has one"))
		return
	}
	check := c.CheckNames(n, seen, s.in.Doc.ReadAt)
	if len(check.Unread) > 0 {
		s.field("Not checked", plain(strings.Join(check.Unread, ", ")+": their tasks have not been read"))
	}
	if len(check.Changed) > 0 {
		s.field("Not yet", plain(strings.Join(check.Changed, ", ")+": changed since the names were read"+s.agoWords(s.in.Doc.ReadAt)+", or right before"))
	}
	switch rest := len(check.Changed)+len(check.Unread) > 0; {
	case len(check.Stale) == 0 && rest && check.Compared == 0:
		s.field("Check", s.status("nothing could be compared yet", model.Neutral))
	case len(check.Stale) == 0 && rest:
		s.field("Check", s.status("of the others the connected engine resolves exactly the tasks that run", model.Good))
	case len(check.Stale) == 0:
		s.field("Check", s.status("the connected engine resolves exactly the tasks that run", model.Good))
	default:
		s.field("Check", s.status(fmt.Sprintf("%d differ from the tasks that run", len(check.Stale)), model.Broken))
		for _, x := range check.Stale {
			s.more(s.status(x.What+": ", model.Broken), plain(x.Text))
		}
		if slices.ContainsFunc(check.Stale, func(x model.Stale) bool { return !x.NodeGone }) {
			s.renaming(c.Misnamed(n, seen, s.in.Doc.ReadAt))
		}
		s.more(dim("what has only just changed may need a moment: refresh and look again"))
	}
	s.section("What the connected engine resolves")
	var rows [][]Span
	for _, r := range seen {
		var addresses []string
		for a := range r.Tasks {
			addresses = append(addresses, a)
		}
		slices.Sort(addresses)
		rows = append(rows, []Span{plain(r.Service), plain(nameOr(r.VIP, "no VIP")), dim(strings.Join(addresses, " "))})
	}
	s.grid(rows)
}

// renaming says what makes the names of services anew.
func (s *sheet) renaming(services []*model.Service) {
	if len(services) == 0 {
		s.field("Remedy", plain("none from here: the service is gone, or has left the network, and the engine that resolves it has not heard of that; restart that engine"))
		return
	}
	called := make([]string, len(services))
	for i, service := range services {
		called[i] = service.Name()
	}
	s.field("Remedy", plain("a rolling restart makes the tasks and their names anew: of "+strings.Join(called, ", ")))
	if s.in.MendKey != "" {
		s.more(dim(s.in.MendKey + " opens the preview of it"))
	}
}
