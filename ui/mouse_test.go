package ui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"skep/internal/testkit"
	"skep/internal/testkit/key"
	"skep/ui/screen"
	"skep/ui/views"
)

var mouseSizes = [][2]int{{20, 5}, {40, 10}, {80, 24}, {200, 60}}

// click clicks at a cell of the screen, which is drawn first as it always is.
func (d *desk) click(x, y int) {
	d.frame()
	d.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
}

func (d *desk) turn(button tea.MouseButton) {
	d.frame()
	d.send(tea.MouseWheelMsg{X: 3, Y: 3, Button: button})
	d.frame()
}

// screenLines are the lines of the screen without looks.
func (d *desk) screenLines() []string { return strings.Split(ansi.Strip(d.frame()), "\n") }

// headerLine is where the titles of the table are, by what is on the screen.
func (d *desk) headerLine() int {
	d.t.Helper()
	for i, l := range d.screenLines() {
		for _, title := range []string{"NAME", "TASK", "HOSTNAME", "SUBJECT", "OBJECT", "WHEN", "RELEASE"} {
			if strings.HasPrefix(strings.TrimLeft(l, " "), title) {
				return i
			}
		}
	}
	d.t.Fatalf("no titles:\n%s", d.text())
	return 0
}

// TestMouse_EachRowIsTheOneThatIsSeen clicks each line of each list and looks
// for the cursor in the line that was clicked.
func TestMouse_EachRowIsTheOneThatIsSeen(t *testing.T) {
	t.Parallel()
	for _, def := range views.All {
		for _, size := range fewer(mouseSizes) {
			t.Run(def.Names()[0]+"-"+sizeName(size), func(t *testing.T) {
				onDesk(t, Options{View: def.Names()[0], Mouse: true}, shop(), size[0], size[1], func(t *testing.T, d *desk) {
					first := d.headerLine() + 1
					list := d.top().(screen.Pointed)
					clicks := 0
					for y := first; y < first+d.layout().body-1; y++ {
						line := d.screenLines()[y]
						if strings.TrimSpace(line) == "" {
							continue
						}
						want := strings.Trim(line, " ›")
						d.click(size[0]/2, y)
						clicks++
						o, ok := list.Current()
						if !ok || d.depth() != 1 {
							t.Fatalf("line %d: no row, or a screen was opened", y)
						}
						cursor := ""
						for _, l := range d.screenLines() {
							if strings.HasPrefix(l, "›") {
								cursor = l
							}
						}
						if strings.Trim(cursor, " ›") != want {
							t.Fatalf("clicked %q, the cursor is on %q (%v)", line, cursor, o)
						}
					}
					if clicks == 0 {
						t.Error("there was no row to click")
					}
				})
			})
		}
	}
}

// TestMouse_TitlesSort clicks each title that is on the screen, twice.
func TestMouse_TitlesSort(t *testing.T) {
	t.Parallel()
	for _, def := range views.All {
		for _, size := range fewer(mouseSizes) {
			for _, wide := range []bool{false, true}[:testkit.Full(2, 1)] {
				onDesk(t, Options{View: def.Names()[0], Mouse: true}, shop(), size[0], size[1], func(t *testing.T, d *desk) {
					if wide {
						d.press("w")
					}
					for i := range 30 {
						y := d.headerLine()
						line := d.screenLines()[y]
						// Titles of two words.
						line = strings.NewReplacer(" RSV", "_RSV", "ENGINE L", "ENGINE_L").Replace(line)
						titles := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '↑' || r == '↓' })
						if i >= len(titles) {
							break
						}
						x := strings.Index(line, titles[i]) // All ASCII up to there, but for the arrow.
						x = ansi.StringWidth(line[:x])
						titles[i] = strings.ReplaceAll(titles[i], "_", " ")
						d.click(x, y)
						for _, arrow := range []string{"↑", "↓", "↑"} {
							got, title := d.screenLines()[y], strings.TrimRight(titles[i], "…")
							if strings.HasSuffix(got, title[:len(title)-1]+arrow) {
								title = title[:len(title)-1] // At the end of the line the arrow takes a letter.
							}
							if wide && !strings.Contains(got, title) {
								break // The rows that came up take it beyond the edge.
							}
							if !strings.Contains(got, title+arrow) && !strings.Contains(titles[i], "…") && size[0] > 20 {
								t.Fatalf("%s at %d, clicked %q at %d, want %s: %q", def.Names()[0], size[0], titles[i], x, arrow, got)
							}
							if now := strings.Index(got, title); now >= 0 {
								x = ansi.StringWidth(got[:now]) // Other rows may want other widths.
							}
							d.click(x, y)
						}
						if got := d.top().Info(); size[0] > 20 && !strings.Contains(got, "by "+strings.ToLower(strings.TrimRight(titles[i], "…")[:2])) {
							t.Fatalf("%s: clicked %q, and it is %q", def.Names()[0], titles[i], got)
						}
					}
				})
			}
		}
	}
}

