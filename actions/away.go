package actions

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// What a gentle drain writes to services. Each is one write, so that the mark of
// it is never without what it marks.

var (
	pathConstraints  = []string{"TaskTemplate", "Placement", "Constraints"}
	pathUpdateConfig = []string{"UpdateConfig"}
	pathOrder        = []string{"UpdateConfig", "Order"}
	pathFormerOrder  = []string{"Labels", model.LabelOrder}
)

func pathAway(id model.NodeID) []string { return []string{"Labels", model.AwayLabel(id)} }

// planMoveOff makes a service keep away from a node: a change of constraints
// alone replaces those tasks only whose node no longer fits (swarmkit
// manager/orchestrator/task.go, IsTaskDirty). With startFirst the same write lets
// each new task run before the old one stops; the order is no part of a task.
func planMoveOff(in Input, id model.NodeID, startFirst bool) (Plan, error) {
	s := readService(in)
	if s.underway() {
		return Plan{}, fmt.Errorf("%s is being updated: any change would interfere with that", s.name())
	}
	var edits []Edit
	if !slices.Contains(s.constraints(), model.AwayConstraint(id)) {
		edits = append(edits, Edit{Path: slices.Concat(pathConstraints, []string{Last}), Value: model.AwayConstraint(id)})
	}
	edits = append(edits, Edit{Path: pathAway(id), Value: "drain"})
	if startFirst {
		edits = append(edits, s.startFirst()...)
	}
	node := in.Cluster.NodeName(id)
	return s.planAway("move-off", fmt.Sprintf("move %s off %s", s.name(), node), edits,
		fmt.Sprintf("let it come back to %s: nothing restarts", node))
}

// constraints are those of the spec.
func (s service) constraints() []string {
	var out []string
	decodeField(s.spec, &out, pathConstraints...)
	return out
}

// startFirst changes the order of updates, and keeps the former one in a label.
// Without a configuration the engine goes by its own defaults, which have to be
// written out then: a parallelism that is not named would be all at once.
func (s service) startFirst() []Edit {
	if field(s.spec, pathFormerOrder...) != nil {
		return nil // It is of another node, and has not been put back yet.
	}
	var config *swarm.UpdateConfig
	decodeField(s.spec, &config, pathUpdateConfig...)
	former := formerOrder(config)
	mark := Edit{Path: pathFormerOrder, Value: former}
	switch former {
	case model.OrderNone:
		return []Edit{mark, {Path: pathUpdateConfig, Value: swarm.UpdateConfig{
			Parallelism: model.DefaultParallelism, FailureAction: swarm.UpdateFailureActionPause, Monitor: model.DefaultMonitor, Order: swarm.UpdateOrderStartFirst,
		}}}
	case string(swarm.UpdateOrderStartFirst):
		return nil
	}
	return []Edit{mark, {Path: pathOrder, Value: swarm.UpdateOrderStartFirst}}
}

// formerOrder is the order of updates as the mark keeps it.
func formerOrder(config *swarm.UpdateConfig) string {
	if config == nil {
		return model.OrderNone
	}
	return cmp.Or(string(config.Order), model.OrderUnset)
}

// formerOrder puts the order of updates back; nothing where it was not changed.
func (s service) formerOrder() []Edit {
	former := ""
	decodeField(s.spec, &former, pathFormerOrder...)
	mark := Edit{Path: pathFormerOrder, Delete: true}
	switch former {
	case "":
		return nil
	case model.OrderNone:
		return []Edit{{Path: pathUpdateConfig, Delete: true}, mark}
	case model.OrderUnset:
		return []Edit{{Path: pathOrder, Delete: true}, mark}
	}
	return []Edit{{Path: pathOrder, Value: former}, mark}
}

// planOrderBack gives a service that has moved its own update order back.
func planOrderBack(in Input) (Plan, error) {
	s := readService(in)
	edits := s.formerOrder()
	if len(edits) == 0 {
		return Plan{}, ErrNoChange
	}
	return s.planAway("order-back", fmt.Sprintf("give %s its own update order back", s.name()), edits, "the order is its own again: there is nothing to undo")
}

