package logs

import (
	"testing"

	"skep/internal/logstream"
	"skep/internal/testkit"
	"skep/model"
)

// TestScreen_NamesAreAsShortAsTheyCanBe: inside one service its name tells
// nothing, and would take a fifth of a small window.
func TestScreen_NamesAreAsShortAsTheyCanBe(t *testing.T) {
	web, db, n := testkit.Service(testkit.Name("shop_web")), testkit.Service(testkit.Name("shop_db")), testkit.Node()
	task := testkit.Task(testkit.Of(web), testkit.On(n), testkit.Slot(5))
	c := testkit.Cluster(testkit.Nodes(n), testkit.Services(web, db), testkit.Tasks(task))
	for want, services := range map[string][]model.ServiceID{
		".5": {web.Key()}, "shop_web.5": {web.Key(), db.Key()},
	} {
		l := &Screen{Pane: &Pane{}, cluster: c, from: model.LogSource{Services: services}}
		if got, series := l.nameOf(string(task.ID), ""); got != want || series != 5 {
			t.Errorf("got %q %d, want %q", got, series, want)
		}
		// The engine forgets tasks; their lines keep their names.
		l.cluster = testkit.Cluster(testkit.Nodes(n), testkit.Services(web, db))
		if got, _ := l.nameOf(string(task.ID), ""); got != want {
			t.Errorf("forgotten: %q", got)
		}
		l.shown.Store(l.cluster)
		if got := l.origin(&logstream.Line{Task: string(task.ID)}); got.Name != "shop_web.5" || got.Service != "shop_web" || got.Live {
			t.Errorf("forgotten: %+v", got)
		}
	}
}
