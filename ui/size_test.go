package ui

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/internal/testkit"
	"skep/model"
	"skep/ui/views"
)

var oddSizes = [][2]int{{0, 0}, {1, 1}, {2, 1}, {1, 50}, {300, 1}, {3, 2}, {5, 3}, {10, 4}, {20, 5}, {13, 9}, {9, 14}, {500, 200}, {-4, 7}, {3000, 3000}, {65535, 65535}, {65535, 1}, {1, 65535}}

func TestSize_AnyWindow(t *testing.T) {
	t.Parallel()
	turn := 0
	onEachOverlay(t, 80, 24, func(t *testing.T, d *desk) {
		want := d.text()
		turn++
		for _, s := range testkit.SomeAt(oddSizes, turn) {
			d.send(tea.WindowSizeMsg{Width: s[0], Height: s[1]})
			d.frame()
		}
		d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
		// The widths of columns and the place in a text may differ, the frame
		// does not.
		if len(d.text()) == 0 || d.text()[:4] != want[:4] {
			t.Errorf("after the storm:\n%s\nbefore:\n%s", d.text(), want)
		}
	})
	for i, def := range views.All {
		for _, s := range testkit.SomeAt(oddSizes, i) { // And opened at that size.
			onDesk(t, Options{View: def.Names()[0]}, shop(), s[0], s[1], func(t *testing.T, d *desk) { moves(d) })
		}
	}
}

func TestSize_StormKeepsTheSelection(t *testing.T) {
	onDesk(t, Options{View: "tasks"}, testkit.BigCluster(20, 60, 1000), 80, 24, func(t *testing.T, d *desk) {
		d.press("ctrl+f", "ctrl+f", "j", "space")
		want := d.current()
		for i := range 2000 {
			d.send(tea.WindowSizeMsg{Width: i * 7 % 300, Height: i * 5 % 90})
		}
		d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
		if got := d.current(); got != want {
			t.Errorf("the cursor is on %v, was on %v", got, want)
		}
		d.sees("›"+want.Name, "1 marked")
	})
}

// FuzzApp presses keys and sends other messages in any order: nothing panics,
// and the screen always fits the window.
func FuzzApp(f *testing.F) {
	f.Add([]byte("jjsG!/web\r\x01qd"))
	f.Add([]byte("\x02\x10\x01s9\ry:tasks\r h?\x1bOOw"))
	f.Add([]byte("2l\x03f\x03\x05\x04-:svc x\rd/[x\r"))
	f.Add([]byte("\x06 \x06r\x06y\x07\x08cnrcun\x04"))
	f.Add([]byte("\x0b\x0b\x0c\x0br\x0b\x0c\x1b?\x0c\x0b\x1bl\x0c\x02\x0b"))
	snapshots := []*model.Cluster{shop(), testkit.BigCluster(5, 20, 100), old(), troubled(model.NotSwarm),
		shop(testkit.Outage(noLeader())), testkit.Cluster(testkit.Nodes(), testkit.Services(), testkit.Tasks())}
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 300 {
			return
		}
		// The bubble belongs to a test of its own.
		t.Run("play", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, Options{Contexts: &fakeContexts{}, Mouse: true}, snapshots[0], 80, 24)
				defer d.leave()
				for i, b := range script {
					d.play(t, i, b, snapshots)
					if t.Failed() {
						t.Fatalf("after %q", script[:i+1])
					}
				}
			})
		})
	})
}

// play turns a byte into a message: printable ones are keys.
func (d *desk) play(t *testing.T, i int, b byte, snapshots []*model.Cluster) {
	special := []string{"esc", "tab", "backspace", "up", "down", "left", "right", "pgdown", "shift+left", "shift+right", "ctrl+d", "ctrl+r", "home", "end"}
	switch {
	case b == '\r':
		d.press("enter")
	case b == ' ':
		d.press("space")
	case b == 0x1b:
		d.press("esc")
	case b > ' ' && b < 0x7f && b != 'x': // x leaves the terminal to a shell.
		d.press(string(rune(b)))
	case b == 1:
		d.wait(dialogGuard)
	case b == 2:
		d.send(tea.WindowSizeMsg{Width: i * 37 % 210, Height: i * 13 % 61})
	case b == 3:
		d.wait(7 * time.Second)
	case b == 4:
		d.send(tea.PasteMsg{Content: "web\x1b[2J日本\n"})
	case b == 5:
		d.send(tea.BlurMsg{})
	case b == 6:
		d.send(tea.FocusMsg{})
	case b == 0x0b:
		d.click(i*11%80, i*5%24)
	case b == 0x0c:
		d.turn([]tea.MouseButton{tea.MouseWheelDown, tea.MouseWheelUp}[i%2])
	case b >= 0x80 && int(b-0x80) < len(special):
		d.press(special[b-0x80])
	default:
		c := snapshots[int(b)%len(snapshots)]
		d.engine.show(c)
		d.feed.push(c)
		d.rest()
	}
	d.frame()
}

// TestPlay_AnyOrder is a long walk through the console with a seed each.
func TestPlay_AnyOrder(t *testing.T) {
	t.Parallel()
	snapshots := []*model.Cluster{shop(), testkit.BigCluster(5, 20, 100), old(), shop(testkit.Outage(noLeader()))}
	likely := []byte("jjjjkkGgdyl!?:/wOh scirbuqn-0123\r\r\r\x1b\x1b\x01\x01\x02\x03\x04\x07\x08\x80\x81\x83\x84\x87\x88\x89\x8a\x0b\x0b\x0c\x0c")
	for seed := range testkit.Rounds(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, Options{Contexts: &fakeContexts{}, Mouse: true}, snapshots[0], 80, 24)
				defer d.leave()
				random := rand.New(rand.NewPCG(1, uint64(seed)))
				var script []byte
				for i := range 300 {
					script = append(script, likely[random.IntN(len(likely))])
					d.play(t, i, script[i], snapshots)
					if t.Failed() {
						t.Fatalf("after %q", script)
					}
				}
			})
		})
	}
}