func TestMouse_SecondClickOpens(t *testing.T) {
	onDesk(t, Options{Mouse: true}, shop(), 80, 24, func(t *testing.T, d *desk) {
		y := d.headerLine() + 3
		d.click(5, y)
		o := d.current()
		if d.depth() != 1 {
			t.Fatal("the first click opens")
		}
		d.click(60, y)
		if d.depth() != 2 {
			t.Fatal("the second click opens nothing")
		}
		d.sees(o.Name + " › tasks")
		d.click(5, y) // In the new list it is a first click again.
		if d.depth() != 2 {
			t.Error("a click went through two screens")
		}
	})
}

// TestMouse_TheRowMovesAway moves the rows between two clicks at one place: the
// second selects what came there, and opens nothing.
func TestMouse_TheRowMovesAway(t *testing.T) {
	onDesk(t, Options{Mouse: true}, shop(), 80, 24, func(t *testing.T, d *desk) {
		y := d.headerLine() + 2
		d.click(5, y)
		was := d.current()
		d.press("O")
		d.click(5, y)
		now := d.current()
		if now == was || d.depth() != 1 {
			t.Errorf("%v was selected, %v is now; %d screens", was, now, d.depth())
		}
		d.feed.push(testkit.Cluster(testkit.Nodes(), testkit.Services(), testkit.Tasks()))
		d.rest()
		d.click(5, y)
		if d.depth() != 1 {
			t.Error("a row that is gone was opened")
		}
	})
}

// TestMouse_AnswersNothing clicks every cell while a dialog, a prompt or a page
// is open.
func TestMouse_AnswersNothing(t *testing.T) {
	for _, o := range overlays {
		c := shop()
		if o.scene != nil {
			c = o.scene()
		}
		t.Run(o.name, func(t *testing.T) {
			o.opt.Mouse = true
			onDesk(t, o.opt, c, 40, 10, func(t *testing.T, d *desk) {
				if o.open != nil {
					o.open(d)
				}
				d.wait(dialogGuard)
				writes, removed := len(d.engine.writes), len(d.engine.removed)
				if d.dialog() == nil && d.prompt() == nil && over[*page](d.workspace) == nil {
					return
				}
				before := d.text()
				for y := range 10 {
					for x := range 40 {
						d.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
						d.send(tea.MouseReleaseMsg{X: x, Y: y, Button: tea.MouseLeft})
						d.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseRight})
					}
				}
				if got := d.text(); got != before {
					t.Errorf("clicks changed\n%s\ninto\n%s", before, got)
				}
				d.turn(tea.MouseWheelDown)
				d.turn(tea.MouseWheelUp)
				if len(d.engine.writes) != writes || len(d.engine.removed) != removed {
					t.Error("the mouse wrote")
				}
			})
		})
	}
}

// TestMouse_WritesNothing plays clicks and the wheel at random places.
func TestMouse_WritesNothing(t *testing.T) {
	t.Parallel()
	for _, size := range mouseSizes {
		onDesk(t, Options{Mouse: true}, shop(), size[0], size[1], func(t *testing.T, d *desk) {
			for i := range testkit.Rounds(800) {
				x, y := i*7%size[0], i*13%size[1]
				d.click(x, y)
				d.click(x, y)
				d.turn([]tea.MouseButton{tea.MouseWheelDown, tea.MouseWheelUp}[i/3%2])
				if d.dialog() != nil || len(d.engine.writes)+len(d.engine.removed) > 0 {
					t.Fatal("a click went on to a change")
				}
				if d.depth() > 3 {
					d.press("esc", "esc", "esc", "esc")
				}
			}
		})
	}
}

