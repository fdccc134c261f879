package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"skep/internal/backend"
	"skep/internal/config"
	"skep/internal/doctor"
	"skep/internal/feed"
	"skep/internal/logstream"
	"skep/model"
)

// exitError ends a command that said all that it had to say.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// reading is what the commands share that read a swarm.
type reading struct{ cfg *config.Config }

// openToRead connects, for a command that writes nothing, until end is called.
func openToRead(ctx context.Context, cfg *config.Config) (b *backend.Backend, end func(), err error) {
	stop, err := embed(cfg)
	if err != nil {
		return nil, nil, err
	}
	cfg.ReadOnly = true
	limitMemory(*cfg)
	at := contexts{ctx: ctx, cfg: *cfg}
	if b, err = at.open(at.options()); err != nil {
		stop()
		return nil, nil, err
	}
	return b, func() { b.Close(); stop() }, nil
}

// snapshot reads the swarm.
func snapshot(ctx context.Context, b *backend.Backend) (*model.Cluster, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, reportPatience, fmt.Errorf("no answer within %s", reportPatience))
	defer cancel()
	return b.Feed.Await(ctx, feed.Want{Interest: model.Diagnosis(), Known: (*model.Cluster).Ready, Whole: wholeReport, Longer: reasonPatience})
}

// wholeReport reports whether a report has all that it is to have: also which swarm
// it is about, for whoever reads it in a chat.
func wholeReport(c *model.Cluster) bool { return c.Diagnosed() && c.Session.Endpoint != "" }

func (l *reading) say(w io.Writer, a answer, v doctor.Verdict) error {
	err := say(w, l.cfg, a)
	if err == nil && v.ExitCode() != 0 {
		err = exitError(v.ExitCode())
	}
	return failed(err)
}

func doctorCommand(cfg *config.Config) *cobra.Command {
	l, watch := reading{cfg: cfg}, false
	c := &cobra.Command{
		Use: "doctor", Short: "say what is wrong with the swarm, and why", Args: cobra.NoArgs,
		Long: "Say what is wrong with the swarm, why, and what would mend it.\n\n" +
			"Exit codes: 0 healthy, 1 the swarm could not be reached, 2 wrong command line,\n" +
			"3 degraded, 4 outage, 5 cannot tell.",
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := take(cfg, nil); err != nil {
				return err
			}
			if watch {
				return l.watch(cmd.Context(), cmd.OutOrStdout())
			}
			return l.report(cmd.Context(), cmd.OutOrStdout())
		},
	}
	c.Flags().BoolVar(&watch, "watch", false, "go on, and print a line when something is found or is mended")
	return givesJSON(c)
}

// report says once what is wrong.
func (l *reading) report(ctx context.Context, w io.Writer) error {
	b, end, err := openToRead(ctx, l.cfg)
	if err != nil {
		return failed(err)
	}
	defer end()
	c, err := snapshot(ctx, b)
	if err == nil {
		r := doctor.NewReport(c, time.Now())
		r.Probe(ctx, c, prober{b})
		return l.say(w, r, r.Verdict)
	}
	var t *model.Trouble
	errors.As(err, &t)
	r, tells := doctor.Failed(err, t, time.Now())
	if !tells {
		return failed(err)
	}
	waits, cancel := context.WithTimeout(ctx, reasonPatience)
	defer cancel()
	if own, err := b.Engine.OwnTasks(waits); err == nil { // It is no matter of the swarm.
		r.Own(own)
	}
	return l.say(w, r, r.Verdict)
}

