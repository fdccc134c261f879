package logs

import (
	"cmp"
	"slices"

	"skep/internal/logstream"
	"skep/model"
)

const (
	// taskStreams is up to how many running tasks a log has one stream for each;
	// beyond, it has one a service, which one node can cut short. Measured with 16
	// tasks on three nodes (20.10): one stream a task has the manager keep 12
	// goroutines for each, 190 in all instead of 40, and 1 MB; here it takes a
	// connection and 130 KB for each. Its processor takes the same: 0.14 s to open
	// all, 0.09 s in 15 s then, and 0.06 s without a log. 64 streams are so 800
	// goroutines there, and 4 MB.
	taskStreams = 64

	// pastTasks is how many tasks that have ended are read, the newest. They are
	// read one after the other, and only once.
	pastTasks = 100
)

// Limiter is an opener for which many streams are dear, as over ssh, where each
// is a process.
type Limiter interface{ MaxStreams() int }

// StreamsOf is up to how many running tasks have streams of their own.
func StreamsOf(open logstream.Opener) int {
	if l, ok := open.(Limiter); ok {
		if n := l.MaxStreams(); n > 0 {
			return min(n, taskStreams)
		}
	}
	return taskStreams
}

// Plan is which streams a log is read in. The choice between one a task and one a
// service is made once: what was read in one way would come again in the other.
type Plan struct {
	of    model.LogSource
	most  int
	begun bool
	whole bool
	known map[model.TaskID]bool
}

// NewPlan is the plan of a log with up to so many streams.
func NewPlan(of model.LogSource, most int) *Plan {
	return &Plan{of: of, most: most, known: map[model.TaskID]bool{}}
}

// Whole reports whether there is one stream a service.
func (p *Plan) Whole() bool { return p.whole }

// Targets are what to follow now; false while that is not known.
func (p *Plan) Targets(c *model.Cluster) ([]logstream.Target, bool) {
	if c == nil {
		return nil, false
	}
	tasks, known := p.of.In(c)
	if !known {
		return nil, false
	}
	var grows, past []*model.Task
	for _, t := range tasks {
		switch t.Log() {
		case model.LogGrows:
			grows = append(grows, t)
		case model.LogWhole:
			past = append(past, t)
		case model.LogNone:
		}
	}
	services := p.of.AllOf(c)
	if !p.begun {
		p.whole = len(grows) > p.most && len(services) > 0
	}
	var out []logstream.Target
	if p.whole {
		for _, s := range services {
			out = append(out, logstream.Target{Service: s.ID, TTY: s.TTY()})
		}
		own := func(t *model.Task) bool {
			return slices.ContainsFunc(services, func(s *model.Service) bool { return s.Key() == t.ServiceID })
		}
		grows, past = slices.DeleteFunc(grows, own), slices.DeleteFunc(past, own)
	}
	slices.SortStableFunc(past, func(a, b *model.Task) int { return cmp.Compare(b.StateAt.UnixNano(), a.StateAt.UnixNano()) })
	for i, t := range slices.Concat(grows, past) {
		if i >= len(grows)+pastTasks && !p.known[t.ID] {
			break
		}
		out = append(out, p.target(c, t))
	}
	p.begun = true
	return out, true
}

// target is the one for a task. All is read of one that comes later.
func (p *Plan) target(c *model.Cluster, t *model.Task) logstream.Target {
	out := logstream.Target{
		Task: string(t.ID), Once: t.Log() == model.LogWhole, Away: !c.LogReachable(t),
		Whole: p.begun && !p.known[t.ID],
	}
	if s := c.Service(t.ServiceID); s != nil {
		out.TTY = s.TTY()
	}
	p.known[t.ID] = true
	return out
}
