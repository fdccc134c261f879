package simswarm

import (
	"cmp"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/swarm"
)

// store holds the objects. The slices are in the order of creation, which is
// the order in which the simulation goes through them: map order would make
// two runs differ.
type store struct {
	index    uint64 // the Raft index: the version of what is written next
	cluster  swarm.Swarm
	nodes    []*node
	me       *node // the one whose engine answers: the first manager
	services []*service
	secrets  []*blob
	configs  []*blob
	networks []*swarmNet

	orphans []*task // tasks of services that are gone
	starved []*task // tasks that wait for an address

	nodeByID    map[string]*node
	serviceByID map[string]*service
	taskByID    map[string]*task
	networkByID map[string]*swarmNet
}

func (st *store) init() {
	st.nodeByID = map[string]*node{}
	st.serviceByID = map[string]*service{}
	st.taskByID = map[string]*task{}
	st.networkByID = map[string]*swarmNet{}
	st.index = 9
}

// touch marks an object as written now.
func (s *Swarm) touch(m *swarm.Meta) {
	s.index++
	m.Version.Index = s.index
	m.UpdatedAt = s.now
	if m.CreatedAt.IsZero() {
		m.CreatedAt = s.now
	}
	s.changed = true
}

// found makes the cluster object.
func (s *Swarm) found(name string) {
	retention, kept := int64(5), uint64(0)
	s.cluster = swarm.Swarm{ClusterInfo: swarm.ClusterInfo{
		ID:           s.newID(),
		DataPathPort: 4789,
		SubnetSize:   24,
		TLSInfo:      trustInfo(),
		Spec: swarm.Spec{
			Annotations:   swarm.Annotations{Name: name, Labels: map[string]string{}},
			Orchestration: swarm.OrchestrationConfig{TaskHistoryRetentionLimit: &retention},
			Raft: swarm.RaftConfig{
				SnapshotInterval: 10000, KeepOldSnapshots: &kept, LogEntriesForSlowFollowers: 500,
				ElectionTick: 10, HeartbeatTick: 1,
			},
			Dispatcher: swarm.DispatcherConfig{HeartbeatPeriod: heartbeat},
			CAConfig:   swarm.CAConfig{NodeCertExpiry: 90 * day},
		},
	}}
	s.cluster.JoinTokens = swarm.JoinTokens{
		Worker:  "SWMTKN-1-" + s.newID() + s.newID() + "-" + s.newID(),
		Manager: "SWMTKN-1-" + s.newID() + s.newID() + "-" + s.newID(),
	}
	s.touch(&s.cluster.Meta)
	s.foundNetworks()
}

// lookup finds an object as the engine does: by ID, by name, by prefix of the
// ID.
func lookup[T any](kind, key string, all []T, id, name func(T) string) (T, error) {
	var none T
	var byName, byPrefix []T
	for _, x := range all {
		switch {
		case id(x) == key:
			return x, nil
		case name(x) == key:
			byName = append(byName, x)
		case strings.HasPrefix(id(x), key):
			byPrefix = append(byPrefix, x)
		}
	}
	for _, found := range [][]T{byName, byPrefix} {
		switch len(found) {
		case 0:
			continue
		case 1:
			return found[0], nil
		default:
			return none, invalid("%s %s is ambiguous (%d matches found)", kind, key, len(found))
		}
	}
	return none, notFound("%s %s not found", kind, key)
}

// remove takes x out of the list, keeping the order.
func remove[T comparable](list []T, x T) []T {
	if i := slices.Index(list, x); i >= 0 {
		return slices.Delete(list, i, i+1)
	}
	return list
}

// byID sorts what an answer lists as the engine does.
func byID[T any](list []T, id func(T) string) []T {
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(id(a), id(b)) })
	return list
}
