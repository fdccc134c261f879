package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/actions"
	"skep/internal/testkit"
	"skep/model"
	"skep/ui/views"
)

// replicasOf reads the number of replicas from a written specification.
func replicasOf(t *testing.T, w model.Write) string {
	t.Helper()
	spec := string(w.Spec)
	_, rest, ok := strings.Cut(spec, `"Replicas":`)
	if !ok {
		t.Fatalf("no replicas in %s", spec)
	}
	return rest[:strings.IndexAny(rest, ",}")]
}

func TestDialog_GoesToAllMarked(t *testing.T) {
	onDesk(t, Options{ByName: true, Pattern: "shop_[cw]"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("space", "space", "r")
		d.sees("restart 2 services", "docker service update --force shop_cart", "docker service update --force shop_web")
		d.later("Y")
		d.sees("accepted")
		if len(d.engine.writes) != 2 {
			t.Fatalf("%d writes, want 2", len(d.engine.writes))
		}
		d.misses("marked")
		if d.feed.asked == 0 {
			t.Error("the feed was not asked for the result")
		}
	})
}

// TestDialog_LeavesOutWhatCannotTakePart: of two services one is global, and has
// no number.
func TestDialog_LeavesOutWhatCannotTakePart(t *testing.T) {
	onDesk(t, Options{ByName: true, Pattern: "monitoring_agent|shop_cart"}, shop(), 100, 40, func(t *testing.T, d *desk) {
		d.press("space", "space", "s")
		d.typed("7")
		d.press("enter")
		d.sees("scale shop_cart from ", "left out: monitoring_agent: a global service has one task on each node")
		d.apply()
		if len(d.engine.writes) != 1 {
			t.Fatalf("%d writes\n%s", len(d.engine.writes), d.text())
		}
	})
}

// TestDialog_TargetIsPinned: whatever the list does while the dialog is open,
// the action goes to what was under the cursor when the key was pressed.
func TestDialog_TargetIsPinned(t *testing.T) {
	c := shop()
	onDesk(t, Options{ByName: true}, c, 100, 30, func(t *testing.T, d *desk) {
		d.press("/")
		d.typed("shop_cart")
		d.press("enter", "s")
		// Others come into the list, before it and after it, and the cursor
		// could be anywhere.
		others := []*model.Service{testkit.Service(testkit.Name("shop_cart2")), testkit.Service(testkit.Name("shop_ca"))}
		d.feed.push(testkit.Cluster(testkit.Services(append(others, c.Services()...)...), testkit.Nodes(c.Nodes()...), testkit.Tasks()))
		d.rest()
		d.top().(views.Screen).MoveTo(others[1].Key().Ref())
		d.later("backspace", "7", "enter")
		d.sees("scale shop_cart from 3 to 7")
		d.later("Y")
		if len(d.engine.writes) != 1 {
			t.Fatalf("%d writes\n%s", len(d.engine.writes), d.text())
		}
		w := d.engine.writes[0]
		if want := c.Services()[slices.IndexFunc(c.Services(), func(s *model.Service) bool { return s.Name() == "shop_cart" })].Key().Ref(); w.Ref != want || replicasOf(t, w) != "7" {
			t.Errorf("wrote %s replicas to %v, want 7 to %v", replicasOf(t, w), w.Ref, want)
		}
	})
}

func TestDialog_StopsWhenTheObjectChanged(t *testing.T) {
	onDesk(t, Options{ByName: true, Pattern: "shop_cart"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("s")
		d.later("backspace", "7", "enter")
		for ref, doc := range d.engine.docs { // Somebody else scales it meanwhile.
			if doc.Name == "shop_cart" {
				doc.Version++
				doc.Spec = []byte(strings.Replace(string(doc.Spec), `"Replicas":3`, `"Replicas":9`, 1))
				d.engine.docs[ref] = doc
			}
		}
		d.later("Y")
		d.sees("was changed by somebody else meanwhile", "theirs: 9", "mine: 7", "nothing was written")
		if len(d.engine.writes) != 0 {
			t.Error("it was written")
		}
		d.press("esc")
		d.misses("meanwhile")
	})
}

func TestDialog_OnlyOneKeyConfirms(t *testing.T) {
	onDesk(t, Options{ByName: true, Pattern: "shop_cart"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("r")
		d.later("enter", "r", "space", "y", "tab", "1", "ctrl+d")
		d.send(tea.PasteMsg{Content: "Y"})
		d.sees("Y apply")
		if len(d.engine.writes) != 0 {
			t.Fatal("another key than Y confirmed")
		}
		d.press("Y")
		if len(d.engine.writes) != 1 {
			t.Fatalf("Y did not confirm\n%s", d.text())
		}
	})
}

