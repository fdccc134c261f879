package e2e_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"go.uber.org/goleak"

	"skep/internal/engine"
	"skep/internal/feed"
	"skep/internal/screens"
	"skep/internal/simswarm"
	"skep/internal/testkit"
	"skep/internal/testkit/vterm"
	"skep/ui"
)

// built is where the program was built for tests, if it was.
var built string

func TestMain(m *testing.M) {
	testkit.SideBySide(16)
	// The reader of a program that is killed or panics while an event is on its way
	// sends it to nobody for ever: ultraviolet does not look at the context there.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/charmbracelet/ultraviolet.(*TerminalReader).sendEvents"),
		goleak.Cleanup(func(code int) {
			if built != "" {
				_ = os.RemoveAll(built)
			}
			os.Exit(code)
		}))
}

// slow skips a test in which clocks go by, where it is to be quick.
func slow(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes its time")
	}
}

// connect makes what the console stands on.
func connect(t testing.TB, o engine.Options) ui.Backend {
	t.Helper()
	b, err := screens.Open(context.Background(), o, feed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// demo runs the console on a simulated swarm, in a terminal of a size.
func demo(t *testing.T, opt ui.Options, width, height int, content ...simswarm.Option) (*vterm.Terminal, *simswarm.Swarm) {
	t.Helper()
	if len(content) == 0 {
		content = []simswarm.Option{simswarm.Demo()}
	}
	sim := simswarm.New(content...)
	host, err := sim.Listen()
	if err != nil {
		t.Fatal(err)
	}
	opt.Backend = connect(t, engine.Options{Hosts: []string{host}, ReadOnly: opt.ReadOnly})
	opt.Backend.Demo = true
	app, err := ui.New(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		app.Close()
		sim.Close()
	})
	term := vterm.Start(t, app, width, height)
	return term, sim
}

// calm is longer than a new dialog ignores keys.
func calm() { time.Sleep(350 * time.Millisecond) }

// apply confirms a preview. One that opened or was renewed a moment ago has to
// be read first, and says so.
func apply(term *vterm.Terminal) {
	calm()
	for !confirms(term) {
		term.WaitGone(again)
	}
}

// again is said where a confirmation came too soon.
const again = "press Y again"

// confirms types Y and reports whether that was taken.
func confirms(term *vterm.Terminal) bool {
	term.Type("Y")
	screen := term.Until("Y is taken, or not yet", func(s string) bool {
		return !strings.Contains(s, "Y apply") || strings.Contains(s, again)
	})
	return !strings.Contains(screen, "Y apply")
}

func TestConsole_WalksDownAndUp(t *testing.T) {
	t.Parallel()
	term, _ := demo(t, ui.Options{}, 80, 24)
	screen := term.Wait("services", "shop_api", "DEMO", "live", "more (!)")
	if n := strings.Count(screen, "\n") + 1; n != 24 {
		t.Errorf("the screen has %d lines", n)
	}
	term.Type("/", "shop_a", vterm.Enter)
	term.Wait("1 of ", "/shop_a")
	term.Type(vterm.Enter)
	term.Wait("› shop_api › tasks", "›.1")
	term.Type("d")
	term.Wait("Task shop_api.", "Desired state")
	term.Type("q")
	term.Wait("› shop_api › tasks")
	term.Type("n")
	term.Wait("› nodes", "AVAILABILITY")
	term.Type("q", "q")
	term.Wait("/shop_a")
	term.Type("y")
	term.Wait("(yaml)", "ID: ")
	term.Type("q", "?")
	term.Wait("help", "change the number of replicas")
	term.Type("?")
	term.WaitGone("change the number of replicas")
	term.Type(vterm.Esc)
	term.WaitGone("/shop_a")
	term.Type(":", "st", vterm.Enter)
	term.Wait("stacks", "PROBLEMS", "monitoring")
	term.Type("-")
	term.Wait("services", "UP/WANT", "shop_api")
	term.Type("!")
	term.Wait("› problems", "SUBJECT")
	term.Type("q", "q", "Y")
	if err := term.Exit(); err != nil {
		t.Errorf("ended with %v", err)
	}
	givenBack(t, term.Raw(), modes)
}

func TestConsole_ScalesWithAPreview(t *testing.T) {
	slow(t)
	t.Parallel()
	term, _ := demo(t, ui.Options{View: "services", Pattern: "shop_web"}, 100, 30, simswarm.Demo(), simswarm.WithClock(simswarm.FastClock(5)))
	term.Wait("shop_web", "4/4")
	term.Type("s")
	term.Wait("Replicas: 4")
	calm()
	term.Type("\x7f", "6", vterm.Enter)
	term.Wait("from 4 to 6", "docker service scale shop_web=6", "Y apply")
	calm()
	term.Type(vterm.Enter) // Enter never confirms.
	time.Sleep(100 * time.Millisecond)
	term.Wait("Y apply")
	apply(term)
	term.Wait("done: ", "services")
	term.Wait("6/6", "● ok")
}

func TestConsole_RefusesWhatIsWrong(t *testing.T) {
	slow(t)
	t.Parallel()
	term, _ := demo(t, ui.Options{Pattern: "shop_web"}, 80, 24)
	term.Wait("shop_web", "4/4")
	for _, tt := range []struct{ key, value, says string }{
		{"s", "many", "Replicas"}, {"s", "-1000", "Replicas"}, {"i", "Not An Image!!", "Image"},
	} {
		term.Type(tt.key)
		term.Wait(tt.says + ": ")
		calm()
		term.Type("\x15", tt.value, vterm.Enter) // ctrl+u clears the field
		term.Until("what is wrong with "+tt.value, func(s string) bool {
			return strings.Contains(s, tt.says+": "+tt.value) && strings.Count(s, tt.says+":") >= 2
		})
		term.Type(vterm.Esc)
		term.Wait("UP/WANT")
	}
	term.Type("/", "[")
	term.Wait("invalid regex: missing ]")
	term.Type(vterm.Esc)
	term.Wait("shop_web", "4/4")
	term.Type(":", "nonsense", vterm.Enter)
	term.Wait("unknown command nonsense")
}

func TestConsole_SwallowsKeysOfANewDialog(t *testing.T) {
	t.Parallel()
	opened := time.Now() // The clock stands still: however busy the machine is, the dialog stays new.
	term, sim := demo(t, ui.Options{Pattern: "shop_web", Now: func() time.Time { return opened }}, 80, 24)
	term.Wait("shop_web", "4/4")
	before := len(sim.Requests())
	term.Type("r", "Y", "Y", "Y")
	term.Wait("Y apply", again)
	term.Type("Y", "Y")
	term.Wait("Y apply", again)
	for _, r := range sim.Requests()[before:] {
		if strings.HasPrefix(r, "POST") {
			t.Errorf("keys typed at once with the one that opened the dialog confirmed it: %s", r)
		}
	}
}

func TestConsole_ReadOnlyWritesNothing(t *testing.T) {
	t.Parallel()
	term, sim := demo(t, ui.Options{ReadOnly: true, Pattern: "shop_web"}, 80, 24)
	term.Wait("RO", "shop_web", "4/4")
	for _, key := range []string{"s", "i", "r", "b", "\x04"} {
		term.Type(key)
		term.Wait("--read-only")
		term.Type("j")
		term.WaitGone("--read-only")
	}
	for _, r := range sim.Requests() {
		if !strings.HasPrefix(r, "GET") && !strings.HasPrefix(r, "HEAD") {
			t.Errorf("a request that writes: %s", r)
		}
	}
}

func TestConsole_FollowsLogs(t *testing.T) {
	t.Parallel()
	term, _ := demo(t, ui.Options{Pattern: "shop_web"}, 100, 30)
	term.Wait("shop_web", "4/4")
	term.Type("l")
	term.Wait("shop_web logs", "following", ".1 │")
	term.Type("f")
	term.WaitGone("following")
	term.Type("q")
	term.Wait("UP/WANT")
}

func TestConsole_KeepsTheSnapshotWithoutALeader(t *testing.T) {
	slow(t)
	t.Parallel()
	term, sim := demo(t, ui.Options{}, 100, 30)
	term.Wait("shop_web", "live")
	sim.NoLeader(true)
	term.Wait("STALE", "The swarm has no leader", "shop_web")
	term.Type("s")
	term.Wait("cannot be reached")
	term.Type("!")
	term.Wait("Bring them back")
	term.Type("q")
	sim.NoLeader(false)
	term.Wait("live")
	term.WaitGone("STALE")
}

func TestConsole_AnySizeAndAStormOfSizes(t *testing.T) {
	slow(t)
	t.Parallel()
	term, _ := demo(t, ui.Options{}, 20, 5)
	term.Wait("live")
	for _, size := range [][2]int{{500, 200}, {1, 1}, {80, 24}, {3, 2}, {20, 5}} {
		term.Resize(size[0], size[1])
		time.Sleep(30 * time.Millisecond)
	}
	for i := range 300 {
		term.Send(tea.WindowSizeMsg{Width: 1 + i*7%300, Height: 1 + i*5%90})
	}
	term.Resize(120, 40)
	term.Wait("shop_web", "UP/WANT", "live")
	term.Type("G", "d")
	term.Wait("Service ")
}

// quiet waits until nothing was drawn for a while.
func quiet(term *vterm.Terminal, d time.Duration) {
	sent, since := term.Sent(), time.Now()
	term.Until("nothing to be drawn for "+d.String(), func(string) bool {
		if n := term.Sent(); n != sent {
			sent, since = n, time.Now()
		}
		return time.Since(since) >= d
	})
}

func TestConsole_MovesOnAQuietLine(t *testing.T) {
	slow(t)
	term, _ := demo(t, ui.Options{}, 80, 24, simswarm.Size{Nodes: 10, Services: 60, Tasks: 600})
	term.Wait("live", "UP/WANT")
	quiet(term, time.Second) // What is read at the start has been drawn.
	var costs []int
	for range 10 {
		before := term.Sent()
		term.Type("j")
		term.Until("the move", func(string) bool { return term.Sent() > before })
		quiet(term, 50*time.Millisecond)
		costs = append(costs, term.Sent()-before)
	}
	// Another change of the screen may fall into one of the moves, hardly into
	// most of them.
	cheap := 0
	for _, c := range costs {
		if c > 0 && c <= 300 {
			cheap++
		}
	}
	if cheap < 6 {
		t.Errorf("cursor moves cost %v bytes, more than 300 in most of them", costs)
	}
	t.Log(fmt.Sprint("bytes a cursor move: ", costs))
}
