package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/viewport"
)

// layout is how many lines each part of the screen gets.
type layout struct {
	header, verdict, warning, crumbs, rollout, body, rowError, hint, accepted, footer int
}

// above is how many lines stand above the body.
func (l layout) above() int { return l.header + l.verdict + l.warning + l.crumbs + l.rollout }

// layout shares the height out. In a low window the parts that can be missed
// go first: the error of the row, the verdict, the path, the header, the keys.
func (a *App) layout() layout {
	l := layout{header: 1, verdict: 1, warning: len(a.warning()), crumbs: 1, footer: 1}
	if a.overlaid() && a.height < roomyHeight {
		l.verdict = 0 // What is being read or confirmed needs the line more.
	}
	for _, part := range []struct {
		lines *int
		below int // goes if the window is lower than this
	}{{&l.warning, 8}, {&l.verdict, 6}, {&l.crumbs, 5}, {&l.header, 4}, {&l.footer, 3}} {
		if a.height < part.below {
			*part.lines = 0
		}
	}
	l.body = max(0, a.height-l.above()-l.footer)
	more := 0
	switch {
	case l.footer == 0:
	case a.bar() != nil:
		more = a.bar().more(a)
	default:
		more = max(0, len(a.noticeLines())-1)
	}
	if l.body >= 8 {
		l.rollout, l.accepted = len(a.rolloutLines()), len(a.acceptedLines())
		l.body -= l.rollout + l.accepted
	}
	if l.body >= 8 {
		l.rowError = len(a.rowError())
		if more > 0 && l.body-l.rowError-more < leastBody {
			l.rowError = 0 // What was just said matters more.
		}
		l.body -= l.rowError
	}
	if a.hinting && l.body >= 10 && !a.overlaid() {
		l.hint, l.body = 1, l.body-1
	}
	more = min(more, max(0, l.body-leastBody))
	l.footer, l.body = l.footer+more, l.body-more
	return l
}

// leastBody is how many lines a list keeps beside a long notice.
const leastBody = 3

// rowError is the error of the selected row, wrapped.
func (a *App) rowError() []string {
	s, ok := a.top().(screen.Selector)
	if !ok || a.overlaid() || a.width < 10 {
		return nil
	}
	text := table.Clean(s.RowError())
	if text == "" {
		return nil
	}
	lines := viewport.Wrap(text, a.width)
	if len(lines) > rowErrorLines {
		lines = lines[:rowErrorLines]
		lines[rowErrorLines-1] = ansi.Truncate(lines[rowErrorLines-1], a.width-14, "") + a.theme.Glyphs.Ellipsis + a.spell(" ({describe}: all)")
	}
	return lines
}

// View implements tea.Model.
func (a *App) View() tea.View {
	v := tea.NewView("")
	v.AltScreen, v.ReportFocus = true, true
	v.WindowTitle = a.title()
	if a.width <= 0 || a.height <= 0 {
		return v // The size is not known yet.
	}
	lines, cursor := a.draw()
	v.SetContent(strings.Join(lines, "\n"))
	v.Cursor = cursor
	if a.mouse {
		v.MouseMode = tea.MouseModeCellMotion // There is no mode without drags; see Filter.
	}
	return v
}

// draw makes the whole screen: exactly height lines, none wider than the
// window.
func (a *App) draw() ([]string, *tea.Cursor) {
	l := a.layout()
	// The body comes first: the path says where in it one is.
	body, cursor := a.body(l)
	lines := make([]string, 0, a.height)
	if l.header > 0 {
		lines = append(lines, a.header())
	}
	if l.verdict > 0 {
		lines = append(lines, a.verdict())
	}
	lines = append(lines, a.warning()[:l.warning]...)
	if l.crumbs > 0 {
		lines = append(lines, a.crumbs())
	}
	if cursor != nil {
		cursor.Y += l.above()
	}
	lines = append(lines, a.rolloutLines()[:l.rollout]...)
	lines = append(lines, body...)
	for len(lines) < a.height-l.footer {
		lines = append(lines, "")
	}
	lines = lines[:a.height-l.footer]
	b := a.bar()
	if b == nil {
		return append(lines, a.footer(l.footer)...), cursor
	}
	if l.footer == 0 { // There is no room beside it.
		lines = lines[:len(lines)-1]
	}
	last, x := b.drawBar(a, max(1, l.footer))
	if lines = append(lines, last...); x >= 0 {
		cursor = tea.NewCursor(x, len(lines)-1)
	}
	return lines, cursor
}

