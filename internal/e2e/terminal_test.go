package e2e_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"skep/internal/engine"
	"skep/internal/simswarm"
	"skep/internal/testkit/vterm"
	"skep/ui"
)

// watched keeps what the console drew last, and panics on request.
type watched struct {
	tea.Model
	mu   *sync.Mutex
	last *string
}

type panicMsg struct{}

func (w watched) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(panicMsg); ok {
		panic("on purpose")
	}
	m, cmd := w.Model.Update(msg)
	w.Model = m
	return w, cmd
}

func (w watched) View() tea.View {
	v := w.Model.View()
	w.mu.Lock()
	*w.last = v.Content
	w.mu.Unlock()
	return v
}

// lines are the lines of a screen without looks and trailing blanks.
func lines(screen string) string {
	var out []string
	for l := range strings.SplitSeq(ansi.Strip(screen), "\n") {
		out = append(out, strings.TrimRight(l, " \r"))
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n")
}

func startWatched(t *testing.T) (*vterm.Terminal, func() string) {
	t.Helper()
	sim := simswarm.New(simswarm.Demo())
	host, err := sim.Listen()
	if err != nil {
		t.Fatal(err)
	}
	b := connect(t, engine.Options{Hosts: []string{host}})
	b.Demo = true
	app, err := ui.New(context.Background(), ui.Options{Backend: b, Mouse: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		app.Close()
		sim.Close()
	})
	w := watched{Model: app, mu: new(sync.Mutex), last: new(string)}
	return vterm.Start(t, w, 80, 24), func() string {
		w.mu.Lock()
		defer w.mu.Unlock()
		return *w.last
	}
}

// TestTerminal_ShowsWhatViewDrew compares the cells of the terminal with what
// View returned, after each of many keys: what the renderer sends as a
// difference has to add up to the whole.
func TestTerminal_ShowsWhatViewDrew(t *testing.T) {
	slow(t)
	t.Parallel()
	term, drawn := startWatched(t)
	term.Wait("shop_web", "live")
	keys := strings.Split("j j G k w w O O d j G g w q y G q ? q l f w t t q / w e b \r \x15 : n o d e s \r j d q ! j q - : t \r h G k 0 1 0", " ")
	for i, key := range keys {
		term.Type(key)
		time.Sleep(30 * time.Millisecond) // About two frames: else it is the screen before the key.
		same := false
		var got, want string
		for end := time.Now().Add(10 * time.Second); !same && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			want, got = lines(drawn()), lines(term.Screen())
			same = got == want
		}
		if !same {
			t.Fatalf("after key %d (%q) the terminal shows\n%s\n\nand View drew\n%s", i, key, got, want)
		}
	}
}

// modes are what the program switches on in the terminal, mouseModes what it
// does for the mouse.
var (
	modes      = map[string]string{"?1049": "alternate screen", "?2004": "bracketed paste", "?1004": "focus reports"}
	mouseModes = map[string]string{"?1002": "the mouse", "?1006": "the mouse's places"}
)

// givenBack fails the test if the terminal is left in a mode that the program
// has switched on, or without its cursor.
func givenBack(t *testing.T, raw string, modes map[string]string) {
	t.Helper()
	for mode, name := range modes {
		on, off := strings.LastIndex(raw, "\x1b["+mode+"h"), strings.LastIndex(raw, "\x1b["+mode+"l")
		if on < 0 || off < on {
			t.Errorf("%s: switched on at %d, off at %d", name, on, off)
		}
	}
	if on, off := strings.LastIndex(raw, "\x1b[?25h"), strings.LastIndex(raw, "\x1b[?25l"); on < off {
		t.Errorf("the cursor is still hidden: shown at %d, hidden at %d", on, off)
	}
}

// TestTerminal_IsGivenBackAfterAPanic looks for the modes that the program has
// switched on.
func TestTerminal_IsGivenBackAfterAPanic(t *testing.T) {
	term, _ := startWatched(t)
	term.Wait("shop_web", "live")
	term.Send(panicMsg{})
	if err := term.Exit(); err == nil {
		t.Error("a panic is no error")
	}
	raw := term.Raw()
	givenBack(t, raw, modes)
	givenBack(t, raw, mouseModes)
}
