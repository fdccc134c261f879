package ui

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"skep/actions"
	"skep/internal/testkit"
	"skep/model"
	"skep/ui/keys"
	"skep/ui/views"
)

// stands are the screens on which keys are pressed, each brought to a state in
// which every key has something to do.
var stands = []struct {
	name   string
	opt    Options
	scopes []keys.Scope
	open   func(d *desk)
}{
	{"services", Options{View: "services"}, []keys.Scope{keys.Services, keys.List, keys.Everywhere}, midList},
	{"tasks", Options{View: "tasks"}, []keys.Scope{keys.TaskList, keys.Tasks, keys.List, keys.Everywhere}, midList},
	{"nodes", Options{View: "nodes"}, []keys.Scope{keys.Nodes, keys.List, keys.Everywhere}, midList},
	{"stacks", Options{View: "stacks"}, []keys.Scope{keys.Stacks, keys.List, keys.Everywhere}, func(d *desk) {
		d.press("2", "j", "space", "k")
	}},
	{"problems", Options{}, []keys.Scope{keys.ProblemList, keys.List, keys.Services, keys.Everywhere}, func(d *desk) {
		d.press("2", "!", "shift+right", "k", "space")
	}},
	{"one problem", Options{View: "problems"}, []keys.Scope{keys.Findings, keys.Text, keys.Services, keys.Everywhere}, func(d *desk) {
		d.press("2", "g", "enter", "w")
		midText(d, "a|e")
	}},
	{"describe", Options{Pattern: "shop_report"}, []keys.Scope{keys.Text, keys.Services, keys.Everywhere}, func(d *desk) {
		d.press("2", "d", "w")
		midText(d, "PASSWORD|Env")
	}},
	{"networks", Options{View: "networks"}, []keys.Scope{keys.Parts, keys.List, keys.Everywhere}, midList},
	{"names", Options{View: "networks"}, []keys.Scope{keys.NameCheck, keys.Text, keys.Everywhere}, func(d *desk) {
		d.engine.inspect = func(_ context.Context, ref model.Ref) (model.Document, error) {
			return model.Document{Ref: ref, ReadAt: testkit.Now, Raw: json.RawMessage(staleNames)}, nil
		}
		d.press("j", "D", "w")
		midText(d, "shop")
	}},
	{"one record", Options{View: "journal"}, []keys.Scope{keys.Text, keys.Records, keys.Everywhere}, func(d *desk) {
		d.press("G", "enter", "w")
		midText(d, "shop|Env")
	}},
	{"releases", Options{View: "releases"}, []keys.Scope{keys.Releases, keys.List, keys.Everywhere}, midList},
	{"compose file", exporting, []keys.Scope{keys.Compose, keys.Text, keys.Stacks, keys.Everywhere}, func(d *desk) {
		d.press("e")
		midText(d, "shop_")
	}},
	{"yaml", Options{View: "services", Pattern: "shop_report"}, []keys.Scope{keys.Text, keys.Services, keys.Everywhere}, func(d *desk) {
		d.press("2", "y")
		midText(d, "PASSWORD|Env")
	}},
	{"logs", Options{Pattern: "shop_cart"}, []keys.Scope{keys.Logs, keys.Services, keys.Everywhere}, func(d *desk) {
		d.engine.lines = []string{"", "a", "b x", strings.Repeat("long ", 60), "d x", "e", "f", "g x", "h", "i"}
		d.press("2", "l")
		d.wait(2e9)
		d.press("w", "m")
		midText(d, "x|a")
		d.press("k", "k", "right")
	}},
}

// staleNames is what an engine resolves that has not heard of much.
const staleNames = `{"Services":{"shop_web":{"VIP":"10.9.9.1","Tasks":[{"Name":"shop_web.1.x","EndpointIP":"10.9.9.9"},{"Name":"shop_web.2.x","EndpointIP":"10.9.9.8"},
{"Name":"shop_web.3.x","EndpointIP":"10.9.9.7"},{"Name":"shop_web.4.x","EndpointIP":"10.9.9.6"},
{"Name":"shop_web.5.x","EndpointIP":"10.9.9.5"},{"Name":"shop_web.6.x","EndpointIP":"10.9.9.4"},{"Name":"shop_web.7.x","EndpointIP":"10.9.9.3"}]}}}`

