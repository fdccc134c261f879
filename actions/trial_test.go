package actions_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"skep/actions"
	"skep/model"
)

// trial is one verb done to one service.
type trial struct {
	condition
	service, verb, value string

	before, last standing
	plan         actions.Plan
	began        time.Time
	lowest       int
	ended        time.Duration
	moved        time.Duration // when it was last seen to move
	seen         map[model.TaskID]*model.Task
}

// unnamed is what the name of a service may not have.
var unnamed = regexp.MustCompile(`[^a-zA-Z0-9_-]`)

func trials(conditions []condition) []*trial {
	var out []*trial
	for _, c := range conditions {
		for _, v := range c.verbs {
			verb, value, _ := strings.Cut(v, " ")
			t := &trial{condition: c, verb: verb, value: value, seen: map[model.TaskID]*model.Task{}}
			name := strings.NewReplacer(" -", "-down", " ", "-", "+", "up", ":", "", "!", "not").Replace(strings.TrimSuffix(c.name+"_"+v, "_"))
			if name = unnamed.ReplaceAllString(name, ""); len(name) > 60 {
				name = name[:60]
			}
			t.service = name
			out = append(out, t)
		}
	}
	return out
}

// here is a command with the images that the swarm has.
func (s *stage) here(line string) string {
	if s.program == nil {
		return line
	}
	return s.program.Replace(line)
}

// stand reads all services with their tasks.
func (s *stage) stand(t *testing.T) (*model.Cluster, map[string]standing) {
	c := s.snapshot(t)
	out := map[string]standing{}
	for _, sv := range c.Services() {
		tasks, _ := c.TasksOf(sv.Key())
		out[sv.Name()] = standing{Service: sv, ServiceFacts: c.Facts(sv.Key()), tasks: tasks}
	}
	return c, out
}

