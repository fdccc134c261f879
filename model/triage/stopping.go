package triage

import (
	"fmt"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// killedAfter is how many of a service's tasks must have been killed because they
// did not stop before that is no chance.
const (
	killedAfter = 2
	exitKilled  = 137
)

// slowStops notes services whose program does not hear the request to stop: each
// stop takes the whole grace period, and ends with a kill.
func slowStops(c *sweep, report func(model.Finding)) {
	for _, s := range c.Services() {
		tasks, at := c.TasksOf(s.Key())
		if at.IsZero() || s.IsJob() {
			continue
		}
		killed, clean := 0, 0
		var last *model.Task
		for _, t := range tasks {
			if t.State != swarm.TaskStateShutdown || !t.Exited || t.Image() != s.Image() {
				continue
			}
			if t.ExitCode != exitKilled {
				clean++
				continue
			}
			if killed++; last == nil || t.CreatedAt.After(last.CreatedAt) {
				last = t
			}
		}
		if killed < killedAfter || killed <= clean {
			continue
		}
		grace := model.Span(last.StopGrace())
		report(model.Finding{Ref: s.Key().Ref(), Part: "slow-stop", Subject: s.Name(), Status: model.Neutral, Confidence: model.Likely,
			Claim:    "stops only when it is killed, after " + grace,
			Why:      fmt.Sprintf("%s of its tasks did not end on the request to stop: its program ignores the signal, as a shell does that runs it as a child", number(killed, "one", fmt.Sprint(killed))),
			Evidence: c.evidenceOf(last),
			Remedy:   model.Remedy{Text: "let the program take SIGTERM (exec it, or docker service update --init), or name the signal that it takes (--stop-signal)"}})
	}
}

// A run of a job is long if it takes so much longer than those before it.
const (
	longRun      = 3
	longRunLeast = time.Minute
)

// slowJobs hints at runs of jobs that take far longer than those before them.
func slowJobs(c *sweep, report func(model.Finding)) {
	for _, s := range c.Services() {
		if !s.IsJob() || s.JobStatus == nil {
			continue
		}
		longest := time.Duration(0)
		var runs *model.Task
		tasks, at := c.TasksOf(s.Key())
		for _, t := range tasks {
			switch {
			case t.State == swarm.TaskStateComplete:
				longest = max(longest, t.UpdatedAt.Sub(t.CreatedAt))
			case t.State == swarm.TaskStateRunning && t.Wanted() && (runs == nil || t.CreatedAt.Before(runs.CreatedAt)):
				runs = t
			}
		}
		if longest <= 0 || runs == nil {
			continue
		}
		if took := c.by(at).Sub(runs.CreatedAt); took > longRunLeast && took > longRun*longest {
			report(model.Finding{Ref: s.Key().Ref(), Part: "slow-job", Subject: s.Name(), Status: model.Neutral, Confidence: model.Hint, Since: runs.CreatedAt,
				Claim:    "runs unusually long",
				Why:      fmt.Sprintf("%s has run for more than %d times as long as the longest run that ended, which took %s", c.TaskName(runs), longRun, model.Span(longest.Round(time.Second))),
				Evidence: c.evidenceOf(runs), Remedy: model.Remedy{Text: "look at its log"}})
		}
	}
}
