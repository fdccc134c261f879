package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"skep/internal/backend"
	"skep/internal/config"
	"skep/internal/doctor"
	"skep/model"
)

// exitError ends a command that said all that it had to say.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// answer is what a command says that looks once: as text, or itself as JSON.
type answer interface{ Text() string }

// look is what the commands share that look at a swarm once and say what they
// see.
type look struct {
	cfg    *config.Config
	output string
}

func (l *look) flags(c *cobra.Command) {
	c.Flags().StringVarP(&l.output, "output", "o", "text", "`FORMAT` of the answer: text or json")
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
}

// check finds what is wrong with the flags.
func (l *look) check() error {
	if l.output != "text" && l.output != "json" {
		return fmt.Errorf("--output: %q is neither text nor json", l.output)
	}
	return take(l.cfg, nil)
}

// snapshot reads the swarm.
func (l *look) snapshot(ctx context.Context) (*model.Cluster, error) {
	stop, err := embed(l.cfg)
	if err != nil {
		return nil, err
	}
	defer stop()
	l.cfg.ReadOnly = true
	limitMemory(*l.cfg)
	contexts := contexts{ctx: ctx, cfg: *l.cfg}
	b, err := contexts.open(contexts.options())
	if err != nil {
		return nil, err
	}
	defer b.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, reportPatience, fmt.Errorf("no answer within %s", reportPatience))
	defer cancel()
	return b.Await(ctx, backend.Want{Interest: model.InterestIn(model.KindTask.All()), Known: (*model.Cluster).Ready, Whole: doctor.Whole, Longer: reasonPatience})
}

func (l *look) say(w io.Writer, a answer, v doctor.Verdict) error {
	var err error
	if l.output == "json" {
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		err = out.Encode(a)
	} else {
		_, err = io.WriteString(w, a.Text())
	}
	if err == nil && v.ExitCode() != 0 {
		err = exitError(v.ExitCode())
	}
	return failed(err)
}

func doctorCommand(cfg *config.Config) *cobra.Command {
	l := look{cfg: cfg}
	c := &cobra.Command{
		Use: "doctor", Short: "say what is wrong with the swarm, and why", Args: cobra.NoArgs,
		Long: "Say what is wrong with the swarm, why, and what would mend it.\n\n" +
			"Exit codes: 0 healthy, 1 the swarm could not be reached, 2 wrong command line,\n" +
			"3 degraded, 4 outage, 5 cannot tell.",
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := l.check(); err != nil {
				return err
			}
			snapshot, err := l.snapshot(cmd.Context())
			if err == nil {
				r := doctor.NewReport(snapshot, time.Now())
				return l.say(cmd.OutOrStdout(), r, r.Verdict)
			}
			var t *model.Trouble
			errors.As(err, &t)
			r, tells := doctor.Failed(err, t, time.Now())
			if !tells {
				return failed(err)
			}
			return l.say(cmd.OutOrStdout(), r, r.Verdict)
		},
	}
	l.flags(c)
	return c
}

func explainCommand(cfg *config.Config) *cobra.Command {
	l := look{cfg: cfg}
	c := &cobra.Command{
		Use: "explain OBJECT", Short: "say what is wrong with one object", Args: cobra.ExactArgs(1),
		Long: "Say what is wrong with one object: service/NAME, task/ID or node/NAME.\n\n" +
			"Exit codes: 0 nothing is wrong, 1 the swarm could not be reached or has no such\n" +
			"object, 2 wrong command line, 3 degraded, 4 outage, 5 cannot tell.",
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, name, err := doctor.ParseTarget(args[0])
			if err = errors.Join(err, l.check()); err != nil {
				return err
			}
			snapshot, err := l.snapshot(cmd.Context())
			if err != nil {
				return failed(err)
			}
			e, err := doctor.Explain(snapshot, kind, name, time.Now())
			if err != nil {
				return failed(err)
			}
			return l.say(cmd.OutOrStdout(), e, e.Verdict)
		},
	}
	l.flags(c)
	return c
}