// TestDialog_AnswersEveryKey: who presses y, as elsewhere, or a key that means
// nothing there, is told so, and what does something.
func TestDialog_AnswersEveryKey(t *testing.T) {
	onDesk(t, Options{ByName: true, Pattern: "shop_cart"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("r")
		for _, name := range []string{"y", "x", "space", "enter"} {
			d.later(name)
			d.sees(name+" does nothing here: Y applies, esc cancels", "Y apply")
		}
		d.press("esc", "ctrl+d")
		d.later("enter")
		d.sees("enter does nothing here: type the name, esc cancels")
		if len(d.engine.writes) != 0 {
			t.Fatal("another key than Y confirmed")
		}
	})
}

func TestDialog_DeafAtFirst(t *testing.T) {
	onDesk(t, Options{ByName: true, Pattern: "shop_cart"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("r", "Y", "Y")
		d.wait(dialogGuard - time.Millisecond)
		d.press("Y")
		d.sees("Y apply", "the preview has only just been shown: read it, then press Y again")
		if len(d.engine.writes) != 0 {
			t.Fatal("a key typed at once confirmed")
		}
		d.wait(time.Millisecond)
		d.press("Y")
		d.sees("accepted")

		d.press("r", "esc") // The way out is always open.
		if d.dialog() != nil {
			t.Error("esc was swallowed")
		}
	})
}

func TestDialog_NameHasToBeTyped(t *testing.T) {
	onDesk(t, Options{ByName: true, Pattern: "shop_cart"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("ctrl+d")
		d.later("Y")
		d.sees("to confirm: Y", "nothing is confirmed: Y is not shop_cart (backspace deletes)")
		d.press("enter")
		d.sees("to confirm: Y", "nothing is confirmed: Y is not shop_cart")
		d.press("backspace")
		d.typed("shop_car")
		d.press("enter")
		d.sees("nothing is confirmed: shop_car is only the beginning of shop_cart")
		d.press("Y")
		d.sees("to confirm: shop_carY")
		if len(d.engine.removed) != 0 {
			t.Fatal("removed without its name")
		}
		d.press("backspace")
		d.typed("tX")
		d.press("backspace", "enter")
		d.sees("shop_cart   Y apply")
		if len(d.engine.removed) != 0 {
			t.Fatal("enter removed it")
		}
		d.press("Y")
		if len(d.engine.removed) != 1 {
			t.Fatalf("not removed\n%s", d.text())
		}
	})
}

// TestDialog_LongNameHasAShortWord: nobody types fifty letters without a slip.
func TestDialog_LongNameHasAShortWord(t *testing.T) {
	const long = "acme-platform_production-payment-gateway.worker"
	c := testkit.Cluster(testkit.Services(testkit.Service(testkit.Name(long))), testkit.Nodes(testkit.Node(testkit.Leader())), testkit.Tasks())
	for _, word := range []string{"gateway.worker", long} {
		onDesk(t, Options{}, c, 80, 24, func(t *testing.T, d *desk) {
			d.press("ctrl+d")
			d.later()
			d.sees("type gateway.worker to confirm:")
			d.typed("worker")
			d.sees("nothing is confirmed: w")
			for range "worker" {
				d.press("backspace")
			}
			d.typed(word)
			d.apply()
			if len(d.engine.removed) != 1 {
				t.Fatalf("not removed\n%s", d.text())
			}
		})
	}
}

// TestDialog_InProduction: a restart asks for the name of the context, which the
// header marks.
func TestDialog_InProduction(t *testing.T) {
	c := shop()
	c.Session.Production = "prod-eu"
	onDesk(t, Options{ByName: true, Pattern: "shop_cart"}, c, 80, 24, func(t *testing.T, d *desk) {
		d.sees("PROD")
		d.press("r")
		d.later()
		d.sees("type prod-eu to confirm:")
		d.press("Y")
		d.sees("nothing is confirmed: Y is not prod-eu")
		d.press("backspace")
		d.typed("prod-eu")
		d.apply()
		if len(d.engine.writes) != 1 {
			t.Fatalf("not restarted\n%s", d.text())
		}
		d.press("esc", "ctrl+d")
		d.later()
		d.sees("type prod-eu/shop_cart to confirm:")
	})
}

// TestDialog_TextScrollsWhileTheNameIsTyped: what is to be confirmed can be
// read whole in a low window.
func TestDialog_TextScrollsWhileTheNameIsTyped(t *testing.T) {
	onDesk(t, Options{ByName: true, Pattern: "shop_cart"}, shop(), 60, 10, func(t *testing.T, d *desk) {
		d.press("ctrl+d")
		d.later("s")
		d.misses("docker service rm")
		for range 12 {
			d.press("down")
		}
		d.sees("docker service rm shop_cart", "to confirm: s")
		d.misses("to confirm: sj")
	})
}

