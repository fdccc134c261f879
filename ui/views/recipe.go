package views

import (
	"skep/model"
	"skep/ui/table"
)

// recipe is what the rows of a list are made by.
type recipe[R any] struct {
	view    *View[R]
	scope   Scope
	pattern string
	filter  model.Filter
	wrong   bool
	order   table.Order[R]
	worst   bool
	wide    bool
}

func (l *list[R]) recipe() recipe[R] {
	return recipe[R]{view: &l.view, scope: l.scope, pattern: l.pattern, filter: l.filter, order: l.table.Order(),
		wrong: l.wrong, worst: l.worst, wide: l.table.Wide()}
}

// rows are made rows, with what they were made from and by.
type rows[R any] struct {
	of    table.Revision
	by    recipe[R]
	total int
	kept  []R
}

// same reports whether two recipes make the same rows.
func (r recipe[R]) same(o recipe[R]) bool {
	return r.scope == o.scope && r.pattern == o.pattern && r.order == o.order && r.wrong == o.wrong && r.worst == o.worst && r.wide == o.wide
}

// cook makes the rows.
func (r recipe[R]) cook(f table.Data) rows[R] {
	c := f.Cluster
	all := r.view.Rows(f, r.scope)
	out := rows[R]{of: f.Revision(), by: r, total: len(all), kept: all}
	f.Prefix = r.scope.prefix(c)
	if r.pattern != "" {
		var fields []string
		out.kept = all[:0]
		for _, row := range all {
			texts := func() []string {
				fields = r.fields(fields[:0], f, row)
				return fields
			}
			if r.filter.Keeps(r.view.Labels(c, row), texts) {
				out.kept = append(out.kept, row)
			}
		}
	}
	if r.wrong {
		out.kept = r.view.onlyWrong(c, out.kept)
	}
	if r.worst {
		r.view.worstFirst(c, out.kept)
	}
	r.order.Sort(f, out.kept)
	return out
}

// fields adds the texts of a row that a filter is held against: what its
// columns show, its whole name and its whole error. Numbers and ages are left
// out: every second row has a 1 somewhere.
func (r recipe[R]) fields(dst []string, f table.Data, row R) []string {
	dst = append(dst, r.view.Title(f.Cluster, row), r.view.Error(f.Cluster, row))
	if r.view.Match != nil {
		dst = r.view.Match(dst, f.Cluster, row)
	}
	for i := range r.view.Columns {
		col := &r.view.Columns[i]
		if col.Right || col.Wide && !r.wide || i == 0 && f.Prefix == "" {
			continue // Without a prefix the first column says what the title does.
		}
		cell := col.Cell(f, row)
		if dst = append(dst, cell.Text); cell.Brief != "" {
			dst = append(dst, cell.Brief)
		}
	}
	return dst
}

// Prepare implements screen.Preparer.
func (l *list[R]) Prepare() func(table.Data) any {
	by := l.recipe()
	return func(f table.Data) any {
		if !by.view.has(f) {
			return nil
		}
		return by.cook(f)
	}
}

// Adopt implements screen.Preparer.
func (l *list[R]) Adopt(made any) {
	if r, ok := made.(rows[R]); ok {
		l.ready = r
	}
}

// Behind implements screen.Preparer.
func (l *list[R]) Behind() bool { return l.behind }

// manyRows is how many rows are not filtered and sorted while a key waits: with
// 200,000 of them that took up to half a second.
const manyRows = 20_000

// refresh makes the rows anew, or takes those that were made ahead. Where there
// are many, it leaves the ones of before until those that it wants are made.
func (l *list[R]) refresh() {
	if !l.view.has(l.data) {
		return
	}
	made := l.ready
	l.ready = rows[R]{}
	if made.of != l.data.Revision() || !made.by.same(l.recipe()) {
		if l.behind = l.total > manyRows; l.behind {
			return
		}
		made = l.recipe().cook(l.data)
	}
	l.behind = false
	if known := l.known(); known != l.complete {
		l.complete = known
		l.table.Remeasure() // What was shown meanwhile was a part, or something else.
	}
	l.total = made.total
	l.table.SetSorted(l.data, made.kept)
}
