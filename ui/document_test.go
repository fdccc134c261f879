package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/internal/testkit"
	"skep/model"
	"skep/ui/document"
)

func secretive(version uint64) *model.Cluster {
	s := testkit.Service(testkit.Name("vault"), testkit.WithService(func(s *model.Service) {
		s.Version.Index = version
		s.Spec.TaskTemplate.ContainerSpec.Env = []string{"DB_PASSWORD=hunter2"}
	}))
	return testkit.Cluster(testkit.Services(s), testkit.Nodes(testkit.Node(testkit.Leader())), testkit.Tasks())
}

func TestDocument_IsReadAgainWhenOutdated(t *testing.T) {
	for _, key := range []string{"d", "y"} {
		onDesk(t, Options{ByName: true}, secretive(10), 100, 60, func(t *testing.T, d *desk) {
			d.press(key)
			if n := len(d.engine.reads); n != 1 {
				t.Fatalf("%d reads, want 1", n)
			}
			d.feed.push(secretive(10))
			d.rest()
			if n := len(d.engine.reads); n != 1 {
				t.Errorf("read again though nothing changed: %d reads", n)
			}
			d.engine.show(secretive(11))
			d.feed.push(secretive(11))
			d.rest()
			d.feed.push(secretive(11))
			d.rest()
			if n := len(d.engine.reads); n != 2 {
				t.Errorf("%d reads, want a second one of the newer version", n)
			}
			d.press("ctrl+r")
			if n := len(d.engine.reads); n != 3 || d.feed.asked == 0 {
				t.Errorf("ctrl+r: %d reads, the feed was asked %d times", n, d.feed.asked)
			}
		})
	}
}

func TestDocument_ErrorKeepsWhatWasRead(t *testing.T) {
	onDesk(t, Options{ByName: true}, secretive(10), 100, 60, func(t *testing.T, d *desk) {
		fail := func(err error) {
			d.engine.inspect = func(context.Context, model.Ref) (model.Document, error) { return model.Document{}, err }
		}
		fail(errors.New("the leader\x1b[2J is away"))
		d.press("y")
		d.sees("This could not be read:", "the leader is away")
		d.engine.inspect = nil
		d.feed.push(secretive(10)) // With the next snapshot it is tried again.
		d.rest()
		d.sees("Name: vault")
		d.misses("could not be read")
		fail(errors.New("away again"))
		d.feed.push(secretive(11))
		d.rest()
		d.sees("could not be read again", "away again", "Name: vault")
	})
	onDesk(t, Options{ByName: true}, secretive(10), 100, 60, func(t *testing.T, d *desk) {
		d.engine.docs = nil
		d.press("d")
		d.sees(model.ErrGone.Error())
		reads := len(d.engine.reads)
		for range 5 {
			d.feed.push(secretive(10))
			d.rest()
		}
		if len(d.engine.reads) != reads {
			t.Error("what is gone is asked for again and again")
		}
	})
}

func TestDocument_ErrorIsWholeAtAnyWidth(t *testing.T) {
	for _, key := range []string{"d", "y"} {
		onDesk(t, Options{ByName: true}, secretive(10), 100, 30, func(t *testing.T, d *desk) {
			d.engine.inspect = func(context.Context, model.Ref) (model.Document, error) {
				return model.Document{}, errors.New(strings.Repeat("so much went wrong ", 10) + "at the end")
			}
			d.press(key)
			for _, width := range []int{100, 40, 70} {
				d.send(tea.WindowSizeMsg{Width: width, Height: 30})
				if got := strings.Join(strings.Fields(d.text()), " "); !strings.Contains(got, "so much went wrong at the end") {
					t.Errorf("%s at %d columns: the error is cut:\n%s", key, width, d.text())
				}
			}
		})
	}
}

func TestDocument_SecretsAreMaskedUntilAsked(t *testing.T) {
	for _, key := range []string{"d", "y"} {
		onDesk(t, Options{ByName: true}, secretive(10), 100, 100, func(t *testing.T, d *desk) {
			d.press(key)
			d.sees("DB_PASSWORD")
			d.misses("hunter2")
			d.press("x")
			d.sees("hunter2")
			d.press("x")
			d.misses("hunter2")
		})
	}
}

func TestDocument_SearchAndCopy(t *testing.T) {
	onDesk(t, Options{ByName: true}, shop(), 100, 20, func(t *testing.T, d *desk) {
		d.press("j", "j", "d", "/")
		d.typed("update")
		d.press("enter")
		d.sees("/update 1 of ")
		d.press("n")
		d.sees("/update 2 of ")
		d.press("/")
		d.typed("[")
		d.sees("invalid regex: missing ]")
		d.press("esc", "esc")
		d.misses("/update")
		d.sees("› shop_api")
		d.press("c")
		if !d.handled("tea.RawMsg") {
			t.Error("nothing was sent to the clipboard")
		}
		d.press("esc")
		d.sees("services", "UP/WANT")
	})
}

