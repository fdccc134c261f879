package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/cobra"

	"skep/internal/backend"
	"skep/internal/config"
	"skep/internal/feed"
	"skep/internal/logstream"
	"skep/model"
	"skep/ui/logs"
)

// logsRequest is what of which logs is printed, and how.
type logsRequest struct {
	cfg    *config.Config
	target string
	follow bool
	since  string
	tail   string
	grep   string
	json   bool
	stamps bool
}

func logsCommand(cfg *config.Config) *cobra.Command {
	r := logsRequest{cfg: cfg}
	c := &cobra.Command{
		Use: "logs NAME", Short: "print logs of a service, stack, node or task", Args: cobra.ExactArgs(1),
		Long: "Print the logs of a service, of all services of a stack, of all tasks on a node, or\n" +
			"of a task, in order of time. What a task wrote to standard error goes there, and so\n" +
			"does what the logs leave out: nodes that are down, replicas that never started.\n" +
			"Where several have that name: service/NAME, stack/NAME, node/NAME or task/ID.\n\n" +
			"Exit codes: 0 all was printed, 1 the swarm could not be reached or has no such\n" +
			"object, 2 wrong command line, 3 what could not be read of it is missing.",
		ValidArgsFunction: completer{cfg}.of(model.KindService, model.KindStack, model.KindNode),
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.target = args[0]; logged.check(r.target) != nil {
				return logged.check(r.target)
			}
			r.json = r.json || cfg.Output == asJSON
			return r.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.BoolVarP(&r.follow, "follow", "f", false, "go on with new lines")
	f.StringVar(&r.since, "since", "", "only lines from `TIME` on: 5m, 14:05, 2026-05-04, or\n2026-05-04T10:00:00Z")
	f.StringVarP(&r.tail, "tail", "n", allLines, "only the newest `LINES` of each task")
	f.StringVar(&r.grep, "grep", "", "only lines that match `FILTER`: a regex, !x for others, a | !b for both")
	f.BoolVar(&r.json, "json", false, "print one JSON object a line")
	f.BoolVarP(&r.stamps, "timestamps", "t", false, "print the time of each line")
	return givesJSON(c)
}

// allLines is the word of docker's commands for any number of lines.
const allLines = "all"

// lines is how many of the newest lines of each task are wanted.
func (r *logsRequest) lines() (int, error) {
	if r.tail == allLines {
		return 1 << 30, nil
	}
	n, err := strconv.ParseUint(r.tail, 10, 30)
	if err != nil {
		return 0, fmt.Errorf("--tail: %q is neither a number of lines nor %q", r.tail, allLines)
	}
	return int(n), nil
}

// from is the time of the oldest line that is wanted; zero for any.
func (r *logsRequest) from(now time.Time) (time.Time, error) {
	if r.since == "" {
		return time.Time{}, nil
	}
	t, err := logs.ParseTime(r.since, now, time.Local)
	if err != nil {
		return t, fmt.Errorf("--since: %w", err)
	}
	return t, nil
}

func (r *logsRequest) run(ctx context.Context, out, errOut io.Writer) error {
	since, err := r.from(time.Now())
	if err != nil {
		return err
	}
	tail, err := r.lines()
	if err != nil {
		return err
	}
	filter, err := logs.ParseFilter(r.grep)
	if err != nil {
		return fmt.Errorf("--grep: %w", err)
	}
	if err := take(r.cfg, nil); err != nil {
		return err
	}
	signal.Ignore(syscall.SIGPIPE) // Whoever reads may have read enough.
	b, end, err := openToRead(ctx, r.cfg)
	if err != nil {
		return failed(err)
	}
	defer end()
	c, of, err := r.find(ctx, b)
	if err != nil {
		return failed(err)
	}
	p := &printer{request: r, filter: filter}
	out, p.outColours = coloured(out)
	errOut, p.errColours = coloured(errOut)
	p.out, p.err = bufio.NewWriterSize(out, printBytes), bufio.NewWriter(errOut)
	p.cluster.Store(c)
	err = p.follow(ctx, b, of, since, tail)
	switch {
	case errors.Is(err, syscall.EPIPE):
		return nil
	case err == nil && p.missing.Load():
		return exitError(exitMissing)
	}
	return failed(err)
}

// coloured is a writer to a terminal that shows colours, as many as it has; false
// for any other, and where NO_COLOR is set.
func coloured(w io.Writer) (io.Writer, bool) {
	profile := colorprofile.Detect(w, config.Environ(os.Environ()))
	if profile < colorprofile.ANSI || os.Getenv("NO_COLOR") != "" {
		return w, false
	}
	return &colorprofile.Writer{Forward: w, Profile: profile}, true
}

// exitMissing is the exit code where all was printed that could be read, and not
// everything could: a node is down, or the engine says so.
const exitMissing = 3

// logged is what has logs. Tasks are looked at last: to know them all is dear.
var logged = choice{services, stacks, nodes, tasks}

// find finds what the logs are of.
func (r *logsRequest) find(ctx context.Context, b *backend.Backend) (*model.Cluster, model.LogSource, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, reportPatience, fmt.Errorf("no answer within %s", reportPatience))
	defer cancel()
	var of model.LogSource
	c, err := b.Feed.Await(ctx, feed.Want{Known: (*model.Cluster).Ready})
	if err != nil {
		return nil, of, err
	}
	if of, err = r.source(c); err == nil {
		known, err := b.Feed.Await(ctx, feed.Want{Interest: of.Interest(c), Known: func(c *model.Cluster) bool {
			_, known := of.In(c)
			return known
		}})
		return known, of, err
	}
	c, err = b.Feed.Await(ctx, feed.Want{Interest: model.InterestIn(model.KindTask.All()), Known: func(c *model.Cluster) bool {
		_, at := c.Tasks()
		return !at.IsZero()
	}})
	if err == nil {
		of, err = r.source(c)
	}
	return c, of, err
}

