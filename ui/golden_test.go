package ui

import (
	"flag"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/internal/testkit"
	"skep/model"
	"skep/ui/theme"
	"skep/ui/views"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a screen with the file of that name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test ./ui -run Golden -update writes it)", err)
	}
	if got+"\n" != string(want) {
		t.Errorf("%s differs; go test ./ui -run Golden -update takes the new one, to be reviewed like code\n--- got\n%s\n--- want\n%s", name, got, want)
	}
}

// TestGolden_EveryViewAtEverySize draws each registered view in each state and
// size: a new view is covered by being registered. Files are kept of the
// readable ones.
func TestGolden_EveryViewAtEverySize(t *testing.T) {
	for _, scene := range scenes {
		c := scene.make()
		for _, def := range views.All {
			for _, size := range scene.sizes() {
				name := def.Names()[0] + "-" + sizeName(size)
				t.Run(scene.name+"/"+name, func(t *testing.T) {
					t.Parallel()
					onDesk(t, Options{View: def.Names()[0]}, c, size[0], size[1], func(t *testing.T, d *desk) {
						d.misses("%!", "<nil>")
						if scene.name == "small" {
							golden(t, name+".txt", d.text())
						}
						moves(d)
					})
				})
			}
		}
	}
}

// moves walks over a list in all its forms. Every screen is checked for its
// size.
func moves(d *desk) {
	for _, k := range []string{"j", "w", "G", "space", "shift+right", "O", "h", "pgup", "w", "shift+left", "1", "0", "esc"} {
		d.press(k)
		d.frame()
	}
}