func TestDialog_EndAndTopOfTheText(t *testing.T) {
	onDesk(t, Options{ByName: true, Pattern: "shop_cart"}, shop(), 60, 10, func(t *testing.T, d *desk) {
		d.press("r")
		d.misses("docker service update")
		d.later("G")
		d.sees("docker service update --force shop_cart")
		d.press("g")
		d.sees("restart the tasks of shop_cart")
		d.misses("docker service update")
		d.press("esc", "ctrl+d") // Where a name is typed, they are letters.
		d.later("g", "G")
		d.sees("to confirm: gG")
	})
}

// TestDialog_TooSmallToConfirm: nobody confirms what could not be read.
func TestDialog_TooSmallToConfirm(t *testing.T) {
	for _, size := range [][2]int{{20, 5}, {10, 3}, {19, 24}, {80, 3}, {1, 1}, {80, 7}} {
		onDesk(t, Options{ByName: true, Pattern: "shop_cart"}, shop(), size[0], size[1], func(t *testing.T, d *desk) {
			grown := func() { d.send(tea.WindowSizeMsg{Width: 80, Height: 24}) }
			shrunk := func() { d.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]}) }
			d.press("r")
			d.later("Y", "Y")
			if len(d.engine.writes) != 0 {
				t.Fatalf("%v: it was written", size)
			}
			if size[0]*size[1] > 1 {
				d.sees("the window")
				d.misses("Y apply", "apply")
			}
			d.frame()
			grown() // The key that comes before the next frame is for the last one.
			d.press("Y")
			if len(d.engine.writes) != 0 {
				t.Fatalf("%v: written before it was shown", size)
			}
			d.sees("Y apply", "restart the tasks of shop_cart")
			d.later("Y")
			if len(d.engine.writes) != 1 {
				t.Fatalf("%v: %d writes in a window that has grown", size, len(d.engine.writes))
			}

			d.press("ctrl+d")
			d.wait(dialogGuard)
			d.typed("shop_cart")
			d.sees("shop_cart   Y apply")
			shrunk()
			d.press("Y")
			d.frame()
			d.press("Y")
			if len(d.engine.removed) != 0 {
				t.Fatalf("%v: removed", size)
			}
			grown()
			d.sees("shop_cart   Y apply")
			d.press("Y")
			if len(d.engine.removed) != 1 {
				t.Fatalf("%v: not removed\n%s", size, d.text())
			}
		})
	}
}

func TestDialog_RefusedHasNoKey(t *testing.T) {
	c := testkit.Cluster(testkit.Nodes(testkit.Node(testkit.Leader())), testkit.Tasks())
	onDesk(t, Options{ByName: true, View: "nodes"}, c, 100, 30, func(t *testing.T, d *desk) {
		d.press("r")
		d.later("Y", "enter", "Y")
		d.sees("refused")
		d.misses("Y apply")
		if len(d.engine.writes) != 0 {
			t.Fatal("it was written")
		}
		d.press("q")
		d.misses("refused")
	})
}

func TestDialog_WrongValueGoesBackToTheForm(t *testing.T) {
	onDesk(t, Options{ByName: true, Pattern: "shop_cart"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("s")
		d.press("end", "x", "enter")
		d.sees("is not a number of replicas", "Replicas: 3x")
		d.press("backspace")
		d.misses("is not a number of replicas")
		d.press("enter") // Today's value: the planner refuses it.
		d.sees("Replicas: 3", "nothing would change")
		d.later("backspace", "4", "enter")
		d.sees("from 3 to 4")
	})
}

func TestDialog_ReadFailsWhilePreparing(t *testing.T) {
	onDesk(t, Options{ByName: true, Pattern: "shop_cart"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.engine.inspect = func(context.Context, model.Ref) (model.Document, error) {
			return model.Document{}, errors.New("the leader is\x1b[31m away")
		}
		d.press("s")
		d.later("backspace", "4", "enter")
		d.sees("Replicas: 4", "the leader is away")
		d.press("esc", "r") // There is no form to go back to.
		d.sees("is not possible", "the leader is away")
		d.later("Y")
		if len(d.engine.writes) != 0 {
			t.Error("it was written")
		}
	})
}

