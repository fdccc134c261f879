package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"skep/ui/keys"
)

// recall goes through what was typed before, from the newest to the oldest. What
// is being typed stands at the end of it.
type recall struct {
	lines []string
	at    int
}

func newRecall(past []string) recall {
	return recall{lines: append(slices.Clone(past), ""), at: len(past)}
}

// step goes back, or forth with 1, from what stands in the prompt.
func (r *recall) step(value string, step int) (string, bool) {
	to := r.at + step
	if to < 0 || to >= len(r.lines) {
		return "", false
	}
	r.lines[r.at] = value // What was changed is there when one comes back.
	r.at = to
	return r.lines[to], true
}

// remember keeps what was typed, in this run and for those after it.
func (a *App) remember(kind keys.Command, line string) tea.Cmd {
	if line == "" {
		return nil
	}
	past := slices.DeleteFunc(slices.Clone(a.history[kind]), func(s string) bool { return s == line })
	past = append(past, line)
	a.history[kind] = past[max(0, len(past)-historyLines):]
	write := a.opt.Remember
	if write == nil {
		return nil
	}
	return func() tea.Msg {
		_ = write(kind, line) // What cannot be written is forgotten with this run.
		return nil
	}
}