// midList puts the cursor into the middle of a list that is longer than the
// window, with a stack chosen, a sort and a mark.
func midList(d *desk) {
	d.press("2", "shift+right", "shift+right", "j", "space", "j")
}

// midText goes to the middle of a text, with a search that matches several
// times.
func midText(d *desk, pattern string) {
	if d.top().Scopes()[0] == keys.Logs {
		d.press("h") // There "/" hides what does not match.
	} else {
		d.press("/")
	}
	d.typed(pattern)
	d.press("enter", "n", "j", "right")
}

// trace is all that a key can change: the screen, what is asked of the feed and
// the engine, and what is sent to the terminal.
type trace struct {
	frame       string
	cursor      bool
	asked, sent int
	quit        bool
}

func (d *desk) trace() trace {
	v := d.View()
	return trace{d.frame(), v.Cursor != nil, d.feed.asked + len(d.engine.reads), len(d.got), d.quit}
}

// TestDispatch_EveryKeyDoesSomething presses each key of the table on each
// screen where it holds, or on one of them. A key that is offered and does nothing fails.
func TestDispatch_EveryKeyDoesSomething(t *testing.T) {
	t.Parallel()
	tested := map[string]bool{}
	for _, s := range stands {
		for _, b := range keys.Standard().In(s.scopes) {
			for _, key := range b.Keys {
				if other, _ := keys.Standard().Find(s.scopes, key); other.Command != b.Command {
					continue // A narrower scope has taken this one of its keys.
				}
				if tested[string(b.Scope)+key] && !testkit.Slow() {
					continue // On one screen for each scope, unless tests are wanted in full.
				}
				tested[string(b.Scope)+key] = true
				t.Run(s.name+"/"+key, func(t *testing.T) {
					onDesk(t, s.opt, shop(), 60, 11, func(t *testing.T, d *desk) {
						s.open(d)
						if got := d.App.scopes(); fmt.Sprint(got) != fmt.Sprint(s.scopes) {
							t.Fatalf("the screen has the scopes %v\n%s", got, d.text())
						}
						checkKey(t, d, b, key)
					})
				})
			}
		}
	}
	for _, b := range keys.Standard() {
		if slices.Contains(keys.Overlays(), b.Scope) {
			continue // See TestOverlay.
		}
		for _, k := range b.Keys {
			if !tested[string(b.Scope)+k] {
				t.Errorf("%s in %s was pressed nowhere", k, b.Scope)
			}
		}
	}
}

func checkKey(t *testing.T, d *desk, b keys.Binding, key string) {
	t.Helper()
	reason := d.reason(b)
	before := d.trace()
	before.sent++ // The key itself.
	d.press(key)
	if reason != "" {
		if !strings.Contains(d.notice.text, reason) {
			t.Errorf("the key is disabled (%s), and does not say so: %q", reason, d.notice.text)
		}
		return
	}
	if d.trace() == before {
		t.Errorf("%s (%s) does nothing on\n%s", key, b.Command, d.text())
	}
}

// TestDispatch_VerbsAreActions holds for every key that writes, and all that the
// engine changes of what it is for.
func TestDispatch_VerbsAreActions(t *testing.T) {
	for _, b := range keys.Standard() {
		for _, k := range model.Kinds() {
			if !b.Writes() || views.KeysOf(k.Kind) != b.Scope || k.Path != "" && k.Writes == (model.Writes{}) {
				continue
			}
			if action, ok := actions.Find(k.Kind, b.Verb); !ok || action.Plan == nil && action.Parts == nil {
				t.Errorf("%s in %s has the verb %s, which is no action on a %s", b.Command, b.Scope, b.Verb, k.Kind)
			}
		}
	}
}

