package model_test

import (
	"testing"
	"time"

	. "skep/internal/testkit"
	"skep/model"
)

// TestUnexplained_ByTasksReadLongEnoughAfter has a manager that is asked seldom: tasks
// that were read as soon as one was missing do not tell that none came since, and
// services that were do not tell that it is wanted still.
func TestUnexplained_ByTasksReadLongEnoughAfter(t *testing.T) {
	const sec = time.Second
	n, web := Node(), Service(Name("web"), Replicas(2), Reports(1, 2), Changed(time.Hour))
	up := []*model.Task{Task(Of(web), Slot(1), On(n), Ago(time.Hour))}
	for _, tt := range []struct {
		read, listed, now time.Duration
		want              bool
	}{{2 * sec, 40 * sec, 40 * sec, false}, {16 * sec, 40 * sec, 40 * sec, true}, {16 * sec, 14 * sec, 40 * sec, false}, {2 * sec, 61 * sec, 61 * sec, true}} {
		b := Builder()
		b.SetNodes([]*model.Node{n}, Now)
		b.SetServices([]*model.Service{Service(Name("web"), Replicas(2), Reports(2, 2), Changed(time.Hour))}, Now)
		b.Build(Now)
		b.SetServices([]*model.Service{web}, Now.Add(sec))
		b.Build(Now.Add(sec))
		b.SetTasks(model.TaskQuery{}, up, Now.Add(sec+tt.read))
		b.SetServices([]*model.Service{web}, Now.Add(sec+tt.listed))
		if c := b.Build(Now.Add(sec + tt.now)); c.Facts(web.Key()).Unexplained != tt.want {
			t.Errorf("read %s after, listed %s after, now %s after: %+v", tt.read, tt.listed, tt.now, c.Problems())
		}
	}
}
