package ui

import (
	"io"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/theme"
)

// JobControl is that of the shell that started the console.
type JobControl interface {
	// Missing is why no shell would take the terminal over; empty where one
	// does.
	Missing() string
	// Stop stops the program until the shell continues it. It returns an error,
	// soon, where the program was not stopped.
	Stop() error
}

// ResumedMsg says that the terminal is the console's again.
type ResumedMsg struct{ err error }

// stopped is a stop of the program, which Bubble Tea leaves the terminal for as
// it does for another program. Its own suspension waits for ever where nobody
// continues it.
type stopped struct{ jobs JobControl }

func (s stopped) Run() error        { return s.jobs.Stop() }
func (stopped) SetStdin(io.Reader)  {}
func (stopped) SetStdout(io.Writer) {}
func (stopped) SetStderr(io.Writer) {}

// suspend gives the terminal to the shell, if one is there to take it. The
// engine is not asked meanwhile: an answer that waited for hours is no news.
func (a *App) suspend() tea.Cmd {
	missing := "no job-control shell to return to"
	if a.opt.Jobs != nil {
		missing = a.opt.Jobs.Missing()
	}
	if missing != "" {
		a.say(theme.Warning, ":suspend: "+missing)
		return nil
	}
	a.backend.Feed.Pause()
	return tea.Exec(stopped{a.opt.Jobs}, func(err error) tea.Msg { return ResumedMsg{err} })
}

// resumed goes on after that.
func (a *App) resumed(msg ResumedMsg) tea.Cmd {
	a.backend.Feed.Resume()
	a.backend.Feed.Refresh()
	a.blurred = false
	if msg.err != nil {
		return a.fail(":suspend: " + model.MaskError(msg.err))
	}
	return tea.Batch(tea.RequestBackgroundColor, a.readAnew()) // It may be night now.
}