// each runs a docker command for each trial, a few at a time.
func (s *stage) each(t *testing.T, trials []*trial, args func(*trial) string) {
	t.Helper()
	var g errgroup.Group
	g.SetLimit(3)
	if s.Lab == nil {
		g.SetLimit(1) // The order is part of what is the same in every run.
	}
	for _, x := range trials {
		if line := args(x); line != "" {
			g.Go(func() error {
				_, err := s.run(strings.Fields(s.here(line))...)
				return err
			})
		}
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

// bring brings the services into their states.
func (s *stage) bring(t *testing.T, all []*trial) {
	t.Helper()
	s.each(t, all, func(x *trial) string {
		options := quick
		if strings.Contains(x.create, "-job") {
			options = quickJob
		}
		return "service create --detach --name " + x.service + " " + options + x.create
	})
	rest := func(step int) func(x *trial, at standing) bool {
		return func(x *trial, at standing) bool {
			if step < len(x.then) || x.rest == nil {
				return healthy(at) && settled(at) || at.IsJob() && at.Up > 0
			}
			return x.rest(at)
		}
	}
	s.await(t, all, rest(0))
	for step := 1; ; step++ {
		var left []*trial
		for _, x := range all {
			if len(x.then) >= step {
				left = append(left, x)
			}
		}
		if len(left) == 0 {
			return
		}
		s.each(t, left, func(x *trial) string {
			return "service update --detach --no-resolve-image " + x.then[step-1] + " " + x.service
		})
		s.await(t, left, rest(step))
	}
}

func (s *stage) await(t *testing.T, all []*trial, ok func(*trial, standing) bool) {
	t.Helper()
	s.eventually(t, 4*patience, func() error { // A hundred and seventy containers start at once.
		_, now := s.stand(t)
		var missing []string
		for _, x := range all {
			if !ok(x, now[x.service]) {
				missing = append(missing, x.service)
			}
		}
		if len(missing) > 0 {
			return fmt.Errorf("%d services are not in their state yet: %s", len(missing), strings.Join(missing, " "))
		}
		return nil
	})
}

// try does the verbs to services that are in their states, and compares. Then
// it removes them.
func (s *stage) try(t *testing.T, all []*trial) {
	t.Helper()
	c, now := s.stand(t)
	for _, x := range all {
		x.before = now[x.service]
		x.prepare(t, s, c)
	}
	together := 16 // So many that the machine keeps up.
	if s.Lab == nil {
		together = len(all)
	}
	var moving []*trial
	for left := all; len(left)+len(moving) > 0; s.sleep(200 * time.Millisecond) {
		for ; len(left) > 0 && len(moving) < together; left = left[1:] {
			x := left[0]
			x.began, x.lowest = s.now(), x.before.Up
			if r := actions.Run(t.Context(), s.eng, x.plan, nil); r.Err != nil {
				t.Fatalf("%s: %v", x.plan.Title, r.Err)
			}
			moving = append(moving, x)
		}
		c, now := s.stand(t)
		moving = slices.DeleteFunc(moving, func(x *trial) bool { return s.over(t, x, c, now[x.service]) })
	}
	s.remove(t, all)
}

func (s *stage) remove(t *testing.T, all []*trial) {
	t.Helper()
	args := []string{"service", "rm"}
	for _, x := range all {
		args = append(args, x.service)
	}
	s.docker(t, args...)
}

func (x *trial) prepare(t *testing.T, s *stage, c *model.Cluster) {
	t.Helper()
	a, _ := actions.Find(model.KindService, x.verb)
	target := actions.ServiceTarget(x.before.Service)
	values := map[string]string{"replicas": x.value, "image": s.here(x.value), "env": x.value, "memory-limit": x.value, "labels": x.value, "constraints": x.value}
	if from, to, edits := strings.Cut(x.value, "=>"); edits {
		values = s.edited(t, x.verb, target, from, to)
	} else if a.Text != nil {
		values = map[string]string{actions.TextValue: x.value, actions.BaseValue: string(s.inspect(t, target.Ref).Spec)}
	}
	p := actions.Prepare(t.Context(), s.eng, a, c, []actions.Target{target}, values)[0]
	if p.Err != nil {
		t.Fatalf("%s %s: %v", x.verb, x.service, p.Err)
	}
	x.plan = p.Plan
}

// over looks at the service of a trial. Once nothing of it moves any more, or
// only waits for what will not come in the time of a test, it compares.
func (s *stage) over(t *testing.T, x *trial, c *model.Cluster, at standing) bool {
	t.Helper()
	const least, calm = 3 * time.Second, 2 * time.Second
	x.last, x.lowest = at, min(x.lowest, at.Up)
	for _, task := range at.tasks {
		x.seen[task.ID] = task
	}
	since := s.now().Sub(x.began)
	if !settled(at) {
		x.ended = 0
	} else if x.ended == 0 {
		x.ended = since
	}
	_, stuck := c.StuckUpdate(at.Service)
	if delayed := x.partly && at.update() == "updating" && settledTasks(at); !settled(at) && !stuck && !delayed {
		x.moved = since
	}
	switch {
	case since >= least && since-x.moved >= calm:
		x.compare(t)
	case since > 2*patience:
		t.Errorf("%s: it does not come to rest: %s, %d of %d up", x.service, at.update(), at.Up, at.Want)
	default:
		return false
	}
	return true
}

// happened is what became of the tasks that there were.
type happened struct {
	replaced, stopped []model.TaskID
	started           int
}

func (x *trial) happened() happened {
	var h happened
	live := func(t *model.Task) bool { return t.Wanted() && !t.Terminal() }
	before := map[model.TaskID]bool{}
	taken := map[string]bool{}
	place := func(t *model.Task) string { return fmt.Sprint(t.Slot, t.NodeID) }
	if x.before.Mode() == model.ModeReplicated {
		place = func(t *model.Task) string { return fmt.Sprint(t.Slot) }
	}
	for _, t := range x.before.tasks {
		before[t.ID] = true
		taken[place(t)] = taken[place(t)] || live(t)
	}
	made := map[string]bool{}
	for _, t := range x.seen {
		if !before[t.ID] {
			made[place(t)] = true
		}
	}
	for _, was := range x.before.tasks {
		is := x.seen[was.ID]
		switch {
		case !live(was) || is != nil && live(is) && x.inLast(was.ID):
		case made[place(was)] && !x.before.IsJob():
			h.replaced = append(h.replaced, was.ID)
		default:
			h.stopped = append(h.stopped, was.ID)
		}
	}
	for p := range made {
		if !taken[p] || x.before.IsJob() { // A job's next run may get the very places of the last.
			h.started++
		}
	}
	return h
}

func (x *trial) inLast(id model.TaskID) bool {
	return slices.ContainsFunc(x.last.tasks, func(t *model.Task) bool { return t.ID == id })
}

// failures counts the new tasks that did not stay up.
func (x *trial) failures() int {
	old := map[model.TaskID]bool{}
	for _, t := range x.before.tasks {
		old[t.ID] = true
	}
	n := 0
	for id, t := range x.seen {
		if !old[id] && (t.State == "failed" || t.State == "rejected") {
			n++
		}
	}
	return n
}

// compare sets what was foreseen against what happened.
func (x *trial) compare(t *testing.T) {
	t.Helper()
	i, h := x.plan.Impact, x.happened()
	line := fmt.Sprintf("%-20s %-14s %-20.20s| replaced %d stopped %d started %d lowest %d at least %s stuck %t | replaced %d stopped %d started %d lowest %d in %s %s",
		x.name, x.verb, x.value, i.Restarts, i.Stops, i.Starts, i.Lowest, i.AtLeast, i.Stuck != "",
		len(h.replaced), len(h.stopped), h.started, x.lowest, x.ended.Round(100*time.Millisecond), x.last.update())
	bad := func(format string, args ...any) { t.Errorf("%s\n  "+format, append([]any{line}, args...)...) }
	slices.Sort(h.replaced)
	// An update that the engine pauses anew stops half-way.
	x.partly = x.partly || x.last.update() == "paused"
	foreseen := slices.Sorted(slices.Values(i.Replaced))
	moves := x.last.update() == "updating" || x.last.update() == "rollback_started"
	stuck := i.Stuck != "" || i.MayStick != "" && moves
	switch {
	case x.partly || stuck:
		for _, id := range h.replaced {
			if !slices.Contains(foreseen, id) {
				bad("%s was replaced, which was not foreseen", id)
			}
		}
	case !x.before.IsJob() && !slices.Equal(foreseen, h.replaced):
		bad("foreseen %v, replaced %v", foreseen, h.replaced)
	}
	if !stuck && i.Stops != len(h.stopped) {
		bad("stopped")
	}
	if i.Starts != h.started && !(x.partly && h.started < i.Starts) {
		bad("started")
	}
	// What is foreseen holds if every new task starts.
	if !x.before.IsJob() && x.lowest+x.failures() < i.Lowest {
		bad("fewer ran than foreseen")
	}
	if !x.partly && !stuck && x.ended < i.AtLeast {
		bad("it was faster")
	}
	if stuck != moves && !x.partly {
		bad("the update goes on: %t", moves)
	}
	t.Log(line)
}
