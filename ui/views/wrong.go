package views

import (
	"cmp"
	"slices"
	"time"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/table"
)

// problems is how much attention the objects need that something is wrong with.
func problems(c *model.Cluster) map[model.Ref]model.Status {
	out := map[model.Ref]model.Status{}
	if c == nil {
		return out
	}
	for _, p := range c.Problems() {
		out[p.Ref] = max(out[p.Ref], p.Status)
	}
	return out
}

// onlyWrong keeps the rows with problems.
func (v *View[R]) onlyWrong(c *model.Cluster, rows []R) []R {
	known := problems(c)
	return slices.DeleteFunc(rows, func(row R) bool { return known[v.subject(row)] == model.Neutral && !v.wrong(c, row) })
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
		id := v.subject(row)
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

// gathering is how long the first snapshots of a list may still lack tasks, and
// with them what is wrong.
const gathering = 3 * time.Second

// settleCursor keeps the cursor on the first row while a list that begins with
// what is wrong is gathered, if nobody has moved it: it would go down with the
// row that happened to come first.
func (l *list[R]) settleCursor(f table.Data) {
	if l.began.IsZero() && f.Cluster != nil {
		l.began = f.Now
	}
	if l.worst && !l.moved && f.Now.Sub(l.began) < gathering {
		l.table.Move(moves[keys.Top])
	}
}
