package views

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/table"
	"skep/ui/theme"
)

// Screen is the list of a view.
type Screen interface {
	screen.Screen
	screen.Selector
	screen.Preparer
	screen.Searcher
	screen.Narrowed
	screen.Reasoner
	// In is the view's scope.
	In() Scope
	// MoveTo puts the cursor on an object.
	MoveTo(model.Ref) bool
	// Known reports whether the data has all that the list shows.
	Known(table.Data) bool
	// Plain draws the whole list as plain text.
	Plain(th *theme.Theme) []string
	// Definition is the view that it is a list of.
	Definition() Definition
	// enter is the way down from the row under the cursor.
	enter() (Link, bool)
}

// list is a view in use.
type list[R any] struct {
	view  View[R]
	scope Scope
	table *table.Table[R]
	data  table.Data
	total int
	// complete is set when all that the list shows was read.
	complete bool
	pattern  string
	filter   model.Filter
	wrong    bool // only rows with problems are shown
	worst    bool // begins with what is wrong
	moved    bool // somebody has moved the cursor
	began    time.Time
	width    int
	height   int
	ready    rows[R] // made ahead; see screen.Preparer
	behind   bool    // the rows are of before
	crumb    string  // as it was when the list fell asleep
}

// Open implements Definition.
func (v View[R]) Open(s Scope) Screen {
	if !v.Narrows {
		s.Stack = ""
	}
	return &list[R]{view: v, scope: s, table: table.New(v.Columns, v.ID)}
}

func (l *list[R]) Definition() Definition { return l.view }
func (l *list[R]) In() Scope              { return l.scope }

// Stack implements screen.Narrowed.
func (l *list[R]) Stack() model.StackName { return l.scope.Stack }

// SetStack implements screen.Narrowed. A list that is no matter of stacks, or
// narrowed to something smaller, stays as it is.
func (l *list[R]) SetStack(n model.StackName) {
	if !l.view.Narrows || l.scope.Of != (model.Ref{}) || l.scope.Stack == n {
		return
	}
	l.scope.Stack = n
	l.data.Prefix = l.scope.prefix(l.data.Cluster)
	l.table.Remeasure() // Names without their prefix leave room for more columns.
	l.refresh()
}

// worstFirst says whether the list begins with what is wrong, where it can.
func (l *list[R]) worstFirst(on bool) {
	if l.view.Attention == nil || l.worst == on {
		return
	}
	first := l.table.AtTop()
	l.worst = on
	l.table.Unsort()
	l.refresh()
	if first { // Nobody has moved the cursor to that row.
		l.table.Move(moves[keys.Top])
	}
}

// Sleep implements screen.Sleeper.
func (l *list[R]) Sleep() {
	l.crumb = l.Crumb()
	l.data, l.ready, l.behind = table.Data{}, rows[R]{}, false
	l.table.Forget()
}

// Crumb names the view, behind what it is narrowed to.
func (l *list[R]) Crumb() string {
	if l.data.Cluster == nil && l.crumb != "" {
		return l.crumb
	}
	name := l.view.Name
	if l.scope.Past {
		name = "task history"
	}
	owner, narrowed := l.owner()
	switch {
	case narrowed:
		return owner.Name + " " + crumbSeparator + " " + name
	case l.scope.Stack != "":
		return string(l.scope.Stack) + " " + crumbSeparator + " " + name
	}
	return name
}

// crumbSeparator stands between the parts of a path; the root draws it.
const crumbSeparator = ">"

// owner is the object whose tasks are listed; false for a list that is narrowed
// to none.
func (l *list[R]) owner() (screen.Object, bool) {
	ref := l.scope.Of
	if ref == (model.Ref{}) {
		return screen.Object{}, false
	}
	return screen.Object{Ref: ref, Row: ref, Name: l.data.Cluster.NameOf(ref)}, true
}

// Scopes of a list whose rows are about objects of several kinds are those of
// the marked ones, as long as there are any.
func (l *list[R]) Scopes() []keys.Scope {
	out := make([]keys.Scope, 0, 6) // There is room for what the root adds.
	add := func(s keys.Scope) {
		if s != "" {
			out = append(out, s)
		}
	}
	add(l.view.Own)
	add(l.view.Keys)
	add(keys.List)
	if l.view.Subject != nil && l.table.Marks() > 0 {
		add(KeysOf(l.view.subject(l.table.Chosen()[0]).Kind))
	}
	return out
}

// Subjects implements screen.Screen.
func (l *list[R]) Subjects() []screen.Object {
	row, _ := l.Current()
	out := []screen.Object{row}
	if o, ok := l.owner(); ok {
		out = append(out, o)
	}
	return out
}

func (l *list[R]) Interest() model.Interest { return l.view.Interest(l.scope) }

