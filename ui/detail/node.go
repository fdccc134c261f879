package detail

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

var _ = describes(model.KindNode, (*sheet).node)

// node describes a node.
func (s *sheet) node() {
	n := s.in.Cluster.Node(model.NodeID(s.in.Ref.ID))
	if n == nil || n.Version.Index < s.in.Doc.Version {
		var read model.Node
		if err := decode(s.in.Doc.Raw, &read.Node); err != nil {
			read.Damage = model.MaskError(err)
		}
		if read.ID == s.in.Ref.ID && read.ID != "" {
			if n == nil {
				s.wentSince(s.in.Cluster.NodesAt)
			}
			n = &read
		}
	}
	if n == nil {
		s.missing()
		return
	}
	s.nodeStatus(n)
	s.nodeResources(n)
	s.labels("Labels", n.Spec.Labels)
	s.labels("Engine labels", n.Description.Engine.Labels)
	s.plugins(n.Description.Engine.Plugins)
	s.nodeTasks(n)
}

// nodeState is a node's status in a word.
func nodeState(n *model.Node) (string, model.Status) {
	switch st := n.Status.State; st {
	case swarm.NodeStateReady:
		return string(st), model.Good
	case swarm.NodeStateDown, swarm.NodeStateDisconnected:
		return string(st), model.Broken
	default:
		return nameOr(string(st), "unknown"), model.Moving
	}
}

var availabilityWords = map[swarm.NodeAvailability]struct {
	words  string
	status model.Status
}{
	swarm.NodeAvailabilityActive: {"active", model.Good},
	swarm.NodeAvailabilityPause:  {"pause: it takes no new tasks", model.Warning},
	swarm.NodeAvailabilityDrain:  {"drain: its tasks move elsewhere, and it takes no new ones", model.Warning},
}

func (s *sheet) nodeStatus(n *model.Node) {
	s.section("Node " + s.in.Cluster.NodeName(n.Key()))
	s.field("Status", s.status(nodeState(n)))
	if n.Status.Message != "" {
		s.more(plain(model.MaskText(n.Status.Message)))
	}
	s.problems(n.Key().Ref())
	if a, ok := availabilityWords[n.Spec.Availability]; ok {
		s.field("Availability", s.status(a.words, a.status))
	} else {
		s.text("Availability", string(n.Spec.Availability))
	}
	s.field("Role", plain(n.Role()))
	if m := n.ManagerStatus; m != nil {
		s.text("Reachability", string(m.Reachability))
		s.text("Manager addr", m.Addr)
	}
	s.damage(n.Damage)
	if n.Key() == s.in.Cluster.Session.NodeID {
		s.field("Connection", plain("skep is connected to this node"))
	}
	s.text("ID", n.ID)
	s.text("Name", n.Spec.Name)
	s.text("Hostname", n.Description.Hostname)
	if s.in.Cluster.Load(n.Key()).Twin {
		s.more(s.status("another node has the same hostname", model.Warning))
	}
	s.text("Address", n.Status.Addr)
	s.text("Engine", n.Description.Engine.EngineVersion)
	s.text("Platform", strings.Trim(n.Description.Platform.OS+"/"+n.Description.Platform.Architecture, "/"))
	s.ago("Joined", n.CreatedAt)
	s.ago("Updated", n.UpdatedAt)
}

// nodeResources hold what the tasks reserve against what the node has. The
// scheduler looks at nothing else.
func (s *sheet) nodeResources(n *model.Node) {
	s.section("Resources")
	load, has := s.in.Cluster.Load(n.Key()), n.Description.Resources
	known := !load.At.IsZero()
	s.share("CPU", cpus(has.NanoCPUs), cpus(load.Reserved.NanoCPUs), load.Reserved.NanoCPUs, has.NanoCPUs, known)
	s.share("Memory", model.Bytes(has.MemoryBytes), model.Bytes(load.Reserved.MemoryBytes), load.Reserved.MemoryBytes, has.MemoryBytes, known)
	s.generic(n)
	if !known {
		s.more(dim("the tasks of the node have not been read yet: reservations not known"))
	}
}

// generic are the node's generic resources, each with the tasks that hold it.
func (s *sheet) generic(n *model.Node) {
	for _, u := range s.in.Cluster.GenericUse(n) {
		if !u.Known {
			s.field(u.Kind, plain(fmt.Sprint(u.Total)))
			continue
		}
		s.field(u.Kind, plain(fmt.Sprintf("%d of %d in use", u.Used, u.Total)))
		for _, h := range s.in.Cluster.GenericHolders(n.Key(), u.Kind) {
			what := fmt.Sprint(h.Count)
			if len(h.Names) > 0 {
				what = strings.Join(h.Names, ", ")
			}
			s.more(plain(s.in.Cluster.TaskName(h.Task) + ": " + what))
		}
	}
}

func (s *sheet) share(key, total, reserved string, part, whole int64, known bool) {
	if !known || whole <= 0 {
		s.field(key, plain(total))
		return
	}
	percent := float64(part) * 100 / float64(whole)
	s.field(key, plain(fmt.Sprintf("%s, reserved %s (%.0f%%)", total, reserved, percent)))
}

// plugins are the plugins of a node, by what they are for.
func (s *sheet) plugins(list []swarm.PluginDescription) {
	if len(list) == 0 {
		return
	}
	byType := map[string]string{}
	for _, p := range list {
		if byType[p.Type] != "" {
			byType[p.Type] += ", "
		}
		byType[p.Type] += p.Name
	}
	s.section("Plugins")
	for _, k := range sortedKeys(byType) {
		s.field(nameOr(k, "other"), plain(byType[k]))
	}
}

// nodeTasks are the tasks on the node that have not ended.
func (s *sheet) nodeTasks(n *model.Node) {
	all, at := s.in.Cluster.TasksOn(n.Key())
	live := slices.DeleteFunc(slices.Clone(all), (*model.Task).Terminal)
	s.section(fmt.Sprintf("Tasks (%d)", len(live)))
	s.taskRows(live, at, false)
	if ended := len(all) - len(live); ended > 0 {
		s.none(fmt.Sprintf("and %d that ended", ended))
	}
}