// TestDispatch_ReadsTheTableThatItIsGiven gives the program other keys than it
// comes with: dispatch, the footer, the help and the texts follow.
func TestDispatch_ReadsTheTableThatItIsGiven(t *testing.T) {
	other := map[keys.Command]string{keys.Help: "f1", keys.Describe: "f2", keys.Unmask: "f3", keys.Scale: "f4"}
	table := keys.Standard()
	for i, b := range table {
		if key := other[b.Command]; key != "" {
			table[i].Keys = []string{key}
		}
	}
	onDesk(t, Options{Keys: table, Pattern: "shop_report", Hint: true}, shop(), 120, 120, func(t *testing.T, d *desk) {
		d.sees("<f2>describe", "<f1>help", "f1 help  : command")
		d.press("d")
		d.sees("d does nothing; f1 shows the keys")
		d.press("f1")
		d.sees("f2                describe the object")
		d.press("esc", "f4")
		if d.dialog() == nil || d.dialog().action.Verb != "scale" {
			t.Error("f4 does not scale")
		}
		d.press("esc", "f2")
		d.sees("(values hidden; f3 shows)")
	})
}

func TestDispatch_ReadOnlyTakesTheWritesAway(t *testing.T) {
	guarded := shop()
	guarded.Session.ReadOnly = true
	for _, tt := range []struct {
		view string
		flag bool
		c    *model.Cluster
		why  string
	}{
		{"services", true, shop(), "--read-only"}, {"nodes", true, shop(), "--read-only"}, {"stacks", true, shop(), "--read-only"},
		{"services", false, guarded, "skep's configuration makes this context read-only"}, {"nodes", false, guarded, "skep's configuration"},
	} {
		onDesk(t, Options{View: tt.view, ReadOnly: tt.flag}, tt.c, 120, 40, func(t *testing.T, d *desk) {
			d.sees("RO")
			for _, b := range keys.Standard().In(d.App.scopes()) {
				if !b.Writes() {
					continue
				}
				d.press(b.Keys[0])
				if d.dialog() != nil {
					t.Fatalf("%s opened a dialog", b.Keys[0])
				}
				if !strings.Contains(d.bottom(), tt.why) {
					t.Errorf("%s does not say why it does nothing: %q", b.Keys[0], d.bottom())
				}
				d.press("j")
				d.misses("<" + keys.Show(b.Keys[0]) + ">" + b.Title)
			}
		})
	}
}

func TestDispatch_EscTakesOneThingAtATime(t *testing.T) {
	onDesk(t, Options{}, shop(), 80, 24, func(t *testing.T, d *desk) {
		d.press("/")
		d.typed("shop")
		d.press("enter", "space", "space")
		d.sees("2 marked", "/shop")
		d.press("esc")
		d.sees("5 of 9  /shop")
		d.misses("marked")
		d.press("esc")
		d.misses("of 9")
		d.press("esc") // There is nothing left, and no way up.
		d.sees("services", "9")
		d.sees("this is the first view; ctrl+c or :q quits")
		if d.quit {
			t.Error("esc quit at the first screen")
		}
	})
}

func TestDispatch_NoSelectionSaysSo(t *testing.T) {
	onDesk(t, Options{Pattern: "nothing"}, shop(), 80, 24, func(t *testing.T, d *desk) {
		for _, key := range []string{"d", "y", "l", "p", "s", "ctrl+d"} {
			d.press(key)
			if d.notice.text == "" || d.depth() > 1 || d.dialog() != nil {
				t.Errorf("%s: %q", key, d.notice.text)
			}
		}
		d.press("enter", "space", "G", "k", "c")
		d.frame()
	})
}

// TestNames_AKeyPreviewsTheirRestart: from the check of the names on a network one key
// leads to the rolling restart of the services that differ.
func TestNames_AKeyPreviewsTheirRestart(t *testing.T) {
	onDesk(t, Options{View: "networks"}, shop(), 80, 24, func(t *testing.T, d *desk) {
		d.engine.inspect = func(_ context.Context, ref model.Ref) (model.Document, error) {
			return model.Document{Ref: ref, ReadAt: testkit.Now, Raw: json.RawMessage(staleNames)}, nil
		}
		d.press("D")
		if text := d.text(); !strings.Contains(text, "m opens the preview of it") || !strings.Contains(text, "<m>restart") {
			t.Fatal(text)
		}
		d.press("m")
		if text := d.text(); !strings.Contains(text, "estart shop_web") {
			t.Fatal(text)
		}
	})
}
