package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"skep/model"
	"skep/ui/screen"
	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/views"
)

// Report is a view printed once as plain text, for a pipe or a terminal that
// cannot be drawn on.
type Report struct {
	view   views.Screen
	source table.Source
	opt    Options
}

// NewReport makes the report of the view that the options name.
func NewReport(opt Options) (*Report, error) {
	view, err := openView(opt)
	if err != nil {
		return nil, err
	}
	r := &Report{view: view, opt: opt}
	if s, ok := view.(screen.Sourced); ok && s.Source() != "" {
		sources := newSources(opt)
		sources.keep(opt.Backend.keeps(opt))
		read := sources.readers[s.Source()]
		if read == nil {
			return nil, errors.New("there are no " + s.Source() + " here")
		}
		if r.source, err = read(context.Background()); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Interest is what the report needs to know: what it shows, and all tasks. Its
// verdict is of the whole swarm, and a service whose tasks die may have all of
// them up whenever they are counted.
func (r *Report) Interest() model.Interest { return r.view.Interest().With(model.KindTask.All()) }

// Complete reports whether a snapshot has all that the report shows.
func (r *Report) Complete(c *model.Cluster) bool {
	return c.Ready() && r.view.Known(table.Data{Cluster: c, Source: r.source})
}

// Explained reports whether the snapshot also has all tasks, on which the
// verdict rests.
func (r *Report) Explained(c *model.Cluster) bool { return c.Explained() && r.nodesCounted(c) }

// nodesCounted reports whether the tasks of each node were read, where the
// report counts them.
func (r *Report) nodesCounted(c *model.Cluster) bool {
	return !r.view.Interest().AllTasks() || !slices.ContainsFunc(c.Nodes(), func(n *model.Node) bool {
		return c.Load(n.Key()).At.IsZero()
	})
}

// Print writes the report: what is wrong, or that nothing is, then a blank line
// and the table.
func (r *Report) Print(w io.Writer, c *model.Cluster, now time.Time) error {
	th := theme.Bare(r.opt.ASCII)
	r.view.Show(table.Data{Cluster: c, Source: r.source, Now: now})
	var b strings.Builder
	if o := c.Outage; o != nil && !o.Waiting {
		fmt.Fprintf(&b, "%s STALE %s: %s\n", th.Glyphs.Broken, table.Age(now.Sub(c.At)), table.Clean(model.MaskError(o.Err)))
	}
	for _, p := range c.Problems() {
		lead := ""
		if p.Cause != "" {
			lead = "  "
		}
		fmt.Fprintf(&b, "%s%s %s\n", lead, th.Glyphs.Of(p.Status), table.Clean(p.String()))
	}
	switch n := c.TasksUnread(); {
	case n > 0:
		fmt.Fprintf(&b, "%s not looked at: the tasks of %d of %d services, and so their restarts and reasons\n",
			th.Glyphs.Warning, n, len(c.Services()))
	case b.Len() == 0:
		b.WriteString(th.Glyphs.Good + " " + strings.TrimSuffix(noProblems(c), " (!)") + "\n")
	}
	if r.opt.Backend.Demo {
		b.WriteString("DEMO: a swarm inside the program\n")
	}
	b.WriteByte('\n')
	for _, line := range r.view.Plain(th) {
		b.WriteString(line + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