// planLetBack lets a service come back to a node: nothing restarts, because every
// task is where it still may be.
func planLetBack(in Input, id model.NodeID) (Plan, error) {
	s := readService(in)
	if s.underway() && !s.ownUpdate() {
		return Plan{}, fmt.Errorf("%s is being updated: any change would interfere with that", s.name())
	}
	var edits []Edit
	constraints := s.constraints()
	rest := slices.DeleteFunc(slices.Clone(constraints), func(c string) bool { return c == model.AwayConstraint(id) })
	switch {
	case len(rest) == len(constraints): // A stack deploy has taken it away already.
	case len(rest) == 0:
		edits = append(edits, Edit{Path: pathConstraints, Delete: true})
	default:
		edits = append(edits, Edit{Path: pathConstraints, Value: rest})
	}
	edits = append(edits, s.formerOrder()...)
	edits = append(edits, Edit{Path: pathAway(id), Delete: true})
	node := in.Cluster.NodeName(id)
	return s.planAway("let-back", fmt.Sprintf("let %s come back to %s", s.name(), node), edits, fmt.Sprintf("keep it away from %s again", node))
}

// ownUpdate reports whether the update that goes on, or is paused, changes nothing
// but where tasks may be: it is the one of a gentle drain.
func (s service) ownUpdate() bool {
	changed, _ := dirty(s.in.Doc.Previous, s.spec)
	return len(s.in.Doc.Previous) > 0 && !changed
}

// planAway is what these writes have in common.
func (s service) planAway(verb, title string, edits []Edit, undo string) (Plan, error) {
	p, err := newPlan(s.in, verb, Reversible, edits...)
	if err != nil {
		return Plan{}, err
	}
	p.Title, p.Undo.Sentence = title, undo
	after, err := Apply(s.spec, edits)
	if err != nil {
		return Plan{}, err
	}
	s.foretell(&p, after, "UpdateConfig")
	p.confirm()
	return p, nil
}

// planNode sets the phase of a node's gentle drain, and its availability; the zero
// phase takes the mark away. extra are further edits.
func planNode(in Input, verb, title string, phase model.DrainPhase, to swarm.NodeAvailability, extra ...Edit) (Plan, error) {
	n := nodeOf(in.Cluster, in.Target)
	if n == nil {
		return Plan{}, model.ErrGone
	}
	var edits []Edit
	before := swarm.NodeAvailabilityActive
	decodeField(in.Doc.Spec, &before, pathAvailability...)
	if before != to {
		edits = append(edits, Edit{Path: pathAvailability, Value: to})
	}
	edits = append(edits, drainMark(in, phase))
	p, err := newPlan(in, verb, Reversible, append(edits, extra...)...)
	if err != nil {
		return Plan{}, err
	}
	p.Title = title
	p.Undo.Sentence = fmt.Sprintf("set it back to %s", before)
	p.confirm()
	return p, nil
}

var pathDrain = []string{"Labels", model.LabelDrain}

// drainMark is the edit that sets the phase of a gentle drain. What was begun goes
// on under the time at which it was.
func drainMark(in Input, phase model.DrainPhase) Edit {
	if phase == "" {
		return Edit{Path: pathDrain, Delete: true}
	}
	text := ""
	decodeField(in.Doc.Spec, &text, pathDrain...)
	mark, marked := model.ParseDrainMark(text)
	if !marked {
		mark = model.DrainMark{Began: began(in)}
	}
	mark.Phase = phase
	return Edit{Path: pathDrain, Value: mark.String()}
}

// began is the time at which something begins that is planned now: when its object
// was read, so that the preview stays the same with each snapshot.
func began(in Input) time.Time {
	if at := in.Doc.ReadAt; !at.IsZero() {
		return at
	}
	return in.Cluster.At
}

// asJSON is the part of a specification that a snapshot has, for those who read
// documents.
func asJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("{}")
	}
	return b
}