// source is what of the snapshot is meant.
func (r *logsRequest) source(c *model.Cluster) (of model.LogSource, err error) {
	refs, err := logged.of(c, r.target)
	for _, ref := range refs {
		switch {
		case ref.Service() != "":
			of.Services = append(of.Services, ref.Service())
		case ref.Stack() != "":
			of.Stacks = append(of.Stacks, ref.Stack())
		case ref.Node() != "":
			of.Nodes = append(of.Nodes, ref.Node())
		default:
			of.Tasks = append(of.Tasks, ref.Task())
		}
	}
	return of, err
}

// printer prints a log as it comes.
type printer struct {
	request  *logsRequest
	filter   logs.Filter
	out, err *bufio.Writer
	// wrote is that of both which was written to last.
	wrote *bufio.Writer
	// outColours and errColours are set where colours of the lines are shown.
	outColours, errColours bool
	cluster                atomic.Pointer[model.Cluster]
	origins                logs.Origins
	// missing is set where something could not be read.
	missing atomic.Bool
	// named are the names of the last line, which most often are those of the next.
	named lineNames
	// said is the last that was said about the log.
	said string
	// goesOn is set where other tasks may come when all have ended.
	goesOn bool
}

// lineNames are the names that a task and its node have in a snapshot.
type lineNames struct {
	c              *model.Cluster
	taskID, nodeID string
	task, node     string
}