// overlays are the screens over the views, and how to get there.
var overlays = []struct {
	name  string
	opt   Options
	scene func() *model.Cluster
	open  func(d *desk)
}{
	{"tasks-of-service", Options{Pattern: "shop_report"}, nil, func(d *desk) { d.press("enter") }},
	{"tasks-history", Options{Pattern: "shop_mail"}, nil, func(d *desk) { d.press("enter", "h") }},
	{"services-wide", Options{}, nil, func(d *desk) { d.press("w") }},
	{"services-marked-sorted", Options{}, nil, func(d *desk) { d.press("space", "j", "space", "shift+right", "shift+right", "shift+right", "O") }},
	{"services-stack", Options{}, nil, func(d *desk) { d.press("2") }},
	{"nodes-wide", Options{View: "nodes"}, nil, func(d *desk) { d.press("w") }},
	{"services-stale", Options{}, scenes[3].make, nil},
	{"services-loading", Options{}, func() *model.Cluster { return nil }, nil},
	{"services-empty", Options{}, scenes[1].make, nil},
	{"services-none-match", Options{Pattern: "nothing"}, nil, nil},
	{"tasks-none-scaled", Options{}, idle, func(d *desk) { d.press("enter") }},
	{"tasks-none-paused", Options{View: "nodes"}, paused, func(d *desk) { d.press("G", "enter") }},
	{"tasks-none-of-node", Options{View: "nodes"}, idle, func(d *desk) { d.press("G", "enter") }},
	{"tasks-none", Options{View: "tasks"}, idle, nil},
	{"stack-none", Options{View: "tasks"}, idle, func(d *desk) { d.press("1") }},
	{"problems-none", Options{View: "problems"}, idle, nil},
	{"services-waiting", Options{}, unread, nil},
	{"services-modes", Options{ReadOnly: true, Backend: Backend{Demo: true}}, scenes[3].make, nil},
	{"trouble", Options{}, func() *model.Cluster { return troubled(model.NoDocker) }, nil},
	{"trouble-worker", Options{}, func() *model.Cluster { return troubled(model.WorkerNode) }, nil},
	{"outage", Options{}, scenes[3].make, func(d *desk) { d.press("!") }},
	{"first-start", Options{Hint: true}, nil, nil},
	{"help", Options{}, nil, func(d *desk) { d.press("?") }},
	{"help-read-only", Options{ReadOnly: true}, nil, func(d *desk) { d.press("?") }},
	{"prompt-completion", Options{}, nil, func(d *desk) { d.press(":"); d.typed("no") }},
	{"prompt-completion-service", Options{}, nil, func(d *desk) { d.press(":"); d.typed("svc shop_c") }},
	{"filter", Options{}, nil, func(d *desk) { d.press("/"); d.typed("shop_[ar]") }},
	{"filter-error", Options{}, nil, func(d *desk) { d.press("/"); d.typed("shop_[") }},
	{"problems-by-key", Options{}, nil, func(d *desk) { d.press("!") }},
	{"notice", Options{}, nil, func(d *desk) { d.press("p") }},
	{"describe-service", Options{Pattern: "shop_report"}, nil, func(d *desk) { d.press("d") }},
	{"describe-task", Options{View: "tasks", Pattern: "shop_mail"}, nil, func(d *desk) { d.press("d") }},
	{"describe-network", Options{View: "networks", Pattern: "shop_small"}, nil, func(d *desk) { d.press("d") }},
	{"describe-secret", Options{View: "secrets", Pattern: "database"}, nil, func(d *desk) { d.press("d") }},
	{"describe-secret-unused", Options{View: "secrets", Pattern: "old"}, nil, func(d *desk) { d.press("enter") }},
	{"describe-config", Options{View: "configs", Pattern: "r12"}, nil, func(d *desk) { d.press("d", "G") }},
	{"describe-config-former", Options{View: "configs", Pattern: "r11"}, nil, func(d *desk) { d.press("d") }},
	{"describe-config-binary", Options{View: "configs", Pattern: "logo"}, nil, func(d *desk) { d.press("d") }},
	{"describe-volume", Options{View: "volumes", Pattern: "shop"}, nil, func(d *desk) { d.press("d") }},
	{"describe-volume-cluster", Options{View: "volumes", Pattern: "shared"}, nil, func(d *desk) { d.press("d") }},
	{"describe-context", Options{View: "contexts", Pattern: "staging"}, nil, func(d *desk) { d.press("d") }},
	{"describe-record", Options{View: "journal"}, nil, func(d *desk) { d.press("G", "enter") }},
	{"yaml-context", Options{View: "contexts", Pattern: "staging"}, nil, func(d *desk) { d.press("y") }},
	{"yaml-stack", exporting, nil, func(d *desk) { d.press("/"); d.typed("shop"); d.press("enter", "e", "G") }},
	{"users-of-network", Options{View: "networks", Pattern: "shop_front"}, nil, func(d *desk) { d.press("u") }},
	{"users-of-none", Options{View: "networks", Pattern: "left"}, nil, func(d *desk) { d.press("u") }},
	{"yaml-node", Options{View: "nodes"}, nil, func(d *desk) { d.press("y") }},
	{"yaml-search", Options{View: "nodes"}, nil, func(d *desk) { d.press("y", "/"); d.typed("manager"); d.press("enter") }},
	{"logs-empty", Options{Pattern: "shop_cart"}, nil, func(d *desk) { d.press("l"); d.wait(time.Second) }},
	{"form-scale", Options{Pattern: "shop_cart"}, nil, func(d *desk) { d.press("s") }},
	{"form-scale-error", Options{Pattern: "shop_cart"}, nil, func(d *desk) { d.press("s"); d.later("x", "enter") }},
	{"form-image", Options{Pattern: "shop_cart"}, nil, func(d *desk) { d.press("i") }},
	{"preview-tier1", Options{Pattern: "shop_cart"}, nil, func(d *desk) { d.press("s"); d.later("backspace", "5", "enter") }},
	{"preview-tier2", Options{Pattern: "shop_cart"}, nil, func(d *desk) { d.press("r") }},
	{"preview-tier2-drain", Options{View: "nodes", Pattern: "worker1"}, nil, func(d *desk) { d.press("r") }},
	{"preview-tier2-image", Options{Pattern: "shop_cart"}, nil, func(d *desk) {
		d.press("i")
		d.later("backspace", "3", "enter")
	}},
	{"preview-tier3", Options{Pattern: "shop_cart"}, nil, func(d *desk) { d.press("ctrl+d"); d.later("s", "h") }},
	{"preview-tier3-named", Options{Pattern: "shop_cart"}, nil, func(d *desk) { d.press("ctrl+d"); d.wait(dialogGuard); d.typed("shop_cart") }},
	{"preview-tier4", Options{View: "nodes"}, func() *model.Cluster {
		return testkit.Cluster(testkit.Nodes(testkit.Node(testkit.Leader(), testkit.Hostname("manager1"))), testkit.Tasks())
	}, func(d *desk) { d.press("r") }},
	{"preview-many", Options{Pattern: "shop_[aw]"}, nil, func(d *desk) { d.press("space", "space", "r") }},
	{"failed", Options{Pattern: "shop_cart"}, nil, func(d *desk) {
		d.engine.update = func(model.Write) ([]string, error) { return nil, model.ErrReadOnly }
		d.press("r")
		d.apply()
	}},
	{"done", Options{Pattern: "shop_cart"}, nil, func(d *desk) { d.press("r"); d.apply() }},
}

// onEachOverlay runs a test with each of them open in a window.
func onEachOverlay(t *testing.T, width, height int, test func(t *testing.T, d *desk)) {
	t.Helper()
	for _, o := range overlays {
		c := shop()
		if o.scene != nil {
			c = o.scene()
		}
		t.Run(o.name, func(t *testing.T) {
			onDesk(t, o.opt, c, width, height, func(t *testing.T, d *desk) {
				if o.open != nil {
					o.open(d)
				}
				test(t, d)
			})
		})
	}
}

