package logs

import (
	"slices"

	"skep/internal/logstream"
	"skep/model"
)

const (
	// taskStreams is up to how many running tasks a log has one stream for each;
	// beyond, it has one a service, which one node can cut short. Measured with 64
	// tasks that write every two seconds, on three nodes (20.10, a busy machine): one
	// stream a task has the manager keep 11 goroutines for each, 720 in all instead of
	// 100, and 6 MB; here it takes 3 goroutines and 160 KB for each. All 64 were heard
	// after 1.3 s, for 0.3 s of the manager's processor and 0.2 s of this one's; then
	// both ways take the same, 0.5 s in 15 s. One stream a service was slower: 53 and
	// 46 of the 64 tasks were heard in a minute, and it took 1.6 s.
	taskStreams = 64

	// pastTasks is how many tasks that have ended are read for the screen, the newest.
	pastTasks = 100
)

// Limiter is an opener for which many streams are dear, as over ssh, where each
// is a process.
type Limiter interface{ MaxStreams() int }

// MaxStreams is how many streams at a time are no burden to an opener, zero for any
// number.
func MaxStreams(open logstream.Opener) int {
	if l, ok := open.(Limiter); ok {
		return max(l.MaxStreams(), 0)
	}
	return 0
}

// StreamsOf is up to how many running tasks have streams of their own.
func StreamsOf(open logstream.Opener) int {
	if n := MaxStreams(open); n > 0 {
		return min(n, taskStreams)
	}
	return taskStreams
}

// Plan is which streams a log is read in. The choice between one a task and one a
// service is made once: what was read in one way would come again in the other.
type Plan struct {
	of    model.LogSource
	most  int
	past  int
	begun bool
	whole bool
	known map[model.TaskID]bool
	// passed are the tasks that had ended when the log was begun, and were too many.
	passed map[model.TaskID]bool
}

// NewPlan is the plan of a log with up to so many streams of tasks that run, and of so
// many of the newest tasks that have ended: those are read once, a few at a time.
func NewPlan(of model.LogSource, most, past int) *Plan {
	return &Plan{of: of, most: most, past: past, known: map[model.TaskID]bool{}, passed: map[model.TaskID]bool{}}
}

// Whole reports whether there is one stream a service.
func (p *Plan) Whole() bool { return p.whole }

// Passed is how many tasks are left out because they had ended, and were too many.
func (p *Plan) Passed() int { return len(p.passed) }

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
	slices.SortStableFunc(past, func(a, b *model.Task) int { return b.Since().Compare(a.Since()) })
	for i, t := range slices.Concat(grows, past) {
		if i-len(grows) >= p.past && !p.known[t.ID] {
			p.passed[t.ID] = true
		}
		if !p.passed[t.ID] {
			out = append(out, p.target(c, t))
		}
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
