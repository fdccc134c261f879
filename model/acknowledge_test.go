package model_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

// TestAcknowledge_UntilItChanges takes note of a node that is down, and of what
// that explains.
func TestAcknowledge_UntilItChanges(t *testing.T) {
	n, lost := Node(Hostname("n1")), Node(Hostname("n2"), Down())
	web := Service(Name("web"), Replicas(2))
	up := Task(Of(web), Slot(1), On(n))
	ghost := Task(Of(web), Slot(2), On(lost), Desired(swarm.TaskStateShutdown))
	at := func(b *model.Builder, now time.Time, tasks ...*model.Task) *model.Cluster {
		b.SetNodes([]*model.Node{n, lost}, now)
		b.SetServices([]*model.Service{web}, now)
		b.SetTasks(model.TaskQuery{}, tasks, now)
		return b.Build(now)
	}
	b := Builder()
	c := at(b, Now, up, ghost)
	mark := c.Problems()[0].Mark
	if len(c.Problems()) != 2 || !strings.HasPrefix(mark, model.SeenMark) || strings.ContainsAny(mark, "/ .") {
		t.Fatalf("%+v", c.Problems())
	}
	b.Acknowledge(mark)
	if c = at(b, Now, up, ghost); len(c.Problems()) != 0 || c.Notes()[0].String() != "n2 down (acknowledged) - heartbeat failure" {
		t.Errorf("%v, notes %v", c.Problems(), c.Notes())
	}
	if c.Noted() != 1 {
		t.Errorf("%d are acknowledged", c.Noted())
	}
	// Once more takes it back.
	back := c.Notes()[0].Mark
	if b.Acknowledge(back); !model.Unseen(back) || model.Unseen(mark) {
		t.Errorf("%s does not take %s back", back, mark)
	}
	if c = at(b, Now, up, ghost); len(c.Problems()) != 2 || c.Noted() != 0 || len(c.Mended()) != 0 {
		t.Errorf("taken back: %v, notes %v", c.Problems(), c.Notes())
	}
	b.Acknowledge(mark)
	if c = at(b, Now.Add(time.Hour), ghost); len(c.Problems()) == 0 {
		t.Error("worse than it was, and still a note")
	}
	if c = at(b, Now.Add(9*time.Hour), up, ghost); len(c.Problems()) != 2 {
		t.Errorf("the next day: %v", c.Problems())
	}
	// What was mended is a problem when it comes again.
	b = Builder()
	at(b, Now, up, ghost)
	elsewhere := model.SeenMark + "00000000abc-" + strconv.FormatInt(Now.Add(time.Hour).Unix(), 36)
	b.Acknowledge(mark, elsewhere)
	lost = Node(Hostname("n2"))
	if c = at(b, Now.Add(time.Minute), up, Task(Of(web), Slot(2), On(lost))); !slices.Equal(c.Mended(), []string{back}) {
		t.Errorf("mended is %q, of this swarm %q", c.Mended(), back)
	}
	lost = Node(Hostname("n2"), Down())
	if c = at(b, Now.Add(2*time.Minute), up, ghost); len(c.Problems()) == 0 {
		t.Error("it came again, and is still a note")
	}
}

func FuzzSeenUntil(f *testing.F) {
	f.Add(model.SeenMark + "abc-1")
	f.Add("rolled-back-x")
	f.Fuzz(func(t *testing.T, mark string) {
		if key, _, ok := model.SeenUntil(mark); ok && !strings.HasPrefix(mark, model.SeenMark+key+"-") {
			t.Errorf("%q is %q", mark, key)
		}
	})
}
