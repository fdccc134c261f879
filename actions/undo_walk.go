package actions

import (
	"errors"
	"slices"

	"skep/model"
)

// walked is the node of a gentle drain that a step of a record belongs to: one that
// marks the node itself, or moves a service off it.
func (d Did) walked() model.NodeID {
	for _, path := range d.Paths {
		if len(path) != 2 || path[0] != "Labels" {
			continue
		}
		if id, away := model.AwayFromLabel(path[1]); away {
			return id
		}
		if path[1] == model.LabelDrain {
			return d.Ref.Node()
		}
	}
	return ""
}

// walkedNode is the node of the gentle drain that a record is a step of; "" for
// none. Records that are undone as one may be steps of several: the last one's is
// the node then, if all of them are steps of it.
func (r *Record) walkedNode() model.NodeID {
	var node model.NodeID
	for i, d := range r.Did {
		at := d.walked()
		if at == "" || i > 0 && at != node {
			return ""
		}
		node = at
	}
	return node
}

// undoWalk takes a gentle drain back as a whole where a record is a step of it: the
// inverse of that step alone would leave the others, and the labels that say how
// far it is. False where the drain is no longer there to be taken back.
func undoWalk(in Input, r Record) (Plan, bool, error) {
	id := r.walkedNode()
	n := in.Cluster.Node(id)
	if id == "" || n == nil || !gentle(in.Cluster, n) {
		return Plan{}, false, nil
	}
	now := in.Others[id.Ref()]
	if now.Err != nil {
		return Plan{}, true, now.Err
	}
	if m, marked := n.DrainMark(); marked && m.Phase == model.DrainBack {
		return Plan{}, true, errors.New("the gentle drain of " + in.Cluster.NodeName(id) + " is being taken back already: activate it to go on with that")
	}
	part := in
	part.Target = Target{Ref: id.Ref(), Name: in.Cluster.NodeName(id)}
	part.Batch, part.Doc, part.Values = []Target{part.Target}, now.Doc, nil
	p, err := planActivate(part)
	if err != nil {
		return Plan{}, true, err
	}
	p.Verb, p.Undoes = undoVerb, r.ID
	p.Title = "undo: gentle drain of " + part.Target.Name
	p.Impact.Sentences = slices.Insert(p.Impact.Sentences, 0, r.Title+" was a step of the gentle drain of "+part.Target.Name+": all of that is taken back")
	return p, true, nil
}

// resumed names what a step of an undo would begin again, because it puts a label
// back that says how far a procedure is; "" for nothing. Nothing would then carry
// that out.
func (s Step) resumed() string {
	for _, e := range s.Edits {
		if e.Delete || len(e.Path) != 2 || e.Path[0] != "Labels" {
			continue
		}
		if _, away := model.AwayFromLabel(e.Path[1]); away {
			return "of a gentle drain: drain the node gently to do it again"
		}
		if again, ok := marks[e.Path[1]]; ok {
			return again
		}
	}
	return ""
}

// marks are the labels that say how far a procedure is, and how it is begun again.
var marks = map[string]string{
	model.LabelDrain:     "of a gentle drain: drain the node gently to do it again",
	model.LabelOrder:     "of a gentle drain: drain the node gently to do it again",
	model.LabelRebalance: "of a rebalancing, and tasks do not go back by themselves: rebalance it to do it again",
	model.LabelHold:      "of a hold: hold the update again",
	model.LabelUpgrade:   "of an upgrade: begin that again",
}

// ofWalks names the nodes whose gentle drain a record is a step of: what has to be
// read for it.
func ofWalks(r Record) []model.Ref {
	var out []model.Ref
	for _, d := range r.Did {
		if id := d.walked(); id != "" && !slices.Contains(out, id.Ref()) {
			out = append(out, id.Ref())
		}
	}
	return out
}
