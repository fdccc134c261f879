//go:build !windows

package main

import (
	"context"
	"io"
	"os"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"skep/internal/terminal"
	"skep/ui"
)

// onScreen draws through a writer on the terminal, within a size that it can afford; follow tells
// of changes of the size until the context ends.
func onScreen(out io.Writer, environ []string) (options []tea.ProgramOption, follow func(context.Context, *tea.Program)) {
	screen := terminal.NewScreen(out, os.Stdout)
	options = []tea.ProgramOption{
		tea.WithOutput(screen), tea.WithWindowSize(ui.Clamp(screen.Size())),
		tea.WithColorProfile(colorprofile.Detect(os.Stdout, environ)),
	}
	return options, func(ctx context.Context, p *tea.Program) {
		screen.Follow(ctx, func(columns, rows int) {
			columns, rows = ui.Clamp(columns, rows) // Bubble Tea drops what is far too large.
			p.Send(tea.WindowSizeMsg{Width: columns, Height: rows})
		})
	}
}