func (l *list[R]) Show(f table.Data) tea.Cmd {
	l.worstFirst(f.WorstFirst)
	same := f.Revision() == l.data.Revision() && !(l.behind && l.ready.of != table.Revision{})
	f.Prefix = l.scope.prefix(f.Cluster)
	l.data = f
	if same {
		l.table.SetNow(f.Now)
		return nil
	}
	l.refresh()
	l.settleCursor(f)
	return nil
}

func (l *list[R]) SetPattern(pattern string) error {
	f, err := model.ParseFilter(pattern)
	if err != nil {
		return err
	}
	l.pattern, l.filter = pattern, f
	l.refresh()
	return nil
}

func (l *list[R]) Pattern() string { return l.pattern }

func (l *list[R]) Unmark(refs ...model.Ref) {
	if l.view.Subject == nil {
		l.table.Unmark(refs...)
		return
	}
	for _, r := range l.table.Chosen() {
		if slices.Contains(refs, l.view.subject(r)) {
			l.table.Unmark(l.view.ID(r))
		}
	}
}

func (l *list[R]) Clear() bool {
	if l.table.ClearMarks() {
		return true
	}
	if l.pattern == "" && !l.wrong {
		return false
	}
	l.wrong = false
	_ = l.SetPattern("") // An empty pattern is never wrong.
	return true
}

func (l *list[R]) Resize(width, height int) {
	l.width, l.height = width, height
	l.table.Resize(width, height)
}

func (l *list[R]) Do(e screen.Env, cmd keys.Command) tea.Cmd {
	switch cmd {
	case keys.Enter:
		return l.goDown(e)
	case keys.Filter:
		e.Ask(cmd)
	default:
		l.moved = true
		l.do(cmd)
	}
	return nil
}

// goDown goes down from the row under the cursor.
func (l *list[R]) goDown(e screen.Env) tea.Cmd {
	link, ok := l.enter()
	switch {
	case !ok:
		return nil
	case link.Connect != "":
		return e.Connect(link.Connect)
	case link.Describe:
		o, _ := l.Current()
		if !link.Subject {
			o.Ref = o.Row
		}
		return e.Do(keys.Describe, o)
	}
	return e.Open(Find(link.View).Open(link.Scope))
}

func (l *list[R]) do(cmd keys.Command) {
	if move, ok := moves[cmd]; ok {
		l.table.Move(move)
		return
	}
	switch cmd {
	case keys.PageDown:
		l.table.Page(1)
	case keys.PageUp:
		l.table.Page(-1)
	case keys.Mark:
		l.table.Mark()
	case keys.Wide:
		l.table.SetWide(!l.table.Wide())
		l.refresh() // The filter is held against what is shown.
	case keys.Left:
		l.table.Sideways(-1)
	case keys.Right:
		l.table.Sideways(1)
	case keys.SortRight, keys.SortLeft:
		step := 1
		if cmd == keys.SortLeft {
			step = -1
		}
		l.table.SortBy(step)
		l.refresh()
	case keys.SortReverse:
		l.table.Reverse()
		l.refresh()
	case keys.OnlyWrong:
		l.wrong = !l.wrong
		l.refresh()
	case keys.History:
		l.scope.Past = !l.scope.Past
		l.refresh()
	default: // The program has done it, or says that nothing is to be done here.
	}
}

// moves are the moves of the cursor, in rows; the table stops at its ends.
var moves = map[keys.Command]int{keys.Down: 1, keys.Up: -1, keys.Top: -1 << 30, keys.Bottom: 1 << 30}

func (l *list[R]) object(r R) screen.Object {
	return screen.Object{Ref: l.view.subject(r), Row: l.view.ID(r), Name: l.view.Title(l.data.Cluster, r)}
}

func (l *list[R]) Current() (screen.Object, bool) {
	r, ok := l.table.Row()
	if !ok {
		return screen.Object{}, false
	}
	return l.object(r), true
}

// Chosen has an object once, however many of the marked rows are about it.
func (l *list[R]) Chosen() []screen.Object {
	var out []screen.Object
	for _, r := range l.table.Chosen() {
		o := l.object(r)
		if l.view.Subject == nil || !slices.ContainsFunc(out, func(x screen.Object) bool { return x.Ref == o.Ref }) {
			out = append(out, o)
		}
	}
	return out
}

func (l *list[R]) RowError() string {
	r, ok := l.table.Row()
	if !ok {
		return ""
	}
	return l.view.Error(l.data.Cluster, r)
}

func (l *list[R]) enter() (Link, bool) {
	r, ok := l.table.Row()
	if !ok {
		return Link{}, false
	}
	return l.view.Enter(l.data.Cluster, r), true
}

