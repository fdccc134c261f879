package ui

import (
	"fmt"
	"io"
	"strings"
	"time"

	"skep/model"
	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/views"
)

// Report is a view printed once as plain text, for a pipe or a terminal that
// can not be drawn on.
type Report struct {
	view views.Screen
	opt  Options
}

// NewReport makes the report of the view that the options name.
func NewReport(opt Options) (*Report, error) {
	view, err := openView(opt)
	if err != nil {
		return nil, err
	}
	return &Report{view: view, opt: opt}, nil
}

// Interest is what the report needs to know.
func (r *Report) Interest() model.Interest { return r.view.Interest() }

// Complete tells whether a picture has all that the report shows.
func (r *Report) Complete(c *model.Cluster) bool {
	return c.Ready() && r.view.Known(c)
}

// Explained tells whether the picture also has the reason for whatever is
// missing, and the tasks where the report counts them. That can take longer,
// and on a troubled swarm for ever.
func (r *Report) Explained(c *model.Cluster) bool {
	if r.Interest().AllTasks {
		for _, n := range c.Nodes() {
			if c.Load(n.Key()).At.IsZero() {
				return false
			}
		}
	}
	for _, s := range c.Services() {
		f := c.Facts(s.Key())
		if !f.Sure || f.Short(s.IsJob()) && f.TasksAt.IsZero() {
			return false
		}
	}
	return true
}

// Print writes the report: what is wrong, or that nothing is, then a blank line
// and the table.
func (r *Report) Print(w io.Writer, c *model.Cluster, now time.Time) error {
	th := theme.Bare(r.opt.ASCII)
	r.view.Show(table.Frame{Cluster: c, Now: now})
	var b strings.Builder
	if o := c.Outage; o != nil && !o.Waiting {
		fmt.Fprintf(&b, "%s STALE %s: %s\n", th.Glyphs.Broken, table.Age(now.Sub(c.At)), table.Clean(o.Err.Error()))
	}
	for _, p := range c.Problems() {
		fmt.Fprintf(&b, "%s %s\n", th.Glyphs.Of(p.Status), table.Clean(p.String()))
	}
	if b.Len() == 0 {
		b.WriteString(th.Glyphs.Good + " no problems\n")
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
