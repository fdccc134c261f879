package ui

import (
	"slices"
	"strings"

	"skep/ui/table"
	"skep/ui/theme"
)

// offers are what may be typed in a prompt, and where tab is among them.
type offers struct {
	// complete gives what may be typed for what was typed so far; nil for
	// nothing.
	complete func(value string) []string
	list     []string
	// tabbed is set while tab goes through the list, which stays the one of what
	// was typed; at is where it is.
	tabbed bool
	at     int
}

// find makes the list of what begins as typed, whatever the case.
func (o *offers) find(value string) {
	o.list, o.tabbed = nil, false
	if o.complete == nil || value == "" {
		return
	}
	o.list = slices.DeleteFunc(slices.Clone(o.complete(value)), func(s string) bool {
		return len(s) < len(value) || !strings.EqualFold(s[:len(value)], value)
	})
}

// cycle goes to the next of the list, or with -1 to the one before. Where the
// list is only what was typed already, it goes on with what may follow.
func (o *offers) cycle(value string, step int) (string, bool) {
	if !o.tabbed {
		if len(o.list) == 0 && value == "" && o.complete != nil {
			o.list = o.complete(value)
		}
		if len(o.list) == 1 && o.list[0] == value {
			o.find(value + " ")
		}
		o.tabbed, o.at = true, -1
		if step < 0 {
			o.at = 0
		}
	}
	n := len(o.list)
	if n == 0 {
		o.tabbed = false
		return "", false
	}
	o.at = (o.at + step + n) % n
	return o.list[o.at], true
}

// offersShown is how many of the list are shown behind what was typed.
const offersShown = 6

// hint is the rest of what tab would complete, and the last words of all that
// it could be; while tab goes through them, the one that it is at stands out.
func (o *offers) hint(th *theme.Theme, value string) string {
	rest, from, at := "", 0, -1
	switch {
	case len(o.list) == 0:
		return ""
	case o.tabbed:
		at = o.at
		from = max(0, min(at-offersShown/2, len(o.list)-offersShown))
	case len(o.list[0]) > len(value):
		rest = th.Paint(theme.Dim, table.Clean(o.list[0][len(value):]))
	}
	if len(o.list) == 1 {
		return rest
	}
	words := make([]string, 0, offersShown)
	for i := from; i < min(from+offersShown, len(o.list)); i++ {
		word := table.Clean(o.list[i][strings.LastIndexByte(o.list[i], ' ')+1:])
		role := theme.Dim
		if i == at {
			role = theme.Key
		}
		words = append(words, th.Paint(role, word))
	}
	return rest + "   " + strings.Join(words, " ")
}
