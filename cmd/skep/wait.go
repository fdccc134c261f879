package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"skep/actions"
	"skep/internal/backend"
	"skep/internal/config"
	"skep/internal/converge"
	"skep/internal/feed"
	"skep/model"
)

// waitCodes are the exit codes of a wait, for the help.
const waitCodes = "0 converged, 3 rolled back, 4 paused, 5 cannot be placed,\n6 crash loop, 7 timeout, 8 cannot tell"

// waitLimit is how long is waited unless told otherwise.
const waitLimit = 5 * time.Minute

// waitCommand waits until services are what they ask for.
func waitCommand(cfg *config.Config) *cobra.Command {
	all, limit := false, waitLimit
	c := givesJSON(&cobra.Command{
		Use: "wait SERVICE|STACK...", Short: "wait until services run and stay up",
		Long: "Wait until services run as they ask for, and have done so for their monitor\n" +
			"window, at least 5 seconds; for jobs, until they are complete. An end that is no\n" +
			"success is said on standard error, with the task to blame and its error.\n" +
			"Where a service and a stack share a name: service/NAME, stack/NAME.\n\n" +
			"Exit codes: " + waitCodes + "; of\n" +
			"several services the worst: 6, 5, 4, 3, 8, 7, 0. 1 the swarm could not be\n" +
			"reached or has no such object, 2 wrong command line. When the time is up, what a\n" +
			"service suffers from counts, and 7 only where nothing looks wrong.",
		ValidArgsFunction: completer{cfg}.of(model.KindService, model.KindStack),
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case all && len(args) > 0:
				return errors.New("--all waits for all: name none")
			case !all && len(args) == 0:
				return errors.New("name services or stacks, or say --all")
			}
			return checkLimit(limit)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := take(cfg, nil); err != nil {
				return err
			}
			b, end, err := openToRead(cmd.Context(), cfg)
			if err != nil {
				return failed(err)
			}
			defer end()
			sel, err := selected(cmd.Context(), b, args, all)
			if err != nil {
				return failed(err)
			}
			report, err := waitFor(cmd, cfg, b, sel, limit)
			if err != nil {
				return failed(err)
			}
			return errors.Join(failed(say(cmd.OutOrStdout(), cfg, report)), waitError(report.ExitCode))
		},
	})
	c.Flags().BoolVar(&all, "all", false, "wait for every service of the swarm")
	addLimit(c, &limit)
	return c
}

func addLimit(c *cobra.Command, limit *time.Duration) {
	c.Flags().DurationVar(limit, "timeout", waitLimit, "wait for so `LONG` at the most; 0 for as long as it takes")
}

func checkLimit(limit time.Duration) error {
	if limit < 0 {
		return fmt.Errorf("--timeout: %s is less than nothing", limit)
	}
	return nil
}

// waitError is the exit code of a wait as an error; nil for 0.
func waitError(code int) error {
	if code == 0 {
		return nil
	}
	return exitError(code)
}

// selected is what names on the command line mean.
func selected(ctx context.Context, b *backend.Backend, names []string, all bool) (converge.Selection, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, reportPatience, fmt.Errorf("no answer within %s", reportPatience))
	defer cancel()
	c, err := b.Feed.Await(ctx, feed.Want{Known: (*model.Cluster).Ready})
	if err != nil || all {
		return converge.Selection{All: all}, err
	}
	return converge.Select(c, names)
}

// waitFor waits, shows how it goes, and says on standard error what did not
// converge.
func waitFor(cmd *cobra.Command, cfg *config.Config, b *backend.Backend, sel converge.Selection, limit time.Duration) (converge.Report, error) {
	p := newProgress(cmd.ErrOrStderr(), cfg.Output == asJSON)
	state, err := converge.Wait(cmd.Context(), b.Feed, sel, limit, p.show)
	p.end()
	if err != nil {
		return converge.Report{}, err
	}
	report := converge.NewReport(state)
	for _, l := range report.Failures() {
		_, _ = fmt.Fprintln(cmd.ErrOrStderr(), l)
	}
	return report, nil
}

// waiting is whether a verb waits until what it changes runs as it should, and
// for how long.
type waiting struct {
	on    bool
	limit time.Duration
}

// run waits after a write, and says what was written and what became of it.
func (w waiting) run(cmd *cobra.Command, cfg *config.Config, b *backend.Backend, written planReport, sel converge.Selection) error {
	if cfg.Output != asJSON {
		if err := say(cmd.OutOrStdout(), cfg, written); err != nil {
			return failed(err)
		}
	}
	report, err := waitFor(cmd, cfg, b, sel, w.limit)
	if err != nil {
		// Whoever ends the waiting has to know that the write stays.
		_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "no longer waited for: what is written stays, and skep wait waits on")
		if cfg.Output == asJSON {
			err = errors.Join(say(cmd.OutOrStdout(), cfg, written), err)
		}
		return failed(err)
	}
	var a answer = report
	if cfg.Output == asJSON {
		written.Wait = &report
		a = written
	}
	return errors.Join(failed(say(cmd.OutOrStdout(), cfg, a)), waitError(report.ExitCode))
}

// affected is what a verb has changed: services, each from the version on that it
// was given; of a node those that have tasks there or may get one, and its role.
func (a act) affected(before *model.Cluster, results []actions.Result) converge.Selection {
	sel := written(results)
	sel.Roles = map[model.NodeID]bool{}
	for _, r := range results {
		for _, step := range r.Steps {
			if node := before.Node(step.Ref.Node()); node != nil {
				a.affectedBy(node, before, sel)
			}
		}
	}
	return sel
}

// affectedBy adds what a change of a node affects.
func (a act) affectedBy(node *model.Node, before *model.Cluster, sel converge.Selection) {
	if a.verb == "promote" || a.verb == "demote" {
		sel.Roles[node.Key()] = a.verb == "promote"
		return
	}
	add := func(id model.ServiceID) {
		if before.Service(id) != nil {
			sel.Services[id] = max(sel.Services[id], 0)
		}
	}
	tasks, _ := before.TasksOn(node.Key())
	for _, t := range tasks {
		if t.Wanted() {
			add(t.ServiceID)
		}
	}
	for _, s := range before.Services() {
		if a.verb == "activate" && s.Mode() == model.ModeGlobal {
			add(s.Key())
		}
	}
}

// progress shows how a wait goes: on a terminal one line that is drawn anew,
// elsewhere a line for each change.
type progress struct {
	out   io.Writer
	width func() int // of the terminal; nil where there is none
	quiet bool
	last  []string
}

func newProgress(out io.Writer, asked bool) *progress {
	p := &progress{out: out, width: terminalWidth(out)}
	p.quiet = asked && p.width == nil // Who asks for JSON reads that.
	return p
}

func (p *progress) show(s converge.State) {
	if p.quiet {
		return
	}
	if p.width != nil {
		_, _ = fmt.Fprint(p.out, "\r"+ansi.Truncate(s.Brief(), p.width()-1, "...")+ansi.EraseLineRight)
		return
	}
	lines := s.Lines()
	for _, l := range lines {
		if !slices.Contains(p.last, l) {
			_, _ = fmt.Fprintf(p.out, "%s  %s\n", model.Span(s.Elapsed.Round(time.Second)), strings.TrimSpace(l))
		}
	}
	p.last = lines
}

// end takes the line away that is drawn anew.
func (p *progress) end() {
	if p.width != nil && !p.quiet {
		_, _ = fmt.Fprint(p.out, "\r"+ansi.EraseLineRight)
	}
}