// follow prints the log to its end, or until the context ends.
func (p *printer) follow(ctx context.Context, b *backend.Backend, of model.LogSource, since time.Time, tail int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c := p.cluster.Load()
	watch, plan := model.WatchLog(of), planned(of, b.Engine)
	said := append(hints(of.AllOf(c)), watch.Observe(c)...)
	targets, _ := p.targets(plan, c, since)
	if n := plan.Passed(); n > 0 && tail != 0 {
		p.missing.Store(true)
		said = append(said, fmt.Sprintf("left out: %s that ended longer ago than the newest %d", model.Plural(n, "task"), pastTasks))
	}
	if (len(targets) == 0 || tail == 0) && !p.request.follow {
		for _, text := range said {
			if err := p.line(&logstream.Line{Kind: logstream.Notice, Text: text}); err != nil {
				return err
			}
		}
		return errors.Join(p.out.Flush(), p.err.Flush())
	}
	limits := printed(b.Engine, tail)
	if p.request.follow {
		limits.Attempts = 0 // It is waited for.
	}
	limits.Words = func(said string) string { return logs.NameNodes(p.cluster.Load(), said) }
	stream := logstream.Follow(ctx, b.Engine, targets, limits)
	defer stream.Close()
	for _, text := range said {
		stream.Notice(text)
	}
	if p.request.follow {
		_, one := of.OneTask()
		p.goesOn = !one
		f := &follower{p: p, of: of, plan: plan, since: since, stream: stream, watch: watch, look: b.Feed.SetInterest}
		f.startIn(c)
		go func() { cancel(f.watchFeed(ctx, b.Feed.Next)) }()
	}
	return p.print(ctx, stream)
}

// pastTasks is of how many of the newest tasks that have ended a log is printed: as
// many streams may be open at a manager while whoever reads is slow.
const pastTasks = 500

// planned is how a log is read that is printed.
func planned(of model.LogSource, open logstream.Opener) *logs.Plan {
	return logs.NewPlan(of, logs.StreamsOf(open), pastTasks)
}

// targets are the streams to read now, without following each to its end; false while
// that is not known.
func (p *printer) targets(plan *logs.Plan, c *model.Cluster, since time.Time) ([]logstream.Target, bool) {
	targets, known := plan.Targets(c)
	for i := range targets {
		targets[i].Since = since
		targets[i].Once = targets[i].Once || !p.request.follow
		p.origins.OfTask(c, model.TaskID(targets[i].Task)) // The swarm may forget it before its lines are printed.
		if targets[i].Away {
			p.missing.Store(true)
		}
	}
	if !p.request.follow { // What cannot be asked now would be waited for.
		targets = slices.DeleteFunc(targets, func(t logstream.Target) bool { return t.Away })
	}
	return targets, known
}

// hints say of which services there may be nothing to read. Where there is nothing for
// sure, that is said of every log.
func hints(services []*model.Service) (out []string) {
	for _, s := range services {
		if hint := logs.DriverHint(s); hint != "" && !s.KeepsNoLog() {
			out = append(out, s.Name()+": "+hint)
		}
	}
	return out
}

func (p *printer) print(ctx context.Context, stream *logstream.Stream) error {
	var lines []logstream.Line
	for seen, at := uint64(0), uint64(1); ; {
		version, err := stream.Next(ctx, seen)
		if err != nil {
			return cmp.Or(context.Cause(ctx), err)
		}
		st := stream.Stats() // Before the lines: at an end, all of them are there.
		for seen = version; ; {
			if lines = stream.Window(at, 512, lines[:0]); len(lines) == 0 {
				break
			}
			for i := range lines {
				if err := p.line(&lines[i]); err != nil {
					return err
				}
			}
			at = lines[len(lines)-1].Seq + 1
			stream.Taken(at)
		}
		if err := p.troubled(&st); err != nil {
			return err
		}
		if err := errors.Join(p.out.Flush(), p.err.Flush()); err != nil {
			return err
		}
		if st.State >= logstream.Failed && !p.goesOn {
			return nil
		}
	}
}

// troubled says why a stream cannot be read now, or not at all.
func (p *printer) troubled(st *logstream.Stats) error {
	// One of several tasks that the swarm has just forgotten is no part of it any more.
	if st.GivenUp > 0 || st.Failed > 0 && st.Failed == st.Streams {
		p.missing.Store(true)
	}
	if st.Reason == "" || st.Reason == p.said {
		return nil
	}
	return p.aside(&logstream.Line{Kind: logstream.Notice, Time: time.Now(), Text: st.Reason})
}

