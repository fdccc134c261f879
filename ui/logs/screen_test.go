package logs

import (
	"testing"

	"skep/internal/testkit"
	"skep/model"
)

// TestScreen_NamesAreAsShortAsTheyCanBe: inside one service its name tells
// nothing, and would take a fifth of a small window.
func TestScreen_NamesAreAsShortAsTheyCanBe(t *testing.T) {
	web, db, n := testkit.Service(testkit.Name("shop_web")), testkit.Service(testkit.Name("shop_db")), testkit.Node()
	task := testkit.Task(testkit.Of(web), testkit.On(n), testkit.Slot(5))
	c := testkit.Cluster(testkit.Nodes(n), testkit.Services(web, db), testkit.Tasks(task))
	for want, interest := range map[string]model.Interest{
		".5": model.InterestIn(web.Key().Ref()), "shop_web.5": model.InterestIn(web.Key().Ref(), db.Key().Ref()),
	} {
		l := &Screen{cluster: c, interest: interest, named: map[string]name{}}
		if got, series := l.nameOf(string(task.ID), ""); got != want || series != 5 {
			t.Errorf("got %q %d, want %q", got, series, want)
		}
		// The engine forgets tasks; their lines keep their names.
		l.cluster = testkit.Cluster(testkit.Nodes(n), testkit.Services(web, db))
		if got, _ := l.nameOf(string(task.ID), ""); got != want {
			t.Errorf("forgotten: %q", got)
		}
	}
}
