package model

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Labels under which skep keeps, on the objects themselves, how far it is with
// what takes several steps: so that any console can go on with it, or take it
// back. Labels of services and nodes restart nothing.
const (
	// LabelDrain is on a node that is drained gently; see [DrainMark].
	LabelDrain = "skep.drain"
	// LabelOrder is on a service whose update order was changed so that it moves
	// without a gap: what it was before; see [OrderUnset], [OrderNone].
	LabelOrder = "skep.order"
	// LabelRebalance is on a service that is spread anew; see [RebalanceMark].
	LabelRebalance = "skep.rebalance"
	// LabelUpgrade is on a node that is still to be upgraded; see [UpgradeMark].
	LabelUpgrade = "skep.upgrade"
	// LabelHold is on a service whose update is held; see [HoldMark].
	LabelHold = "skep.hold"
	labelAway = "skep.away."
	// LabelContent is on a secret that a deploy made: what stands for its content,
	// which the engine shows to nobody.
	LabelContent = "skep.content"
	// LabelDeployed is on a service that a deploy wrote: what stands for each field
	// as the files had it then, so that the next deploy can tell what was changed by
	// hand.
	LabelDeployed = "skep.deployed"
)

// What stands in place of an update order that was not there, or had no update
// configuration around it.
const (
	OrderUnset = "unset"
	OrderNone  = "none"
)

// AwayLabel is the label on a service that keeps away from a node until that is
// activated.
func AwayLabel(id NodeID) string { return labelAway + string(id) }

// AwayFromLabel is the node that a service with this label keeps away from; false
// for another label.
func AwayFromLabel(label string) (NodeID, bool) {
	id, away := strings.CutPrefix(label, labelAway)
	return NodeID(id), away
}

// AwayConstraint is the constraint that does it.
func AwayConstraint(id NodeID) string { return "node.id!=" + string(id) }

// AwayFrom reports whether the service keeps away from a node because that was
// drained gently.
func (s *Service) AwayFrom(id NodeID) bool {
	_, away := s.Spec.Labels[AwayLabel(id)]
	return away
}

// KeptAway are the services that keep away from a node, by name.
func (c *Cluster) KeptAway(id NodeID) []*Service {
	return slices.DeleteFunc(slices.Clone(c.services), func(s *Service) bool { return !s.AwayFrom(id) })
}

// DrainPhase is how far a gentle drain is.
type DrainPhase string

// The phases.
const (
	// DrainMoving: services move off the node, one after the other.
	DrainMoving DrainPhase = "moving"
	// DrainLeft: what can go gently has gone, the rest goes on running there.
	DrainLeft DrainPhase = "left"
	// DrainDone: the node is drained.
	DrainDone DrainPhase = "drained"
	// DrainBack: it is taken back.
	DrainBack DrainPhase = "back"
)

// DrainMark says of a node how far its gentle drain is.
type DrainMark struct {
	Phase DrainPhase
	// Hard is set where what cannot go gently is stopped in the end.
	Hard  bool
	Began time.Time
}

// String is the mark as the value of a label.
func (m DrainMark) String() string {
	words := []string{string(m.Phase)}
	if m.Hard {
		words = append(words, "hard")
	}
	return strings.Join(append(words, m.Began.UTC().Format(time.RFC3339)), " ")
}

// ParseDrainMark reads one; false for what is none.
func ParseDrainMark(text string) (DrainMark, bool) {
	words, began, ok := cutTime(text)
	if !ok || len(words) == 0 {
		return DrainMark{}, false
	}
	m := DrainMark{Phase: DrainPhase(words[0]), Hard: slices.Contains(words[1:], "hard"), Began: began}
	known := []DrainPhase{DrainMoving, DrainLeft, DrainDone, DrainBack}
	return m, slices.Contains(known, m.Phase)
}

// cutTime parts a mark into its words and the time that is its last one.
func cutTime(text string) ([]string, time.Time, bool) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return nil, time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339, words[len(words)-1])
	return words[:len(words)-1], at, err == nil
}

// DrainMark is the node's; false for none.
func (n *Node) DrainMark() (DrainMark, bool) { return ParseDrainMark(n.Spec.Labels[LabelDrain]) }

// Unfinished reports whether something of it is still to be done.
func (m DrainMark) Unfinished() bool { return m.Phase == DrainMoving || m.Phase == DrainBack }

// RebalanceMark says of a service how many replicas it had before it got more for
// a while, how many more, and how they are to be spread: the numbers of tasks on the
// nodes, the largest first. Former versions of skep did not write the surplus: it is 0
// then.
type RebalanceMark struct {
	Replicas, Surplus int
	Spread            string
	Began             time.Time
}

// String is the mark as the value of a label.
func (m RebalanceMark) String() string {
	replicas := strconv.Itoa(m.Replicas)
	if m.Surplus > 0 {
		replicas += "+" + strconv.Itoa(m.Surplus)
	}
	return replicas + " " + m.Spread + " " + m.Began.UTC().Format(time.RFC3339)
}

// Gives reports whether the rebalancing itself gives a service so many replicas, as far
// as can be told.
func (m RebalanceMark) Gives(replicas int) bool {
	if m.Surplus == 0 {
		return replicas >= m.Replicas
	}
	return replicas == m.Replicas || replicas == m.Replicas+m.Surplus
}

