package main

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"skep/internal/config"
	"skep/internal/ownfile"
	"skep/internal/terminal"
	"skep/model"
	"skep/ui"
	"skep/ui/keys"
)

// slowLog is the least time between two redrawings by new lines of a log over a
// slow link: four a second.
const slowLog = 250 * time.Millisecond

// habits sets what the console takes over from the terminal and from earlier
// runs. A demonstration looks the same each time, so it has no first start.
func habits(opt *ui.Options, cfg config.Config) {
	seen := ownfile.NewMemory(ownfile.StateDir())
	opt.Hint = !cfg.Demo && !seen.Has(ownfile.Hint)
	opt.HintRead = func() error { return seen.Remember(ownfile.Hint) }
	opt.Jobs = terminal.Shell{}
	if !cfg.Demo {
		opt.ByName = seen.Has(ownfile.ByName)
		opt.Acknowledge = remember
		opt.KeepOrder = func(byName bool) error { return seen.Set(ownfile.ByName, byName) }
		keepHistory(opt, seen)
	}
	opt.Logs.Bytes = cfg.LogBytes
	if cfg.Slow {
		opt.Logs.Interval = slowLog
	}
	opt.Mouse, opt.Multiplexer = cfg.Mouse, ui.Multiplexer(cfg.Multiplexer)
	if cfg.Buffer {
		opt.Buffer = tmuxBuffer
	}
}

// acknowledged are the problems that the operator has taken note of in earlier
// runs.
func acknowledged(cfg config.Config) []string {
	if cfg.Demo {
		return nil
	}
	kept := ownfile.NewMemory(ownfile.StateDir())
	marks := kept.List(model.RollbackMark)
	for _, m := range kept.List(model.SeenMark) {
		if _, until, ok := model.SeenUntil(m); ok && time.Now().Before(until) {
			marks = append(marks, m)
		} else {
			_ = kept.Forget(m) // It says nothing any more.
		}
	}
	return marks
}

// remember keeps the mark of a problem that was acknowledged, or forgets those that it
// takes back.
func remember(mark string) error {
	kept := ownfile.NewMemory(ownfile.StateDir())
	if !model.Unseen(mark) {
		return kept.Remember(mark)
	}
	key, _, _ := model.SeenUntil(mark)
	var errs []error
	for _, m := range kept.List(model.SeenMark) {
		if of, _, ok := model.SeenUntil(m); ok && of == key {
			errs = append(errs, kept.Forget(m))
		}
	}
	return errors.Join(errs...)
}

// keepHistory keeps what is typed into the prompts for later runs.
func keepHistory(opt *ui.Options, kept ownfile.Memory) {
	name := func(kind keys.Command) string { return "history-" + string(kind) }
	opt.History = map[keys.Command][]string{}
	for _, kind := range []keys.Command{keys.CommandLine, keys.Filter, keys.Search} {
		opt.History[kind] = kept.Lines(name(kind))
	}
	opt.Remember = func(kind keys.Command, line string) error { return kept.AddLine(name(kind), line) }
}

// tmuxBuffer has tmux keep a text and send it on to the terminal. tmux does
// that for its own command with every setting; from a program it takes OSC 52
// only with set-clipboard on, which is not the default. Before tmux 3.2 there
// is no -w, and this is an error.
func tmuxBuffer(ctx context.Context, text string) error {
	cmd := exec.CommandContext(ctx, "tmux", "load-buffer", "-w", "-")
	cmd.Stdin = strings.NewReader(text)
	return cmd.Run()
}

// The operations that put the window's title on the terminal's stack and take
// it back (XTWINOPS).
const (
	pushTitle = 22
	popTitle  = 23
	title     = 2
)

// keepTitle remembers the window's title until it is given back. Bubble Tea
// clears the title at the end; a terminal that knows no such stack ignores both.
func keepTitle(w io.Writer) (giveBack func()) {
	_, _ = io.WriteString(w, ansi.XTWINOPS(pushTitle, title)) // The console says what is wrong with the terminal.
	return func() { _, _ = io.WriteString(w, ansi.XTWINOPS(popTitle, title)) }
}
