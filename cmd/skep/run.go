package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/term"

	"skep/internal/backend"
	"skep/internal/config"
	"skep/internal/feed"
	"skep/internal/safetext"
	"skep/internal/screens"
	"skep/internal/terminal"
	"skep/model"
	"skep/ui"
	"skep/ui/theme"
)

// run draws the console, or prints a report where there is no terminal to draw
// on.
func run(ctx context.Context, cfg config.Config) error {
	stop, err := embed(&cfg)
	if err != nil {
		return err
	}
	defer stop()
	limitMemory(cfg)
	contexts := contexts{ctx: ctx, cfg: cfg, records: !cfg.Plain}
	b, err := contexts.open(contexts.options())
	if err != nil {
		return err
	}
	shown := screens.On(b)
	if cfg.Demo {
		kept := keptOf(cfg)
		shown.Demo, shown.Kept = true, &kept
	}
	out := terminal.NewOutput(os.Stdout)
	real := cfg
	real.Demo = false
	opt := ui.Options{
		Backend: shown, Contexts: contexts,
		View: cfg.View, Pattern: cfg.Pattern, ReadOnly: cfg.ReadOnly, ASCII: cfg.ASCII,
		Theme: cfg.Theme, Background: theme.Hint(os.Getenv("COLORFGBG")),
		Kept: keptOf(real), Deploy: deployer, Export: exporter,
	}
	if runtime.GOOS != "windows" { // There the terminal is never far.
		opt.Written = out.Written
	}
	habits(&opt, cfg)
	if cfg.Plain {
		defer b.Close()
		return report(ctx, b, opt)
	}
	app, err := ui.New(ctx, opt)
	if err != nil {
		b.Close()
		return err
	}
	return draw(ctx, app, out, cfg.FPS, stop)
}

// draw runs the console on the terminal until it is left. Nothing else writes
// there meanwhile; what was to be written is told at the end.
func draw(ctx context.Context, app *ui.App, out *terminal.Output, fps int, last func()) error {
	was, _ := term.GetState(os.Stdin.Fd())
	dog := terminal.Watch(ctx, endPatience, func() { app.Close(); last() }, func() {
		if was != nil {
			_ = term.Restore(os.Stdin.Fd(), was)
		}
		terminal.Within(time.Second, func() { tellUntold(os.Stderr, app.Untold()) })
		os.Exit(tell(io.Discard, context.Cause(ctx)))
	})
	defer dog.Release()
	guard := terminal.GuardStderr()
	giveBack := keepTitle(os.Stdout)
	killed, kill := context.WithCancel(context.WithoutCancel(ctx))
	defer kill()
	environ := config.Environ(os.Environ())
	screen, follow := onScreen(out, environ)
	program := tea.NewProgram(app, append(screen, tea.WithContext(killed), tea.WithFPS(fps), tea.WithFilter(ui.Filter),
		tea.WithoutSignalHandler(), tea.WithInput(input()), tea.WithEnvironment(environ))...)
	follow(killed, program)
	go returnMemory(killed)
	// When it is killed, Bubble Tea closes its reader while that reads.
	context.AfterFunc(ctx, func() {
		time.AfterFunc(quitPatience, kill)
		program.Quit()
	})
	_, err := program.Run()
	giveBack()
	app.Close()
	tellWritten(os.Stderr, guard.End())
	untold := app.Untold()
	tellUntold(os.Stderr, untold)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err == nil && len(untold) > 0:
		return errLeft
	}
	return err
}

// tellUntold says what became of the changes that skep was left in the middle of.
func tellUntold(w io.Writer, lines []string) {
	for _, line := range lines {
		_, _ = fmt.Fprintln(w, "skep: "+safetext.Line(model.MaskText(line)))
	}
}

// tellWritten says what was written to standard error while the console ran.
func tellWritten(w io.Writer, lines []string) {
	if len(lines) == 0 {
		return
	}
	_, _ = fmt.Fprintln(w, "skep: written to standard error while it ran:")
	for _, line := range lines {
		_, _ = fmt.Fprintln(w, "  "+safetext.Line(model.MaskText(line)))
	}
}

// input is what is typed. Windows hands keys on as events and not as bytes.
func input() io.Reader {
	if runtime.GOOS == "windows" {
		return os.Stdin
	}
	return terminal.NewInput(os.Stdin)
}

// reportPatience is how long a report waits for a swarm: longer than the
// engine's own limit for an answer, 20 s.
const reportPatience = 30 * time.Second

// reasonPatience is how long a report that is otherwise complete waits for the
// reasons of what is missing.
const reasonPatience = 3 * time.Second

// report waits for one whole snapshot and prints it.
func report(ctx context.Context, b *backend.Backend, opt ui.Options) error {
	ctx, cancel := context.WithTimeoutCause(ctx, reportPatience, fmt.Errorf("no answer within %s", reportPatience))
	defer cancel()
	screen, err := ui.NewReport(opt)
	if err != nil {
		return err
	}
	if w := opt.Backend.Warning; w != "" {
		_, _ = fmt.Fprintln(os.Stderr, "skep: "+safetext.Line(model.MaskText(w)))
	}
	c, err := b.Feed.Await(ctx, feed.Want{Interest: screen.Interest(), Known: screen.Complete, Whole: screen.Explained, Longer: reasonPatience})
	if err != nil {
		return err
	}
	return screen.Print(os.Stdout, c, time.Now())
}

// explain is an error as it is printed: a trouble with what to do about it.
func explain(err error) string {
	var t *model.Trouble
	if !errors.As(err, &t) {
		return err.Error()
	}
	text := t.Headline()
	if t.Cause != nil {
		text += "\n\n" + t.Cause.Error()
	}
	return text + "\n\n" + t.Advice()
}
