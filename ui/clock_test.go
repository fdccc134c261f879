package ui

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"skep/internal/testkit"
	"skep/model"
	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/views"
)

// rings counts the messages of the clock.
func (d *desk) rings() int {
	n := 0
	for _, m := range d.got {
		if _, ok := m.(ClockMsg); ok {
			n++
		}
	}
	return n
}

// old is a swarm in which nothing has happened for a long time.
func old() *model.Cluster {
	return testkit.Cluster(testkit.Services(testkit.Service()), testkit.Nodes(testkit.Node(testkit.Leader())), testkit.Tasks())
}

// TestClock_RingsOnlyWhenAnAgeChanges counts the wake-ups of some minutes in which
// nothing comes from the engine: the age of the data moves, nothing else does.
func TestClock_RingsOnlyWhenAnAgeChanges(t *testing.T) {
	t.Parallel()
	for _, view := range []string{"services", "tasks"} {
		t.Run(view, func(t *testing.T) {
			onDesk(t, Options{View: view}, old(), 100, 30, func(t *testing.T, d *desk) {
				changes, before := 0, d.frame()
				minutes := testkit.Rounds(24)
				for range minutes * 60 {
					d.wait(time.Second)
					if now := d.frame(); now != before {
						changes, before = changes+1, now
					}
				}
				// 10 steps of five seconds in the first minute, then one a
				// minute, and at most one for the ages of the rows in between.
				if n := d.rings(); n > changes+3 || changes > minutes+15 {
					t.Errorf("the clock rang %d times, and the screen changed %d times in %d minutes", n, changes, minutes)
				}
				if changes < minutes {
					t.Errorf("the screen changed %d times in %d minutes: the age of the data stands still", changes, minutes)
				}
			})
		})
	}
}

// TestClock_TellsTheTrueAge compares the screen of each second with one that is
// drawn afresh: the clock must not oversleep.
func TestClock_TellsTheTrueAge(t *testing.T) {
	t.Parallel()
	for _, view := range []string{"services", "tasks", "problems"} {
		t.Run(view, func(t *testing.T) {
			onDesk(t, Options{View: view}, shop(), 120, 40, func(t *testing.T, d *desk) {
				// Between two seconds: at the full one an age may still be due.
				d.wait(500 * time.Millisecond)
				for i := range max(70, testkit.Rounds(400)) { // At least over the first minute.
					if i == 50 {
						d.press("j", "G")
					}
					d.wait(time.Second)
					seen := d.frame()
					d.now = d.opt.Now()
					d.top().Show(table.Data{Cluster: d.cluster, Now: d.now, WorstFirst: !d.byName})
					if want := d.frame(); seen != want {
						t.Fatalf("after %d s the screen shows\n%s\nand should\n%s", i+1, ansi.Strip(seen), ansi.Strip(want))
					}
				}
			})
		})
	}
}

// TestClock_SoonerThanSet: what comes up later may change sooner than what the
// clock was set for.
func TestClock_SoonerThanSet(t *testing.T) {
	onDesk(t, Options{}, old(), 100, 30, func(t *testing.T, d *desk) {
		d.wait(10 * time.Minute)
		d.press("p")
		d.sees("no failed task is known")
		d.wait(noticeStays)
		d.wait(2 * time.Millisecond)
		d.misses("no failed task is known")
	})
}

func TestClock_StandsStillWhileNobodyLooks(t *testing.T) {
	onDesk(t, Options{}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.sees("live")
		d.send(tea.BlurMsg{})
		d.misses("live") // Nobody would take that back.
		d.sees("read at " + d.cluster.At.UTC().Format("15:04:05 UTC"))
		before := d.rings()
		d.wait(time.Hour)
		if n := d.rings() - before; n > 0 {
			t.Errorf("the clock rang %d times while the terminal had no focus", n)
		}
		if !d.feed.looked[len(d.feed.looked)-1].Blurred {
			t.Error("the feed was not told")
		}
		d.send(tea.FocusMsg{})
		d.sees("1h old")
		if d.feed.looked[len(d.feed.looked)-1].Blurred {
			t.Error("the feed was not told of the focus")
		}
		d.wait(2 * time.Hour)
		if d.rings() == before {
			t.Error("the clock does not go on")
		}
	})
	// A key says as much as a focus message, which not every terminal sends.
	onDesk(t, Options{}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.send(tea.BlurMsg{})
		d.press("j")
		if d.blurred {
			t.Error("still blurred after a key")
		}
	})
}

