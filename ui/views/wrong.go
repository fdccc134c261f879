package views

import (
	"cmp"
	"slices"

	"skep/model"
)

// problems is how much attention the objects need that something is wrong with.
func problems(c *model.Cluster) map[model.Ref]model.Status {
	out := map[model.Ref]model.Status{}
	for _, p := range c.Problems() {
		out[p.Ref] = max(out[p.Ref], p.Status)
	}
	return out
}

// onlyWrong keeps the rows with problems.
func (v *View[R]) onlyWrong(c *model.Cluster, rows []R) []R {
	known := problems(c)
	return slices.DeleteFunc(rows, func(row R) bool { return known[v.ID(row)] == model.Neutral && !v.wrong(c, row) })
}

func (v *View[R]) wrong(c *model.Cluster, row R) bool {
	if v.Wrong != nil {
		return v.Wrong(c, row)
	}
	return v.Error(c, row) != "" || v.Attention != nil && v.Attention(c, row) >= model.Warning
}

// worstFirst puts rows with which something is wrong before the others, in the
// order in which the problems are told: what is down before what is short. What
// moves as it should stays in its place, or rows would jump with every update.
func (v *View[R]) worstFirst(c *model.Cluster, rows []R) {
	known := problems(c)
	told := map[model.Ref]int{}
	for i, p := range c.Problems() {
		if _, has := told[p.Ref]; !has {
			told[p.Ref] = i
		}
	}
	rank := func(row R) (status model.Status, place int) {
		id := v.ID(row)
		if status = max(known[id], v.Attention(c, row)); status < model.Warning {
			return model.Neutral, 0
		}
		place, has := told[id]
		if !has {
			place = len(c.Problems())
		}
		return status, place
	}
	slices.SortStableFunc(rows, func(a, b R) int {
		x, placeX := rank(a)
		y, placeY := rank(b)
		return cmp.Or(cmp.Compare(y, x), cmp.Compare(placeX, placeY))
	})
}
