package vterm

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// app is a program whose only key may end it or hang it.
type app struct {
	quit bool
	hang <-chan struct{}
}

func (a app) Init() tea.Cmd  { return nil }
func (a app) View() tea.View { return tea.NewView("the app") }
func (a app) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, key := msg.(tea.KeyPressMsg); key {
		if a.quit {
			return a, tea.Quit
		}
		<-a.hang
	}
	return a, nil
}

// failing is a test that notes how it fails.
type failing struct {
	testing.TB
	why string
}

func (f *failing) Fatalf(format string, args ...any) {
	f.why = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// typed types until the test fails, and gives the reason.
func typed(t *testing.T, a app) string {
	f := &failing{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		v := Start(f, a, 20, 2)
		v.Wait("the app")
		v.patience = 200 * time.Millisecond
		for range 300 {
			v.Type("x")
		}
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("Type blocks")
	}
	return f.why
}

func TestType_ProgramEnded(t *testing.T) {
	if why := typed(t, app{quit: true}); !strings.Contains(why, "no more keys") && !strings.Contains(why, "has ended") {
		t.Errorf("the test fails because %q", why)
	}
}

func TestType_ProgramHangs(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	if why := typed(t, app{hang: hang}); !strings.Contains(why, "does not read") || !strings.Contains(why, "the app") {
		t.Errorf("the test fails because %q", why)
	}
}
