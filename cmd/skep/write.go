package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"skep/actions"
	"skep/internal/backend"
	"skep/internal/config"
	"skep/internal/converge"
	"skep/internal/safetext"
	"skep/model"
)

// openToWrite connects to the swarm of the command line, or to the one inside the
// program.
func openToWrite(ctx context.Context, cfg *config.Config) (b *backend.Backend, end func(), err error) {
	stop, err := embed(cfg)
	if err != nil {
		return nil, nil, err
	}
	limitMemory(*cfg)
	contexts := contexts{ctx: ctx, cfg: *cfg}
	if b, err = contexts.open(contexts.options()); err != nil {
		stop()
		return nil, nil, err
	}
	return b, func() { b.Close(); stop() }, nil
}

// write is what was proposed, on its way to the swarm.
type write struct {
	cmd     *cobra.Command
	cfg     *config.Config
	b       *backend.Backend
	request actions.Request
	// before is the snapshot that it was planned from.
	before *model.Cluster
	given  consent
	waits  waiting
	// propose plans anew, where somebody can be asked whether it is to; nil where
	// nothing else would come of it.
	propose func() error
	// asks is set where it was confirmed on a terminal, and typed where it is a text
	// that was typed for it.
	asks, typed bool
	// settle waits between the waves of a plan, and affected is what is waited for in
	// the end.
	settle   func(ctx context.Context, done []actions.StepResult) error
	affected func([]actions.Result) converge.Selection
}

// run shows the plans, asks and carries them out.
func (w write) run(plans []actions.Plan, left []error) error {
	cmd, cfg := w.cmd, w.cfg
	sum := w.request.Combine(plans, left)
	report := newPlanReport(sum)
	yes, missing := w.given.to(sum)
	ask := !yes && missing == nil && cfg.Output != asJSON && term.IsTerminal(os.Stdin.Fd())
	switch {
	case sum.Confirm.Gate == actions.GateNone:
		return errors.Join(say(cmd.OutOrStdout(), cfg, report), exitError(exitRefused))
	case ask:
		if err := say(cmd.OutOrStdout(), cfg, report); err != nil {
			return failed(err)
		}
		if yes, err := confirmed(cmd.InOrStdin(), cmd.ErrOrStderr(), sum.Confirm); !yes {
			_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "nothing was done")
			if err != nil {
				return w.left(err)
			}
			if w.typed {
				return refusal{keepText(w.request, errUnconfirmed)}
			}
			return exitError(exitRefused)
		}
		report, w.asks = planReport{}, true
	case missing != nil:
		return errors.Join(say(cmd.OutOrStdout(), cfg, report), refusal{missing})
	case !yes:
		return errors.Join(say(cmd.OutOrStdout(), cfg, report), refusal{errUnasked})
	case cfg.Output != asJSON: // What follows may take long.
		if err := say(cmd.OutOrStdout(), cfg, report); err != nil {
			return failed(err)
		}
		_, _ = fmt.Fprintln(cmd.OutOrStdout())
		report = planReport{}
	}
	return w.carryOut(plans, left, report)
}

// left ends a command at whose question a signal came. What was typed for it is kept.
func (w write) left(why error) error {
	if w.typed {
		_, _ = fmt.Fprintln(w.cmd.ErrOrStderr(), model.MaskError(keepText(w.request, why)))
	}
	return failed(why)
}

// carryOut writes, and waits where that was asked for.
func (w write) carryOut(plans []actions.Plan, left []error, report planReport) error {
	cmd, cfg, ctx := w.cmd, w.cfg, w.cmd.Context()
	written := journalOf(*cfg)
	defer written.Close()
	var journalled error
	kept := 0
	record := func(e actions.Entry) {
		kept++
		journalled = errors.Join(journalled, written.Write(w.before.Session, e))
	}
	rolling := w.request.Action.Rolling
	results := actions.RunAll(ctx, w.b.Engine, plans, actions.Batch{
		GoOn: w.given.goOn, Rolling: rolling, Journal: record, Settle: w.settle,
		Begins: func(i int) {
			if rolling {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d: %s\n", i+1, len(plans), safetext.Line(plans[i].Title))
			}
		},
	})
	if again, err := w.over(results); again {
		return err
	}
	var ended bool
	before := kept
	report.Ended, ended = goOn(ctx, w.b, cmd.ErrOrStderr(), plans, results, record)
	report.became(plans, results, journalled)
	if journalled == nil && !cfg.Demo && cfg.Output != asJSON && w.request.Action.Verb != "undo" {
		report.hintUndo(plans, results, kept > before)
	}
	if w.typed && len(results) == 1 && results[0].Err != nil {
		report.Said = append(report.Said, model.MaskError(keepText(w.request, results[0].Err)))
	}
	switch o := actions.Sum(plans, results); {
	case !o.Complete() || !ended || !asAsked(left):
		return errors.Join(say(cmd.OutOrStdout(), cfg, report), exitError(exitFailure))
	case !w.waits.on:
		return failed(say(cmd.OutOrStdout(), cfg, report))
	}
	return w.waits.run(cmd, cfg, w.b, report, w.affected(results))
}