func TestClock_NothingToWaitFor(t *testing.T) {
	onDesk(t, Options{Background: theme.Dark}, nil, 100, 30, func(t *testing.T, d *desk) {
		d.wait(time.Hour)
		if d.rings() > 0 {
			t.Error("the clock rings while there is no snapshot")
		}
	})
}

// TestClock_OneTimer: however many messages come, one timer is set.
func TestClock_OneTimer(t *testing.T) {
	onDesk(t, Options{}, shop(), 100, 30, func(t *testing.T, d *desk) {
		for range 200 {
			d.press("j", "k", "p")
			d.feed.push(shop())
			d.rest()
		}
		before := d.rings()
		d.wait(time.Second + 2*time.Millisecond)
		if n := d.rings() - before; n > 2 {
			t.Errorf("%d timers rang within a second", n)
		}
		d.Close()
		synctest.Wait()
	})
}

// TestDescription_AgesMove as long as its object is young.
func TestDescription_AgesMove(t *testing.T) {
	onDesk(t, Options{View: "tasks", Pattern: "shop_mail"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("d")
		d.sees("starting for 2s")
		d.wait(24 * time.Second) // Within five seconds of the age's own step.
		d.sees("starting for 20s")
		d.wait(3 * time.Minute)
		d.sees("starting for 3m")
	})
}

// TestView_IsPure: the same state gives the same screen, and looking at it
// changes nothing.
func TestView_IsPure(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 12}, {200, 60}}[:testkit.Full(3, 1)] {
		t.Run(sizeName(size), func(t *testing.T) {
			onEachOverlay(t, size[0], size[1], func(t *testing.T, d *desk) {
				one := d.View()
				two := d.View()
				if one.Content != two.Content || fmt.Sprint(one.Cursor) != fmt.Sprint(two.Cursor) {
					t.Errorf("drawn twice:\n%s\n%s", one.Content, two.Content)
				}
				d.settle()
				if three := d.View(); three.Content != one.Content {
					t.Errorf("settling alone changed the screen:\n%s\n%s", one.Content, three.Content)
				}
			})
		})
	}
}

// TestRows_AheadAreThoseOfNow: rows that were made ahead are shown only where
// they are what would be made now, whatever was changed in between.
func TestRows_AheadAreThoseOfNow(t *testing.T) {
	t.Parallel()
	snapshots := []*model.Cluster{shop(), testkit.BigCluster(10, 20, 60), old()}
	between := [][]string{
		{}, {"shift+right"}, {"shift+right", "O"}, {"O"}, {"/", "s", "h", "o", "enter"}, {"/", "!", "w", "enter"}, {"2"}, {"2", "0"}, {"h"},
		{"w"}, {"enter"}, {"-"}, {":", "t", "enter"}, {"2", "/", "_", "enter", "shift+left"}, {"esc"}, {"enter", "q"},
	}
	every := 16 / testkit.Rounds(16) // of all pairs
	for _, view := range []string{"services", "tasks", "nodes", "stacks", "problems"} {
		for i, first := range between {
			for j, then := range between {
				if i > testkit.Full(1, -1) && (i+j)%every != 0 {
					continue
				}
				onDesk(t, Options{View: view}, snapshots[0], 100, 24, func(t *testing.T, d *desk) {
					d.press(first...)
					for _, c := range snapshots {
						ahead := d.snapshot(c) // Made now, and arriving after the keys.
						d.press(then...)
						d.wait(5 * time.Second) // The cursor of a list that was just opened stays at its top, whatever comes.
						ahead.from = d.workspace
						d.send(ahead)
						list, ok := d.top().(views.Screen)
						if !ok {
							continue
						}
						got := d.text()
						fresh := list.Prepare()(table.Data{Cluster: c}) // What the present state makes of it.
						list.Adopt(fresh)
						list.Show(table.Data{Now: d.now, WorstFirst: !d.byName, Spell: d.spell})
						list.Show(table.Data{Cluster: c, Now: d.now, WorstFirst: !d.byName, Spell: d.spell})
						if want := d.text(); got != want {
							t.Fatalf("%v, then %v: shown\n%s\nwant\n%s", first, then, got, want)
						}
					}
				})
			}
		}
	}
}