func TestMouse_WheelScrolls(t *testing.T) {
	big := testkit.BigCluster(20, 60, 1000)
	t.Run("list", func(t *testing.T) {
		onDesk(t, Options{View: "tasks", Mouse: true}, big, 80, 24, func(t *testing.T, d *desk) {
			first := d.headerLine() + 1
			want := d.screenLines()[first+wheelRows]
			d.turn(tea.MouseWheelDown)
			got := d.screenLines()[first]
			if strings.Fields(strings.TrimLeft(got, "› "))[0] != strings.Fields(want)[0] {
				t.Errorf("the first row is %q, want %q", got, want)
			}
			d.press("G")
			last := d.current()
			d.turn(tea.MouseWheelUp)
			d.turn(tea.MouseWheelDown)
			if o := d.current(); d.depth() != 1 || o == last {
				t.Error("the cursor did not stay in the window")
			}
			for range 500 {
				d.turn(tea.MouseWheelDown)
			}
			if d.screenLines()[first+5] == "" {
				t.Error("it scrolls past the end")
			}
		})
	})
	for _, open := range [][]string{{"?"}, {"y"}, {"l"}, {"ctrl+d"}} {
		t.Run(open[0], func(t *testing.T) {
			onDesk(t, Options{Pattern: "shop_cart", Mouse: true}, shop(), 80, 12, func(t *testing.T, d *desk) {
				for i := range 100 {
					d.engine.lines = append(d.engine.lines, "line "+strings.Repeat("x", i%30))
				}
				d.press(open...)
				d.wait(2e9)
				if open[0] == "l" {
					d.turn(tea.MouseWheelUp)
					d.turn(tea.MouseWheelUp)
				}
				before := d.text()
				d.turn(tea.MouseWheelDown)
				down := d.text()
				d.turn(tea.MouseWheelUp)
				if before == down || d.text() != before {
					t.Errorf("the wheel does not scroll there and back:\n%s\n%s\n%s", before, down, d.text())
				}
			})
		})
	}
}

func TestMouse_OffUntilAskedFor(t *testing.T) {
	onDesk(t, Options{}, shop(), 80, 24, func(t *testing.T, d *desk) {
		if d.View().MouseMode != tea.MouseModeNone {
			t.Error("the mouse is on by itself")
		}
		before := d.text()
		d.click(5, d.headerLine()+3)
		d.turn(tea.MouseWheelDown)
		if d.text() != before {
			t.Error("a click is taken while the mouse is off")
		}
		d.command("mouse")
		d.sees("shift+drag", ":mouse switches it off")
		if d.View().MouseMode != tea.MouseModeCellMotion {
			t.Error(":mouse does not switch it on")
		}
		d.command("mouse")
		d.sees("mouse off")
		if d.View().MouseMode != tea.MouseModeNone {
			t.Error(":mouse does not switch it off")
		}
	})
}

func TestMouse_HelpFitsTheSmallestScreen(t *testing.T) {
	if w := ansi.StringWidth(mouseHelp); w > 80 {
		t.Errorf("it is %d wide", w)
	}
}

func TestFilter_DropsDragsOnly(t *testing.T) {
	for _, m := range []tea.Msg{tea.MouseMotionMsg{}, tea.MouseReleaseMsg{}} {
		if Filter(nil, m) != nil {
			t.Errorf("%T is handled", m)
		}
	}
	for _, m := range []tea.Msg{tea.MouseClickMsg{}, tea.MouseWheelMsg{}, key.Press("j"), tea.QuitMsg{}} {
		if Filter(nil, m) != m {
			t.Errorf("%T is dropped", m)
		}
	}
}

// BenchmarkWheel is one notch of the wheel, with the screen it makes.
func BenchmarkWheel(b *testing.B) {
	for _, view := range []string{"services", "tasks"} {
		b.Run(view, func(b *testing.B) {
			a := newApp(b, view, testkit.BigCluster(100, 500, 10_000), 200, 60)
			a.mouse = true
			a.View()
			msgs := []tea.Msg{tea.MouseWheelMsg{Button: tea.MouseWheelDown}, tea.MouseWheelMsg{Button: tea.MouseWheelUp}}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				a.Update(msgs[i/20%2])
				a.View()
			}
		})
	}
}