func TestGolden_Overlays(t *testing.T) {
	small := shop()
	for _, o := range overlays {
		c := small
		if o.scene != nil {
			c = o.scene()
		}
		for _, size := range sizes {
			name := o.name + "-" + sizeName(size)
			t.Run(name, func(t *testing.T) {
				onDesk(t, o.opt, c, size[0], size[1], func(t *testing.T, d *desk) {
					if o.open != nil {
						o.open(d)
					}
					d.misses("%!", "<nil>")
					switch size[0] {
					case 80, 40:
						golden(t, name+".txt", d.text())
					}
				})
			})
		}
	}
}

// TestGolden_Codes keeps a few screens with their escape codes, so that a
// change of colours is seen.
func TestGolden_Codes(t *testing.T) {
	visible := strings.NewReplacer("\x1b", "␛")
	for _, view := range []string{"services", "nodes"} {
		onDesk(t, Options{View: view, Background: theme.Dark}, shop(), 80, 24, func(t *testing.T, d *desk) {
			d.press("space")
			golden(t, view+"-codes-80x24.txt", visible.Replace(d.frame()))
		})
	}
	onDesk(t, Options{View: "services"}, shop(), 80, 24, func(t *testing.T, d *desk) {
		d.send(tea.BackgroundColorMsg{Color: color.White})
		d.press("?")
		golden(t, "help-codes-80x24.txt", visible.Replace(d.frame()))
	})
}

// asciiOnly finds the first sign that is none of ASCII.
func asciiOnly(text string) string {
	for _, l := range strings.Split(text, "\n") {
		if strings.ContainsFunc(l, func(r rune) bool { return r >= 0x80 }) {
			return l
		}
	}
	return ""
}

// TestASCII_NoOtherSigns draws everything with --ascii, over names that are
// ASCII themselves.
func TestASCII_NoOtherSigns(t *testing.T) {
	plain := testkit.BigCluster(20, 60, 600)
	check := func(name string, opt Options, c *model.Cluster, open func(d *desk)) {
		t.Run(name, func(t *testing.T) {
			opt.ASCII = true
			onDesk(t, opt, c, 100, 30, func(t *testing.T, d *desk) {
				if open != nil {
					open(d)
				}
				if l := asciiOnly(d.frame()); l != "" {
					t.Errorf("a line with other signs than ASCII: %q", l)
				}
			})
		})
	}
	for _, def := range views.All {
		for _, scene := range []string{"", "stale", "error", "loading"} {
			c := plain
			for _, s := range scenes {
				if s.name == scene && scene != "stale" {
					c = s.make()
				}
			}
			check(def.Names()[0]+scene, Options{View: def.Names()[0]}, c, func(d *desk) { d.press("shift+right", "space", "j", "w") })
		}
	}
	for _, o := range overlays {
		c := plain
		if o.scene != nil {
			c = o.scene()
		}
		o.opt.Pattern = ""
		check(o.name, o.opt, onlyASCII(c), o.open)
	}
}

// onlyASCII leaves a snapshot out whose own names are not ASCII.
func onlyASCII(c *model.Cluster) *model.Cluster {
	if c != nil && len(c.Services()) == len(shop().Services()) {
		return nil
	}
	return c
}

// TestBare_EverySignHasAWord looks at the screens without colours, as NO_COLOR
// shows them: what is wrong, marked, selected and sorted must still be told.
func TestBare_EverySignHasAWord(t *testing.T) {
	onDesk(t, Options{}, shop(), 120, 40, func(t *testing.T, d *desk) {
		d.press("g", "shift+right", "g", "space")
		d.sees("more (!)", "restart loop", "4/6", "live", "1 marked", "by name", "NAME↑", "✓migrate", "›monitoring_agent")
		d.press(":")
		d.typed("nodes")
		d.press("enter")
		d.sees("✖ down", "● ready", "drain", "leader", "manager1 *")
	})
	onDesk(t, Options{ReadOnly: true, Backend: Backend{Demo: true}}, scenes[3].make(), 120, 40, func(t *testing.T, d *desk) {
		d.sees("STALE 4m", "RO", "DEMO", "The swarm has no leader")
	})
}

func TestGolden_NoFileWithoutATest(t *testing.T) {
	known := map[string]bool{"services-codes-80x24.txt": true, "rollout-80x24.txt": true, "rollout-120x36.txt": true, "nodes-codes-80x24.txt": true, "help-codes-80x24.txt": true}
	for _, size := range sizes {
		for _, def := range views.All {
			known[def.Names()[0]+"-"+sizeName(size)+".txt"] = true
			known["report-"+def.Names()[0]+".txt"] = true
		}
		for _, o := range overlays {
			known[o.name+"-"+sizeName(size)+".txt"] = true
		}
	}
	files, err := filepath.Glob(filepath.Join("testdata", "golden", "*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, f := range files {
		if !known[filepath.Base(f)] {
			t.Errorf("%s belongs to no test", f)
		}
	}
}