// RebalanceMark is the service's; false for none.
func (s *Service) RebalanceMark() (RebalanceMark, bool) {
	words, began, ok := cutTime(s.Spec.Labels[LabelRebalance])
	if !ok || len(words) != 2 {
		return RebalanceMark{}, false
	}
	replicas, more, plus := strings.Cut(words[0], "+")
	n, err := strconv.Atoi(replicas)
	m := RebalanceMark{Replicas: n, Spread: words[1], Began: began}
	if plus && err == nil {
		m.Surplus, err = strconv.Atoi(more)
	}
	return m, err == nil && n > 0 && int64(n) < countLimit && m.Surplus >= 0 && m.Surplus <= n
}

// Spread is how the running tasks of a service are spread over the nodes that it
// may run on, such as "2-2-1": the largest number first.
func (c *Cluster) Spread(s *Service) string {
	counts := c.SpreadOver(s)
	numbers := make([]int, 0, len(counts))
	for _, n := range counts {
		numbers = append(numbers, n)
	}
	slices.SortFunc(numbers, func(a, b int) int { return cmp.Compare(b, a) })
	out := make([]string, len(numbers))
	for i, n := range numbers {
		out[i] = strconv.Itoa(n)
	}
	return strings.Join(out, "-")
}

// SpreadOver counts the tasks of a service that run and are meant to, on each node
// that takes tasks of it and on each that has some.
func (c *Cluster) SpreadOver(s *Service) map[NodeID]int {
	out := map[NodeID]int{}
	constraints, _ := ParseConstraints(s.Demand().Placement().Constraints)
	for _, n := range c.nodes {
		if n.Schedulable() && !slices.ContainsFunc(constraints, func(c Constraint) bool { return !c.Matches(n) }) {
			out[n.Key()] = 0
		}
	}
	for _, t := range c.tasks[s.Key()] {
		if t.State == swarm.TaskStateRunning && t.Wanted() {
			out[t.NodeID]++
		}
	}
	return out
}

// UpgradeMark says of a node that is to be upgraded which engine it had when that
// was begun.
type UpgradeMark struct {
	Engine string
	// Away is set once the node was seen to be down.
	Away bool
	// Hard is set where what cannot go gently is stopped.
	Hard  bool
	Began time.Time
}

// String is the mark as the value of a label.
func (m UpgradeMark) String() string {
	words := []string{cmp.Or(engineWord(m.Engine), "-")}
	if m.Away {
		words = append(words, "away")
	}
	if m.Hard {
		words = append(words, "hard")
	}
	return strings.Join(append(words, m.Began.UTC().Format(time.RFC3339)), " ")
}

// ParseUpgradeMark reads one; false for what is none.
func ParseUpgradeMark(text string) (UpgradeMark, bool) {
	words, began, ok := cutTime(text)
	if !ok || len(words) == 0 {
		return UpgradeMark{}, false
	}
	return UpgradeMark{Engine: strings.TrimPrefix(words[0], "-"), Away: slices.Contains(words[1:], "away"), Hard: slices.Contains(words[1:], "hard"), Began: began}, true
}

// UpgradeMark is the node's; false for none.
func (n *Node) UpgradeMark() (UpgradeMark, bool) {
	return ParseUpgradeMark(n.Spec.Labels[LabelUpgrade])
}

// engineWord is an engine's version as one word.
func engineWord(version string) string { return strings.Join(strings.Fields(version), "_") }

// Upgraded reports whether the node is back from its upgrade: with another engine,
// or after it was away.
func (n *Node) Upgraded() bool {
	m, marked := n.UpgradeMark()
	return marked && n.Ready() && (m.Away || engineWord(n.Description.Engine.EngineVersion) != m.Engine)
}

// HoldMark says of a service whose update is held how it was updated before.
type HoldMark struct {
	// None is set where it had no update configuration.
	None        bool
	Parallelism uint64
	Delay       time.Duration
	Began       time.Time
}

// String is the mark as the value of a label.
func (m HoldMark) String() string {
	words := []string{strconv.FormatUint(m.Parallelism, 10), m.Delay.String()}
	if m.None {
		words = []string{OrderNone}
	}
	return strings.Join(append(words, m.Began.UTC().Format(time.RFC3339Nano)), " ")
}

// ParseHoldMark reads one; false for what is none.
func ParseHoldMark(text string) (HoldMark, bool) {
	words, began, ok := cutTime(text)
	switch {
	case !ok:
		return HoldMark{}, false
	case len(words) == 1 && words[0] == OrderNone:
		return HoldMark{None: true, Began: began}, true
	case len(words) != 2:
		return HoldMark{}, false
	}
	n, err := strconv.ParseUint(words[0], 10, 64)
	delay, err2 := time.ParseDuration(words[1])
	return HoldMark{Parallelism: n, Delay: delay, Began: began}, err == nil && err2 == nil && delay >= 0
}

// HoldMark is the service's; false for none.
func (s *Service) HoldMark() (HoldMark, bool) { return ParseHoldMark(s.Spec.Labels[LabelHold]) }