func (l *list[R]) MoveTo(id model.Ref) bool {
	l.moved = true
	return l.table.MoveTo(id)
}

// At implements screen.Pointed.
func (l *list[R]) At(x, y int) (table.Point, bool) { return l.table.At(x, y) }

// SortOn implements screen.Pointed.
func (l *list[R]) SortOn(column int) {
	l.table.SortOn(column)
	l.refresh()
}

// Scroll implements screen.Scroller.
func (l *list[R]) Scroll(rows int) {
	l.moved = true
	l.table.Scroll(rows)
}

func (l *list[R]) Info() string {
	var parts []string
	if n := l.table.Marks(); n > 0 {
		parts = append(parts, fmt.Sprintf("%d marked", n))
	}
	if s := l.table.Sorted(); s != "" {
		parts = append(parts, "by "+strings.ToLower(s))
	}
	if l.table.Reversed() {
		parts = append(parts, "reversed")
	}
	if l.worst && l.table.Sorted() == "" {
		parts = append(parts, "worst first")
	}
	if l.table.Wide() {
		parts = append(parts, l.wideWords())
	}
	if l.wrong {
		parts = append(parts, "only problems")
	}
	if set := l.data.Cluster.Set(l.view.Kind); set.Err != nil && !set.At.IsZero() {
		parts = append(parts, strings.TrimSpace("not refreshed: "+table.Fit(model.Brief(model.MaskError(set.Err)), 30, "")))
	}
	switch {
	case l.behind:
		parts = append(parts, fmt.Sprintf("sorting %d", l.total))
	case l.pattern != "":
		parts = append(parts, fmt.Sprintf("%d of %d", l.table.Len(), l.total), "/"+table.Clean(l.pattern)+l.unseen())
	case l.wrong:
		parts = append(parts, fmt.Sprintf("%d of %d", l.table.Len(), l.total))
	case l.total > 0 || l.known():
		parts = append(parts, fmt.Sprint(l.total)) // While nothing was read, none is no count.
	}
	return strings.Join(parts, "  ")
}

// wideWords say which columns of the wide form are out of sight.
func (l *list[R]) wideWords() string {
	left, right := l.table.Beyond()
	out := "wide"
	if left > 0 {
		out += fmt.Sprintf(", left: %d more", left)
	}
	if right > 0 {
		out += fmt.Sprintf(", right: %d more", right)
	}
	return out
}

// Reason implements screen.Reasoner: the list does not always scroll sideways.
func (l *list[R]) Reason(cmd keys.Command) string {
	if cmd != keys.Left && cmd != keys.Right {
		return ""
	}
	left, right := l.table.Beyond()
	switch {
	case cmd == keys.Left && left > 0, cmd == keys.Right && right > 0:
		return ""
	case l.table.Wide():
		return "there are no more columns"
	}
	return "{wide} shows all columns first"
}

// unseen says where the filter found the row under the cursor, if that is in a
// column which does not fit into the window, or in a text that is cut there.
func (l *list[R]) unseen() string {
	row, ok := l.table.Row()
	if !ok || l.filter.Inverse() || !l.filter.Seeks() || l.filter.Match(l.view.Error(l.data.Cluster, row)) {
		return ""
	}
	hidden := ""
	for i := range l.view.Columns {
		col := &l.view.Columns[i]
		if col.Right || col.Wide && !l.table.Wide() {
			continue
		}
		cell := col.Cell(l.data, row)
		switch {
		case l.filter.Match(l.table.Seen(i, cell)):
			return ""
		case hidden == "" && l.filter.Match(cell.Text):
			hidden = " in " + col.Title
		}
	}
	return hidden
}

func (l *list[R]) Known(f table.Data) bool { return l.view.has(f) && l.view.Known(f, l.scope) }

// Source implements screen.Sourced.
func (l *list[R]) Source() string {
	if of := l.scope.Of; l.view.Sourced && of != (model.Ref{}) {
		return l.view.Source + sourceMark + string(of.Kind) + sourceMark + of.ID
	}
	return l.view.Source
}

// Held is what was read of the source.
func (l *list[R]) Held() table.Source { return l.data.Source }

// known reports whether all that the list shows was read.
func (l *list[R]) known() bool { return l.Known(l.data) }

func (l *list[R]) Plain(th *theme.Theme) []string { return l.table.Plain(th) }

func (l *list[R]) NextChange() time.Duration { return l.table.NextChange() }

func (l *list[R]) Render(th *theme.Theme) []string {
	lines := l.table.Render(th)
	if l.table.Len() > 0 || l.height < 2 {
		return lines[:min(len(lines), l.height)]
	}
	n := l.nothing()
	n.Do = l.data.Spelt(n.Do)
	n.render(th, lines, l.width, l.unread() || l.known() && !l.behind)
	return lines
}