// origin is where a line comes from, for the filter.
func (p *printer) origin(l *logstream.Line) logs.Origin { return p.origins.OfLine(p.cluster.Load(), l) }

// line prints one line.
func (p *printer) line(l *logstream.Line) error {
	if l.Kind == logstream.Notice || l.Kind == logstream.Warning {
		return p.aside(l)
	}
	if !p.filter.Keeps(l, p.origin) {
		return nil
	}
	name, node := p.names(l)
	if p.request.json {
		if err := p.turnTo(p.out); err != nil {
			return err
		}
		return json.NewEncoder(p.out).Encode(struct {
			Time   time.Time `json:"time"`
			Name   string    `json:"name"`
			Task   string    `json:"task"`
			Node   string    `json:"node,omitempty"`
			Stream string    `json:"stream"`
			Text   string    `json:"text"`
			Cut    bool      `json:"cut,omitempty"`
		}{l.Time, name, l.Task, node, l.Kind.String(), l.Text, l.Cut})
	}
	w, colours := p.out, p.outColours
	if l.Kind == logstream.Stderr {
		w, colours = p.err, p.errColours
	}
	if err := p.turnTo(w); err != nil {
		return err
	}
	text := l.Text
	if colours {
		text = l.Style.Styled(text)
	}
	cut := ""
	if l.Cut {
		cut = logs.CutMark
	}
	for _, part := range [...]string{p.stamp(l), name, " | ", text, cut, "\n"} {
		if _, err := w.WriteString(part); err != nil {
			return err
		}
	}
	return nil
}

// turnTo has the next line written to an output. What waits for the other one goes
// first: both may be the same terminal.
func (p *printer) turnTo(w *bufio.Writer) error {
	was := p.wrote
	if p.wrote = w; was == nil || was == w {
		return nil
	}
	return was.Flush()
}

// aside prints a line about the log.
func (p *printer) aside(l *logstream.Line) error {
	from := "skep"
	p.said = l.Text
	if l.Kind == logstream.Warning {
		from = "engine"
		p.missing.Store(true)
	}
	if err := p.turnTo(p.err); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.err, "%s%s: %s\n", p.stamp(l), from, l.Text)
	return err
}

// stamp is the time of a line, if that is asked for.
func (p *printer) stamp(l *logstream.Line) string {
	if !p.request.stamps || l.Time.IsZero() {
		return ""
	}
	return l.Time.UTC().Format(time.RFC3339Nano) + " "
}

// names are those of a line's task and node.
func (p *printer) names(l *logstream.Line) (task, node string) {
	c := p.cluster.Load()
	if last := &p.named; last.c == nil || last.c != c || last.taskID != l.Task || last.nodeID != l.Node {
		o := p.origins.OfLine(c, l)
		*last = lineNames{
			c: c, taskID: l.Task, nodeID: l.Node, task: cmp.Or(o.Name, l.Task), node: cmp.Or(o.Node, l.Node),
		}
	}
	return p.named.task, p.named.node
}

// attempts are how often in a row a stream is asked for in vain before it is given up,
// without following: for half a minute, in which a swarm chooses another leader.
const attempts = 7

// printBytes is how much is printed at once, in bytes.
const printBytes = 32 << 10

// printed is what is kept of a log that is printed: whoever reads what is printed sets
// the pace, and nothing is dropped.
func printed(open logstream.Opener, tail int) logstream.Limits {
	if tail == 0 {
		tail = logstream.NoTail
	}
	return logstream.Limits{
		Tail: tail, Lines: 200_000, Bytes: 64 << 20, Lossless: true, Attempts: attempts, Open: logs.MaxStreams(open),
	}
}