// TestDocument_OfAStack needs no engine: it has none.
func TestDocument_OfAStack(t *testing.T) {
	onDesk(t, Options{ByName: true, View: "stacks"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("j", "d")
		d.sees("Stack shop")
		if len(d.engine.reads) > 0 {
			t.Error("the engine was asked for a stack")
		}
		d.press("q", "y")
		d.sees("nothing is exported here")
	})
}

// TestPage_KeysOfAText: a text over a screen can be scrolled, searched and
// left, and a command leads away from it.
func TestPage_KeysOfAText(t *testing.T) {
	onDesk(t, Options{ByName: true}, shop(), 100, 20, func(t *testing.T, d *desk) {
		d.press("?", "/")
		d.typed("quit")
		d.press("enter", "n")
		d.sees("services › help", "/quit 2 of ")
		d.press("s", "ctrl+d", "0")
		if d.dialog() != nil {
			t.Error("a key went through to the screen below")
		}
		d.press("q")
		d.misses("help  ", "/quit")
		d.press("?")
		d.command("nodes")
		d.sees("AVAILABILITY")
		d.press("?", "ctrl+c")
		if !d.quit {
			t.Error("ctrl+c does not quit")
		}
	})
	onDesk(t, Options{ByName: true}, troubled(model.NoDocker), 80, 10, func(t *testing.T, d *desk) {
		d.sees("No Docker engine answers")
		d.press("G")
		d.sees("Retrying at least every 30s")
		d.press("/")
		d.typed("error")
		d.press("enter")
		d.sees("/error 1 of ")
		asked := d.feed.asked
		d.press("ctrl+r")
		if d.feed.asked == asked {
			t.Error("ctrl+r asks nothing")
		}
		d.feed.push(shop()) // It goes away by itself.
		d.rest()
		d.sees("shop_api", "live")
	})
}

func TestCopy_EachScreenHasSomething(t *testing.T) {
	for _, tt := range []struct {
		view  string
		keys  []string
		wants string
	}{
		{"services", nil, "migrate"}, {"services", []string{"?"}, "type a command"}, {"nodes", []string{"y"}, "Hostname: manager1"},
	} {
		onDesk(t, Options{ByName: true, View: tt.view}, shop(), 100, 30, func(t *testing.T, d *desk) {
			d.press(append(tt.keys, "c")...)
			found := false
			for _, m := range d.got {
				if s, ok := clipboard(m); ok && strings.Contains(s, tt.wants) {
					found = true
				}
			}
			if !found {
				t.Errorf("%s %v: nothing with %q was copied", tt.view, tt.keys, tt.wants)
			}
		})
	}
	onDesk(t, Options{ByName: true}, troubled(model.NoDocker), 100, 30, func(t *testing.T, d *desk) {
		d.press("c")
		if s, _ := clipboard(d.got[len(d.got)-1]); !strings.Contains(s, "No Docker engine answers") {
			t.Errorf("of the error's screen %q was copied", s)
		}
	})
}

func TestDocument_OfAStackIsNotReadFromTheEngine(t *testing.T) {
	onDesk(t, Options{ByName: true, View: "stacks"}, shop(), 100, 40, func(t *testing.T, d *desk) {
		d.press("d")
		first := d.text()
		d.press("ctrl+r")
		d.send(ResumedMsg{})
		d.misses("could not be read")
		if len(d.engine.reads) > 0 {
			t.Errorf("the engine was asked for %v", d.engine.reads)
		}
		d.press("k") // The message of ctrl+r goes.
		if d.text() != first {
			t.Errorf("it has changed:\n%s", d.text())
		}
	})
}

// The YAML of an object with very many labels is made once, and not while a key
// waits.
func TestDocument_LongTextIsMadeOnce(t *testing.T) {
	labels := map[string]string{}
	for i := range 10_000 {
		labels[fmt.Sprintf("label-%05d", i)] = "value"
	}
	web := testkit.Service(testkit.Name("web"), testkit.WithService(func(s *model.Service) { s.Spec.Labels = labels }))
	snapshot := func() *model.Cluster {
		return testkit.Cluster(testkit.Nodes(testkit.Node()), testkit.Services(web), testkit.Tasks())
	}
	onDesk(t, Options{}, snapshot(), 120, 30, func(t *testing.T, d *desk) {
		d.press("y")
		d.sees("ID:")
		for range 10 {
			d.feed.push(snapshot())
			d.press("j", "G")
			d.wait(time.Minute)
		}
		if n := count[document.TextMsg](d); n != 1 {
			t.Errorf("the text was made %d times", n)
		}
		d.press("/")
		d.typed("label-07777")
		d.press("enter")
		d.sees("label-07777: value")
		d.press("q", "d")
		d.sees("web")
		if n := count[document.TextMsg](d); n < 2 {
			t.Errorf("the description was made in Update")
		}
	})
}