// TestDialog_EscCancelsTheReading: closing the dialog ends the requests that it
// waits for, and their late answer opens nothing.
func TestDialog_EscCancelsTheReading(t *testing.T) {
	onDesk(t, Options{ByName: true, Pattern: "shop_cart"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		cancelled := false
		d.engine.resolve = func(ctx context.Context, _ string) (model.ResolvedImage, error) {
			<-ctx.Done()
			cancelled = errors.Is(context.Cause(ctx), context.Canceled)
			return model.ResolvedImage{}, ctx.Err()
		}
		d.press("i")
		d.later("backspace", "9", "enter")
		d.sees("asking the registry")
		d.press("esc")
		if !cancelled {
			t.Error("the registry is still asked")
		}
		d.sees("Image: registry.example.org/shop/cart:1.8.9")
		d.misses("docker service update", "asking the registry")
		d.wait(2 * time.Minute)
		d.press("esc")
		if d.dialog() != nil {
			t.Error("the form does not close")
		}
	})
}

func TestDialog_SomeResultsAreErrors(t *testing.T) {
	onDesk(t, Options{ByName: true, Pattern: "shop_[cw]"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		n := 0
		d.engine.update = func(model.Write) ([]string, error) {
			if n++; n == 2 {
				return nil, errors.New("rpc error: the second goes wrong")
			}
			return nil, nil
		}
		d.press("space", "space", "r")
		d.later("Y")
		d.sees("restart 2 services: 1 done, 1 not", "NOT DONE\n  shop_web - rpc error: the second goes wrong", "DONE\n  shop_cart\n")
		d.misses("shop_cart - ", "nothing was written")
		if n != 2 {
			t.Errorf("%d writes, want 2", n)
		}
		d.later("esc")
		d.sees("1 marked", "/shop_") // What is left can be tried again.
	})
}

// TestDialog_PartlyDoneSaysWhatWasWritten: "nothing was written" stands with the
// one object of which it is true, and what was done can be taken back.
func TestDialog_PartlyDoneSaysWhatWasWritten(t *testing.T) {
	c := testkit.Cluster(testkit.Nodes(testkit.Node(testkit.Leader(), testkit.Hostname("manager1")),
		testkit.Node(), testkit.Node(testkit.Hostname("worker2"))), testkit.Tasks())
	onDesk(t, Options{View: "nodes", Pattern: "worker"}, c, 80, 24, func(t *testing.T, d *desk) {
		d.press("space", "space", "r")
		d.sees("drain 2 nodes")
		for ref, doc := range d.engine.docs { // Somebody else drains it meanwhile.
			if doc.Name == "worker2" {
				doc.Version++
				doc.Spec = []byte(strings.Replace(string(doc.Spec), `"active"`, `"drain"`, 1))
				d.engine.docs[ref] = doc
			}
		}
		d.later("Y")
		d.sees("drain 2 nodes: 1 done, 1 not",
			"NOT DONE\n  worker2 - has changed since the preview (Availability: active -> drain):\n  nothing was written to it",
			"\nDONE\n  worker1\n", "UNDO WHAT WAS DONE\n  worker1: set it back to active",
			"docker node update --availability active worker1")
		d.misses("availability active worker2")
		if len(d.engine.writes) != 1 {
			t.Errorf("%d writes", len(d.engine.writes))
		}
	})
}

func TestDialog_JournalAndItsErrorAreShown(t *testing.T) {
	var entries []actions.Entry
	opt := Options{ByName: true, Pattern: "shop_cart", Kept: Kept{Journal: func(session model.Session, e actions.Entry) error {
		if session.Context != "prod-eu" {
			return errors.New("written for " + session.Context)
		}
		entries = append(entries, e)
		return errors.New("no space left on device")
	}}}
	onDesk(t, opt, shop(), 120, 30, func(t *testing.T, d *desk) {
		d.press("r")
		d.later("Y")
		d.sees("accepted: restart the tasks of shop_cart\nnot in the journal: no space left on device")
		if len(entries) != 2 || entries[0].Plan.Target.Name != "shop_cart" || entries[0].ID != entries[1].ID {
			t.Errorf("the journal has %d entries", len(entries))
		}
	})
}

func TestDialog_WarningsOfTheEngineAreShown(t *testing.T) {
	onDesk(t, Options{ByName: true, Pattern: "shop_cart"}, shop(), 120, 30, func(t *testing.T, d *desk) {
		d.engine.update = func(model.Write) ([]string, error) { return []string{"image is old\x07"}, nil }
		d.press("r")
		d.later("Y")
		d.sees("image is old")
	})
}