// body draws what is between the path and the keys.
func (a *App) body(l layout) ([]string, *tea.Cursor) {
	if c := a.cover(); c != nil {
		return c.draw(a, l.body)
	}
	lines := a.top().Render(a.theme)
	for _, t := range a.rowError()[:l.rowError] {
		lines = append(lines, a.theme.Paint(theme.Fault, t))
	}
	if l.hint > 0 {
		lines = append(lines, a.hint())
	}
	lines = append(lines, a.acceptedLines()[:l.accepted]...)
	return lines, nil
}

// header is the first line: where this is, and how fresh it is.
func (a *App) header() string {
	left := []string{a.theme.Paint(theme.Title, "skep")}
	if c := a.cluster; c != nil {
		if s := c.Session; named(s) {
			left = append(left, a.theme.Paint(theme.Accent, table.Clean(model.MaskText(cmp.Or(s.Context, s.Host)))))
		}
		if a.otherSwarm() == nil {
			left = append(left, a.whoAnswers(c)...)
		}
	}
	var right []string
	if a.backend.Demo {
		right = append(right, a.theme.Paint(theme.Mode, "DEMO"))
	}
	if a.readOnly() != "" {
		right = append(right, a.theme.Paint(theme.Mode, "RO"))
	}
	if a.cluster != nil && a.cluster.Session.Production != "" {
		right = append(right, a.theme.Paint(theme.Broken, "PROD"))
	}
	right = append(right, a.freshness())
	end := strings.Join(right, "  ")
	// What does not fit goes as a whole, the last first.
	for len(left) > 1 && ansi.StringWidth(strings.Join(left, "  "))+1+ansi.StringWidth(end) > a.width {
		left = left[:len(left)-1]
	}
	return spread(strings.Join(left, "  "), end, a.width)
}

// whoAnswers is which manager of how large a swarm answers, and its engine.
func (a *App) whoAnswers(c *model.Cluster) []string {
	var out []string
	s := c.Session
	if s.Endpoint != "" {
		out = append(out, table.Clean(s.Endpoint))
	}
	if n := c.Node(s.NodeID); n != nil && n.Leads() {
		out = append(out, "leader")
	}
	if c.Ready() {
		q := c.Quorum()
		managers := fmt.Sprintf("%d mgr", q.Managers)
		if q.Reachable < q.Managers {
			managers = fmt.Sprintf("%d/%d mgr", q.Reachable, q.Managers)
		}
		out = append(out, managers+fmt.Sprintf(" %d wrk", q.Workers))
	}
	if s.Engine != "" {
		out = append(out, a.theme.Paint(theme.Dim, table.Clean(s.Engine)))
	}
	return out
}

// verdict is the second line: the worst problem whole, and how many more there
// are.
func (a *App) verdict() string {
	c := a.cluster
	if c == nil || a.trouble() != nil {
		return ""
	}
	if o := c.Outage; o != nil && !o.Waiting {
		const hint = "  (! says more)"
		room := max(0, a.width-len(hint))
		text := model.MaskError(o.Err)
		if t := asTrouble(o.Err); t != nil {
			text = t.Headline()
			// What it is comes last: a long address gives way to it.
			host := model.MaskText(t.Host)
			if over := table.Width(text) - room; over > 0 && host != "" {
				kept := max(addressKept, table.Width(host)-over)
				text = strings.Replace(text, host, table.CutMiddle(host, kept, a.theme.Glyphs.Ellipsis), 1)
			}
		}
		text = ansi.Truncate(table.Clean(text), room, a.theme.Glyphs.Ellipsis)
		return a.theme.Paint(theme.Broken, table.Fit(text+hint, a.width, ""))
	}
	if !c.Ready() {
		return ""
	}
	problems := c.Problems()
	if len(problems) == 0 {
		if n := c.TasksUnread(); n > 0 { // Whether they restart, and why they do not run, is not known.
			text := fmt.Sprintf("%s no problems so far, tasks of %d of %s not read yet",
				a.theme.Glyphs.Moving, n, model.Plural(len(c.Services()), "service"))
			return a.theme.Paint(theme.Moving, table.Fit(text, a.width, a.theme.Glyphs.Ellipsis))
		}
		return a.theme.Paint(theme.Good, table.Fit(a.theme.Glyphs.Good+" "+noProblems(c), a.width, ""))
	}
	first, more := problems[0], ""
	if n := len(model.Roots(problems)) - 1; n > 0 {
		more = fmt.Sprintf("  +%d more (!)", n)
	}
	text := first.Subject + " " + first.Claim
	if first.Why != "" {
		text += " - " + model.Brief(first.Why)
	}
	text = a.theme.Glyphs.Of(first.Status) + " " + table.Clean(text)
	room := max(0, a.width-ansi.StringWidth(more))
	text = ansi.Truncate(text, room, a.theme.Glyphs.Ellipsis)
	return a.theme.Paint(theme.RoleOf(first.Status), table.Fit(text+more, a.width, ""))
}

