package views

import (
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

// worstFirst puts rows with which something is wrong before the others. What
// moves as it should stays in its place, or rows would jump with every update.
func (v *View[R]) worstFirst(c *model.Cluster, rows []R) {
	known := problems(c)
	weight := func(row R) model.Status {
		if w := max(known[v.ID(row)], v.Attention(c, row)); w >= model.Warning {
			return w
		}
		return model.Neutral
	}
	slices.SortStableFunc(rows, func(a, b R) int { return int(weight(b) - weight(a)) })
}