// TestDialog_EscDoesNotHideAWrite: what was sent cannot be called back, so its
// result is waited for.
func TestDialog_EscDoesNotHideAWrite(t *testing.T) {
	onDesk(t, Options{ByName: true, Pattern: "shop_cart"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		done := make(chan struct{})
		d.engine.update = func(model.Write) ([]string, error) { <-done; return nil, nil }
		d.press("r")
		d.later("Y", "esc", "q", "Y")
		d.sees("writing")
		close(done)
		d.rest()
		d.sees("restart the tasks of shop_cart")
		d.misses("writing")
	})
}

func TestDialog_PasteGoesIntoTheField(t *testing.T) {
	onDesk(t, Options{ByName: true, Pattern: "shop_cart"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("i")
		d.wait(dialogGuard)
		d.send(tea.PasteMsg{Content: "-rc1\n\x1b[2J"})
		d.sees("Image: registry.example.org/shop/cart:1.8.2-rc1")
		d.press("enter")
		d.sees("cart:1.8.2-rc1")
	})
}

// TestDialog_APreviewReadsTheTasksItCountsOn, which the list below it may not.
func TestDialog_APreviewReadsTheTasksItCountsOn(t *testing.T) {
	onDesk(t, Options{ByName: true, Pattern: "shop_cart"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("r")
		if got := d.feed.looked[len(d.feed.looked)-1]; len(got.Services()) != 1 {
			t.Errorf("the feed looks at %+v", got)
		}
		d.later("esc")
		if got := d.feed.looked[len(d.feed.looked)-1]; len(got.Services()) != 0 {
			t.Errorf("the feed goes on looking at %+v", got)
		}
	})
}

// TestDialog_AScaleReadsWhatTheNodesHold: whether more replicas fit depends on
// all tasks, which are read while the number is typed.
func TestDialog_AScaleReadsWhatTheNodesHold(t *testing.T) {
	for service, all := range map[string]bool{"shop_report": true, "shop_cart": false} {
		onDesk(t, Options{ByName: true, Pattern: service}, shop(), 100, 30, func(t *testing.T, d *desk) {
			d.press("s")
			if got := d.feed.looked[len(d.feed.looked)-1]; got.AllTasks() != all {
				t.Errorf("%s: the feed looks at %+v", service, got)
			}
			d.later("esc")
			if got := d.feed.looked[len(d.feed.looked)-1]; got.AllTasks() {
				t.Errorf("%s: the feed goes on looking at %+v", service, got)
			}
		})
	}
}

func TestDialog_FormHoldsNoEscapes(t *testing.T) {
	evil := testkit.Service(testkit.Name("evil\x1b]0;title\a\x1b[31m"), testkit.Replicas(2))
	c := testkit.Cluster(testkit.Nodes(testkit.Node(testkit.Leader())), testkit.Services(evil), testkit.Tasks())
	onDesk(t, Options{ByName: true}, c, 80, 24, func(t *testing.T, d *desk) {
		for _, key := range []string{"s", "i"} {
			d.press(key)
			if got := d.frame(); strings.Contains(got, "\x1b]0;") || strings.Contains(got, "\x1b[31m") || !strings.Contains(got, "evil") {
				t.Errorf("%q", got)
			}
			d.press("esc")
		}
	})
}

// TestDialog_QuittingWritesDownWhatWasSent: the program ends while an answer is
// outstanding.
func TestDialog_QuittingWritesDownWhatWasSent(t *testing.T) {
	var written []actions.Entry
	opt := Options{ByName: true, Pattern: "shop_cart", Kept: Kept{Journal: func(_ model.Session, e actions.Entry) error {
		written = append(written, e)
		return nil
	}}}
	writing := func(t *testing.T, d *desk) (answer chan error, closed *bool) {
		answer, closed = make(chan error), new(bool)
		d.engine.update = func(model.Write) ([]string, error) { return nil, <-answer }
		d.press("r")
		d.later("Y")
		d.sees("writing")
		d.press("ctrl+c")
		go func() {
			d.Close()
			*closed = true
		}()
		synctest.Wait()
		return answer, closed
	}
	onDesk(t, opt, shop(), 80, 24, func(t *testing.T, d *desk) {
		answer, closed := writing(t, d)
		if *closed {
			t.Error("the end did not wait for the write")
		}
		answer <- context.Canceled
		synctest.Wait()
		if !*closed || len(written) != 2 || !errors.Is(written[1].Result.Err, context.Canceled) {
			t.Errorf("closed: %v; written down: %d", *closed, len(written))
		}
	})
	onDesk(t, opt, shop(), 80, 24, func(t *testing.T, d *desk) {
		answer, closed := writing(t, d)
		time.Sleep(writePatience + time.Millisecond)
		synctest.Wait()
		if !*closed {
			t.Error("the end waits for ever")
		}
		answer <- nil
	})
}