// noProblems is the verdict where nothing is wrong that its operator does not know.
func noProblems(c *model.Cluster) string {
	if n := c.Noted(); n > 0 {
		return fmt.Sprintf("no problems but %d acknowledged (!)", n)
	}
	return "no problems"
}

// warning is what the way to the swarm was found in spite of.
func (a *App) warning() []string {
	text := table.Clean(a.backend.Warning)
	if text == "" || a.width < 10 {
		return nil
	}
	lines := viewport.Wrap(text, a.width)
	for i := range lines {
		lines[i] = a.theme.Paint(theme.Warning, lines[i])
	}
	return lines
}

// crumbs is the path, with what is said of the screen at its right end.
func (a *App) crumbs() string {
	sep := " " + a.theme.Glyphs.Crumb + " "
	var names []string
	for _, s := range a.screens {
		names = append(names, strings.ReplaceAll(table.Clean(s.Crumb()), " > ", sep))
	}
	left := strings.Join(names, sep)
	right := a.top().Info()
	switch c := a.cover(); {
	case c != nil:
		var title string
		title, right = c.crumb()
		left += sep + title
	case a.stack != "" && !a.inStack():
		// The list is of all stacks all the same.
		right = "scope: " + table.Clean(string(a.stack)) + " (0 = all)  " + right
	}
	// The end of the path says more than its beginning.
	if over := ansi.StringWidth(left) + ansi.StringWidth(right) + 2 - a.width; over > 0 {
		left = ansi.TruncateLeft(left, over+1, a.theme.Glyphs.Ellipsis)
	}
	return spread(a.theme.Paint(theme.Title, left), a.theme.Paint(theme.Dim, right), a.width)
}

// inStack reports whether the path says already which stack was chosen.
func (w *workspace) inStack() bool {
	n, ok := w.top().(screen.Narrowed)
	return ok && n.Stack() == w.stack
}

// bar is what stands in the last lines; nil for the keys, or a message.
func (w *workspace) bar() bar { return over[bar](w) }

// footer is the last lines: what keys do here, or a message.
func (a *App) footer(height int) []string {
	switch {
	case height == 0:
		return nil
	case a.notice.text != "":
		return a.noticeIn(height)
	}
	if c := a.cover(); c != nil {
		return []string{a.hintLine(c.hints(a))}
	}
	return []string{a.hintLine(a.hintsOf(a.scopes()...))}
}

// hintsOf are the keys to hint at in some scopes, and what they do.
func (a *App) hintsOf(scopes ...keys.Scope) [][2]string {
	var out [][2]string
	for _, b := range a.opt.Keys.Footer(scopes) {
		if a.reason(b) == "" {
			out = append(out, [2]string{a.keyName(b.Keys[0]), b.Title})
		}
	}
	return out
}

// hintLine draws hints, as many as fit. The last, which is the way to all the
// others, is kept.
func (a *App) hintLine(hints [][2]string) string {
	width := func(h [2]string) int { return table.Width(h[0]) + table.Width(h[1]) + 3 }
	used := -1 // There is no blank before the first.
	for _, h := range hints {
		used += width(h)
	}
	for len(hints) > 1 && used > a.width {
		used -= width(hints[len(hints)-2])
		hints = slices.Delete(hints, len(hints)-2, len(hints)-1)
	}
	if used > a.width {
		return ""
	}
	out := make([]string, len(hints))
	for i, h := range hints {
		if h[0] == "" { // What goes on, rather than a key.
			out[i] = a.theme.Paint(theme.Dim, h[1])
			continue
		}
		out[i] = a.theme.Paint(theme.Key, "<"+h[0]+">") + h[1]
	}
	return strings.Join(out, " ")
}

// spread puts two texts at the ends of a line. The right one is kept whole as
// long as it fits.
func spread(left, right string, width int) string {
	r := ansi.StringWidth(right)
	if r >= width {
		return ansi.Truncate(right, width, "")
	}
	room := width - r - 1
	if r == 0 {
		room = width
	}
	if ansi.StringWidth(left) > room {
		left = ansi.Truncate(left, room, "")
	}
	return left + strings.Repeat(" ", max(0, width-r-ansi.StringWidth(left))) + right
}
