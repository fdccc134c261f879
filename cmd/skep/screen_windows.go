package main

import (
	"context"
	"io"

	tea "charm.land/bubbletea/v2"
)

// onScreen leaves the console of Windows to Bubble Tea.
func onScreen(io.Writer, []string) (options []tea.ProgramOption, follow func(context.Context, *tea.Program)) {
	return nil, func(context.Context, *tea.Program) {}
}
