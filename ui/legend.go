package ui

import (
	"fmt"

	"skep/ui/detail"
	"skep/ui/theme"
)

// legend is what the signs in lists and texts mean, for the help screen.
var legend = []struct {
	sign  func(g theme.Glyphs) string
	means string
}{
	{func(g theme.Glyphs) string { return g.Good }, "as it should be"},
	{func(g theme.Glyphs) string { return g.Moving }, "on its way there: starting, updating, converging"},
	{func(g theme.Glyphs) string { return g.Warning }, "needs attention"},
	{func(g theme.Glyphs) string { return g.Broken }, "wrong: down, failed, not answering"},
	{func(g theme.Glyphs) string { return g.Neutral }, "neither: stopped on request, or not known"},
	{func(g theme.Glyphs) string { return g.Mark }, "marked ({mark}): actions go to all marked rows"},
	{func(g theme.Glyphs) string { return g.Cursor }, "the selected row"},
	{func(g theme.Glyphs) string { return g.Up + " " + g.Down }, "behind a title: sorted by this column, up or down"},
	{func(g theme.Glyphs) string { return g.Ellipsis }, "cut off; {describe} shows the whole"},
	{func(g theme.Glyphs) string { return g.More }, "below a text: it has more lines"},
	{word("*"), "behind a node: skep is connected to it (as in docker node ls)"},
	{word("-"), "none, or not known yet"},
	{word("5+"), "at least 5: the swarm keeps only so many tasks of each slot (docker swarm update --task-history-limit)"},
	{word("0?"), "as far as is known: a node does not answer, or not all tasks have been read yet"},
	{word("4/6"), "UP/WANT: 4 tasks run on nodes that answer, 6 are wanted"},
}

func word(w string) func(theme.Glyphs) string { return func(theme.Glyphs) string { return w } }

// legendText is the part of the help about signs.
func (a *App) legendText() []detail.Line {
	out := []detail.Line{nil, {{Text: "SIGNS AND COUNTS", Role: theme.Title}}}
	for _, l := range legend {
		out = append(out, detail.Line{
			{Text: fmt.Sprintf("  %-*s", helpColumn, l.sign(a.theme.Glyphs)), Role: theme.Key},
			{Text: a.spell(l.means), Role: theme.Plain, Hang: true},
		})
	}
	return out
}