// watch prints what is found from now on, beginning with what is wrong already.
func (l *reading) watch(ctx context.Context, w io.Writer) error {
	b, end, err := openToRead(ctx, l.cfg)
	if err != nil {
		return failed(err)
	}
	defer end()
	var watcher doctor.Watcher
	begun, began := false, time.Now()
	return failed(b.Feed.Follow(ctx, model.Diagnosis(), func(c *model.Cluster) error {
		var changes []doctor.Change
		begun = begun || c.Ready() && (c.Diagnosed() || time.Since(began) > reasonPatience)
		switch {
		case c.Outage != nil && !c.Outage.Waiting:
			changes = watcher.Failed(c.Outage.Err, time.Now())
		case begun:
			changes = watcher.Changes(doctor.NewReport(c, time.Now()))
		}
		for _, change := range changes {
			if err := sayLine(w, l.cfg, change); err != nil {
				return err
			}
		}
		return nil
	}))
}

func explainCommand(cfg *config.Config) *cobra.Command {
	l := reading{cfg: cfg}
	c := &cobra.Command{
		Use: "explain OBJECT", Short: "say what is wrong with one object", Args: cobra.ExactArgs(1),
		Long: "Say what is wrong with a service, a task or a node, by its name or ID. Where\n" +
			"several have that name: service/NAME, task/ID or node/NAME.\n\n" +
			"Exit codes: 0 nothing is wrong, 1 the swarm could not be reached or has no such\n" +
			"object, 2 wrong command line, 3 degraded, 4 outage, 5 cannot tell.",
		ValidArgsFunction: completer{cfg}.of(model.KindService, model.KindNode),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(explained.check(args[0]), take(cfg, nil)); err != nil {
				return err
			}
			e, err := l.explain(cmd.Context(), args[0])
			if err != nil {
				return failed(err)
			}
			return l.say(cmd.OutOrStdout(), e, e.Verdict)
		},
	}
	return givesJSON(c)
}

// explained is what can be explained.
var explained = choice{services, nodes, tasks}

func (l *reading) explain(ctx context.Context, object string) (e doctor.Explanation, err error) {
	b, end, err := openToRead(ctx, l.cfg)
	if err != nil {
		return e, err
	}
	defer end()
	c, err := snapshot(ctx, b)
	if err != nil {
		return e, err
	}
	ref, err := explained.one(c, object)
	if err != nil {
		return e, err
	}
	if e, err = doctor.Explain(c, ref, time.Now()); err == nil {
		e.Probe(ctx, c, prober{b})
		e.Listen(c, func(t *model.Task) ([]string, error) { return lastLines(ctx, b, t) })
	}
	return e, err
}

// lastLines is the end of the log of a task.
func lastLines(ctx context.Context, b *backend.Backend, t *model.Task) (out []string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, reasonPatience, fmt.Errorf("no answer within %s", reasonPatience))
	defer cancel()
	lines, err := logstream.Tail(ctx, b.Engine, logstream.Target{Task: string(t.ID)}, doctor.LogLines)
	for _, line := range lines {
		out = append(out, line.Text)
	}
	return out, err
}

// prober reads for the doctor what the lists do not have.
type prober struct{ *backend.Backend }

func (p prober) Names(ctx context.Context, id model.NetworkID) (json.RawMessage, error) {
	doc, err := p.Engine.Inspect(ctx, model.Ref{Kind: model.KindNames, ID: string(id)})
	return doc.Raw, err
}

func (p prober) Times(ctx context.Context, t *model.Task, most int) (out []time.Time, err error) {
	of := logstream.Target{Task: string(t.ID), TTY: t.Spec != nil && t.Spec.ContainerSpec != nil && t.Spec.ContainerSpec.TTY}
	lines, err := logstream.Tail(ctx, p.Engine, of, most)
	for _, line := range lines {
		out = append(out, line.Time)
	}
	return out, err
}

func (p prober) Again(ctx context.Context, after time.Time, of []string) (*model.Cluster, error) {
	p.Feed.Refresh()
	return p.Feed.Await(ctx, feed.Want{Interest: model.Diagnosis(), Known: func(c *model.Cluster) bool {
		for _, s := range c.Services() {
			if _, at := c.TasksOf(s.Key()); slices.Contains(of, s.Name()) && at.Before(after) {
				return false
			}
		}
		return c.Ready()
	}})
}
