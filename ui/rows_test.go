package ui

import (
	"runtime"
	"testing"
	"weak"

	"skep/internal/testkit"
	"skep/internal/testkit/key"
)

// With very many rows no key waits until they are sorted or filtered: those of
// before stay until the others are made, and what is typed meanwhile counts.
func TestRows_ManyAreSortedAwayFromUpdate(t *testing.T) {
	t.Parallel()
	onDesk(t, Options{View: "tasks"}, testkit.BigCluster(20, 60, 26_000), 120, 30, func(t *testing.T, d *desk) {
		made := func() int { return count[rowsMsg](d) }
		d.press("j", "j", "G", "g", "w", "w")
		before := made()
		want := d.current()
		_, cmd := d.Update(key.Press("shift+right"))
		if got := d.current(); got != want {
			t.Errorf("the cursor moved from %v to %v before the rows were there", want, got)
		}
		if d.sees("sorting"); made() != before {
			t.Error("the rows were made in Update")
		}
		d.start(cmd)
		d.rest()
		if made() != before+1 {
			t.Errorf("the rows were made %d times", made()-before)
		}
		d.sees("by task")
		d.misses("sorting")
		d.press("/")
		d.typed("service-1")
		d.press("enter")
		d.sees(" of 20840", "/service-1")
		if got := d.current(); got.Name == "" {
			t.Error("there is no row under the cursor")
		}
		d.feed.push(testkit.BigCluster(20, 60, 27_000))
		d.rest()
		d.sees("of 21600")
		d.press("esc")
		d.misses(" of 21600", "sorting")
	})
}

// What is only remembered, to return to, holds no snapshot, and comes back as it
// was.
func TestSleep_HoldsNoSnapshot(t *testing.T) {
	for _, tasks := range []int{1000, 26_000}[:testkit.Full(2, 1)] {
		onDesk(t, Options{}, testkit.BigCluster(20, 60, 100), 120, 30, func(t *testing.T, d *desk) {
			big := testkit.BigCluster(20, 60, tasks)
			held := weak.Make(big)
			d.feed.push(big)
			d.rest()
			d.command("tasks")
			d.press("j", "j", "ctrl+f", "space")
			want, text := d.current(), d.text()
			d.press("enter") // The description of a task.
			d.press("q", "d")
			d.command("nodes")
			d.press("d")
			d.command("services")
			d.feed.push(testkit.BigCluster(20, 60, 100))
			d.rest()
			d.got = nil
			runtime.GC()
			runtime.GC()
			if held.Value() != nil {
				t.Error("a snapshot that nobody shows is held")
			}
			again := testkit.BigCluster(20, 60, tasks)
			d.feed.push(again)
			d.rest()
			d.press("q", "q", "q", "q")
			if got := d.current(); got != want {
				t.Errorf("the cursor came back on %v and not on %v", got, want)
			}
			if d.text() != text {
				t.Errorf("it was\n%s\nand is\n%s", text, d.text())
			}
		})
	}
}

// count is how many messages of a kind were handled.
func count[M any](d *desk) int {
	n := 0
	for _, msg := range d.got {
		if _, ok := msg.(M); ok {
			n++
		}
	}
	return n
}
