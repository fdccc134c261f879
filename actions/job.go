package actions

import (
	"encoding/json"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

func (s service) job() bool {
	return s.mode == model.ModeReplicatedJob || s.mode == model.ModeGlobalJob
}

// rerun says that a job runs again, as many tasks as another specification of
// it asks for.
func (s service) rerun(p *Plan, after json.RawMessage) {
	p.raise(Disruptive)
	in := s.in
	in.Doc.Spec = after
	n := readService(in).tasks
	p.Impact.Starts = n
	switch {
	case s.mode == model.ModeReplicatedJob && n == 0:
		p.Impact.say("the job starts again, with nothing to do")
	case s.mode != model.ModeGlobalJob:
		p.Impact.say("the job runs again from the beginning: %s", model.Plural(n, "task"))
	case n > 0:
		p.Impact.say("the job runs again from the beginning: %s, one on each node that it fits", model.Plural(n, "task"))
	default: // Nothing has counted them yet.
		p.Impact.say("the job runs again from the beginning: one task on each node that it fits")
	}
	if done := s.facts.Completed; done > 0 {
		p.Impact.say("%s already completed: what %s did is done a second time", model.Plural(done, "task"), verb(done, "it", "they"))
	}
	if live := s.liveOfJob(); live > 0 {
		p.Impact.Stops = live
		p.Impact.say("%s before the end: %s not completed", tasksDo(live, "stop"), verb(live, "it has", "they have"))
	}
}

// liveOfJob counts the tasks of a job's present run that have not ended.
func (s service) liveOfJob() int {
	tasks, at := s.in.Cluster.TasksOf(model.ServiceID(s.in.Target.Ref.ID))
	if at.IsZero() {
		return s.facts.Up
	}
	live := 0
	for _, t := range tasks {
		if t.Desired == swarm.TaskStateComplete && !t.Terminal() {
			live++
		}
	}
	return live
}

// warnJob says that the engine runs a job again after every write, whatever it
// changed (swarmkit manager/controlapi/service.go, JobIteration), and that
// nothing takes a run back.
func (s service) warnJob(p *Plan) {
	if !s.job() {
		return
	}
	p.raise(Disruptive)
	p.warn("%s is a job: any change to it runs the job again from the beginning", s.name())
	if len(p.Undo.Commands) == 0 {
		p.Undo.Sentence = "cannot be undone: the job will have run once more"
		return
	}
	p.Undo.Sentence += ", which runs the job yet again: a run cannot be undone"
}
