package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"skep/actions"
	"skep/internal/testkit"
	"skep/model"
	"skep/ui/keys"
	"skep/ui/screen"
)

// subjects are the screens that are about an object besides its own list, with
// the scope of the keys for it.
var subjects = []struct {
	name  string
	opt   Options
	scope keys.Scope
	open  func(d *desk)
	want  string // the name of the object
}{
	{"problems", Options{View: "problems", Pattern: "shop_report"}, keys.Services, func(*desk) {}, "shop_report"},
	{"tasks of a service", Options{Pattern: "shop_report"}, keys.Services, func(d *desk) { d.press("enter") }, "shop_report"},
	{"describe a service", Options{Pattern: "shop_report"}, keys.Services, func(d *desk) { d.press("d") }, "shop_report"},
	{"yaml of a service", Options{Pattern: "shop_report"}, keys.Services, func(d *desk) { d.press("y") }, "shop_report"},
	{"logs of a service", Options{Pattern: "shop_report"}, keys.Services, func(d *desk) { d.press("l") }, "shop_report"},
	{"problems", Options{View: "problems", Pattern: "worker3"}, keys.Nodes, func(*desk) {}, "worker3"},
	{"tasks of a node", Options{View: "nodes", Pattern: "worker3"}, keys.Nodes, func(d *desk) { d.press("enter") }, "worker3"},
	{"describe a node", Options{View: "nodes", Pattern: "worker3"}, keys.Nodes, func(d *desk) { d.press("d") }, "worker3"},
	{"describe a task", Options{View: "tasks", Pattern: "shop_cart.1"}, keys.Tasks, func(d *desk) { d.press("d") }, "shop_cart.1"},
	{"logs of a task", Options{View: "tasks", Pattern: "shop_cart.1"}, keys.Tasks, func(d *desk) { d.press("l") }, "shop_cart.1"},
	{"describe a stack", Options{View: "stacks", Pattern: "shop"}, keys.Stacks, func(d *desk) { d.press("d") }, "shop"},
}

// TestSubject_KeysWorkWhereverItIs presses the keys for an object on every
// screen that is about one. What they do is done to that object; a key that the
// screen itself has does what it does there.
func TestSubject_KeysWorkWhereverItIs(t *testing.T) {
	t.Parallel()
	for i, s := range subjects {
		for j, b := range keys.Standard().All([]keys.Scope{s.scope}) {
			if (i+j)%testkit.Full(1, 4) != 0 {
				continue // A quarter of the keys on one screen, others on the next.
			}
			t.Run(s.name+"/"+string(s.scope)+"/"+b.Keys[0], func(t *testing.T) {
				onDesk(t, s.opt, shop(), 120, 50, func(t *testing.T, d *desk) {
					s.open(d)
					d.wait(time.Second)
					if !slices.Contains(d.scopes(), s.scope) {
						t.Fatalf("the screen has the scopes %v\n%s", d.scopes(), d.text())
					}
					checkSubject(t, d, b, s.want)
				})
			})
		}
	}
}

func checkSubject(t *testing.T, d *desk, b keys.Binding, want string) {
	t.Helper()
	if own := d.top().Scopes(); ownKey(own, b) {
		for _, l := range d.helpText() {
			if text := l.String(); strings.Contains(text, b.Help) && strings.Contains(text, "(not here: "+b.Keys[0]+" is ") {
				return
			}
		}
		t.Errorf("the help does not say that %s does something else here", b.Keys[0])
		return
	}
	reason := d.reason(b)
	o, ok := d.subject(b)
	if !ok || o.Name != want {
		t.Fatalf("the subject is %+v", o)
	}
	depth := d.depth()
	d.press(b.Keys[0])
	switch {
	case reason != "":
		d.sees(b.Title + ": " + reason)
	case b.Writes():
		if d.dialog() == nil || len(d.dialog().targets) != 1 || d.dialog().targets[0].Ref != o.Ref || d.dialog().action.Verb != b.Verb {
			t.Errorf("%s: no dialog about %s\n%s", b.Verb, want, d.text())
		}
	case d.depth() == depth && d.notice.text == "" && d.prompt() == nil:
		t.Errorf("%s opens nothing\n%s", b.Command, d.text())
	}
}

// ownKey reports whether a screen has the keys of a binding itself.
func ownKey(own []keys.Scope, b keys.Binding) bool {
	_, taken := keys.Standard().Taken(append(slices.Clone(own), b.Scope), b)
	return taken
}

// TestSubject_GuestsAreWhatTheManualSays compares where the keys of an object
// are said to work with where they do.
func TestSubject_GuestsAreWhatTheManualSays(t *testing.T) {
	for _, s := range subjects {
		onDesk(t, s.opt, shop(), 120, 50, func(t *testing.T, d *desk) {
			s.open(d)
			own := d.top().Scopes()
			if !slices.ContainsFunc(keys.Standard().Guests(s.scope), func(g keys.Guest) bool { return slices.Contains(own, g.Screen) }) {
				t.Errorf("the keys of %s work in %s, and the manual does not say so", s.scope, own)
			}
		})
	}
}

func TestSubject_IsPinnedWhenTheKeyIsPressed(t *testing.T) {
	onDesk(t, Options{View: "problems"}, shop(), 120, 40, func(t *testing.T, d *desk) {
		for d.current().Ref.Kind != model.KindService {
			d.press("j")
		}
		o := d.current()
		d.press("s")
		d.feed.push(shop())
		d.rest()
		if got := d.dialog().targets; len(got) != 1 || got[0] != (actions.Target{Ref: o.Ref, Name: o.Name}) {
			t.Errorf("the dialog is about %+v, want %+v", got, o)
		}
	})
}

// TestSubject_MarksDecideAmongProblems marks services, and leaves the cursor on
// a node: the key of services goes to them.
func TestSubject_MarksDecideAmongProblems(t *testing.T) {
	onDesk(t, Options{View: "problems"}, shop(), 120, 40, func(t *testing.T, d *desk) {
		on := func(kind model.Kind) {
			d.press("g")
			for d.current().Ref.Kind != kind {
				d.press("j")
			}
		}
		on(model.KindService)
		marked := d.current()
		d.press("space")
		on(model.KindNode)
		d.press("r")
		if d.dialog() == nil || d.dialog().action.Verb != "restart" || d.dialog().targets[0].Ref != marked.Ref {
			t.Errorf("r is not about what is marked:\n%s", d.text())
		}
	})
}

func TestSubject_OfAnEmptyListIsWhatItIsOf(t *testing.T) {
	onDesk(t, Options{Pattern: "shop_report"}, shop(), 120, 40, func(t *testing.T, d *desk) {
		d.press("enter", "/")
		d.typed("nothing at all")
		d.press("enter")
		if d.current() != (screen.Object{}) {
			t.Fatalf("there is a row:\n%s", d.text())
		}
		d.press("d")
		d.sees("describe: no row is selected")
		d.press("s")
		if d.dialog() == nil || d.dialog().targets[0].Name != "shop_report" {
			t.Errorf("s does not scale the service whose tasks are listed:\n%s", d.text())
		}
	})
}
