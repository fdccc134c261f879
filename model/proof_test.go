package model_test

import (
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

// TestUnproved_BetweenTwoDeaths has a task that runs 8 s each time: whenever it is
// looked at after its first end it is known not to be well, until one lasted.
func TestUnproved_BetweenTwoDeaths(t *testing.T) {
	const life, sec = 8 * time.Second, time.Second
	n := Node()
	delay := time.Second
	web := Service(Name("web"), Replicas(1), RestartPolicy(func(p *swarm.RestartPolicy) { p.Delay = &delay }))
	begin := Now.Add(-10 * time.Minute)
	at := func(i int) time.Time { return begin.Add(time.Duration(i) * (life + sec)) } // when the task was made
	task := func(i int, now time.Time, mended bool) *model.Task {
		o := []TaskOption{Of(web), Slot(1), On(n), WithTask(func(t *model.Task) {
			t.CreatedAt, t.UpdatedAt, t.ID = at(i), at(i).Add(sec), model.TaskID(at(i).String())
		})}
		if ended := at(i).Add(life + sec); !mended && !now.Before(ended) {
			o = append(o, Failed(1), WithTask(func(t *model.Task) { t.UpdatedAt = ended }))
		}
		return Task(o...)
	}
	b := Builder()
	b.SetNodes([]*model.Node{n}, Now)
	b.SetServices([]*model.Service{web}, Now)
	const deaths = 5
	first, gone := at(1), time.Time{}
	for now := begin.Add(2 * sec); now.Before(at(deaths).Add(time.Minute)); now = now.Add(sec) {
		var tasks []*model.Task
		for i := 0; i <= deaths && !at(i).After(now); i++ {
			tasks = append(tasks, task(i, now, i == deaths))
		}
		b.SetTasks(model.TaskQuery{}, tasks, now)
		c := b.Build(now)
		state, _ := c.Facts(web.Key()).State(web)
		wrong, calm := len(c.Problems()) > 0, state == "ok"
		switch {
		case now.Before(first) && wrong:
			t.Errorf("%s before the first death: %v", first.Sub(now), c.Problems())
		case !now.Before(first) && now.Before(at(deaths).Add(life)) && !wrong:
			t.Errorf("%s after the first death nothing is wrong; %s", now.Sub(first), state)
		case !now.Before(first) && !wrong && gone.IsZero():
			gone = now
		case !gone.IsZero() && wrong:
			t.Errorf("it came again: %v", c.Problems())
		}
		if calm == wrong {
			t.Errorf("%s after the first death: %q in its row, %v in the verdict", now.Sub(first), state, c.Problems())
		}
	}
	if took := gone.Sub(at(deaths)); took <= life || took > 2*life+5*sec {
		t.Errorf("gone %s after the last task was made", took)
	}
}

// TestUnproved_AfterARestart restarts a service that loops, which makes another
// specification of it: that alone mends nothing.
func TestUnproved_AfterARestart(t *testing.T) {
	n := Node()
	web := Service(Name("web"))
	failed := func(ago time.Duration) *model.Task {
		return Task(Of(web), Slot(1), On(n), Failed(1), FromImage("app:0"), Ago(ago))
	}
	for _, tt := range []struct {
		name string
		ago  time.Duration
		want string
	}{
		{"a moment ago", 3 * time.Second, "web 1 of 1 task restarted and not proved yet"},
		{"a while ago", 30 * time.Second, ""},
	} {
		c := Cluster(Nodes(n), Services(web), Tasks(Task(Of(web), Slot(1), On(n), Ago(tt.ago), WithTask(func(t *model.Task) { t.UpdatedAt = t.CreatedAt })),
			failed(tt.ago+5*time.Second), failed(tt.ago+10*time.Second), failed(tt.ago+15*time.Second)))
		got := ""
		for _, p := range c.Problems() {
			got += p.String()
		}
		if !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}
