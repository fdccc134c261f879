package e2e_test

import (
	"context"
	"testing"
	"time"

	"skep/internal/engine"
	"skep/internal/testkit/fault"
	"skep/internal/testkit/vterm"
	"skep/lab"
	"skep/ui"
)

// TestLab_Faults puts the faults before a real manager's socket.
func TestLab_Faults(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	l := lab.Up(t, lab.Managers(1))
	l.Image(t, "app:1", lab.Command("sh", "-c", "i=0; while true; do i=$((i+1)); echo line $i; sleep 0.3; done"))
	m := l.Manager(0)
	docker(t, m, "service", "create", "--detach", "--name", "wiki", "--replicas", "2", "--no-resolve-image", "app:1")
	docker(t, m, "service", "create", "--detach", "--name", "web", "--no-resolve-image", "app:1")
	proxy := fault.New(t, m.Host())
	app, err := ui.New(context.Background(), ui.Options{Backend: connect(t, engine.Options{Hosts: []string{proxy.Host()}}), Pattern: "w"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(app.Close)
	s := &shaky{Terminal: vterm.Start(t, app, 160, 40), t: t, proxy: proxy}
	s.live("web", "1/1", "wiki", "2/2")
	s.Type("j")
	path, _ := s.standing("/w", "wiki")

	replicas := 2
	for _, kind := range []string{"delay", "cut", "500", "silence", "some silence", "garbage", "429", "refused"} {
		f := troubles[kind]
		proxy.Set(rule(f.fault, "GET", "^/services$"))
		// Each time the other number: what changed meanwhile is seen afterwards.
		replicas = 5 - replicas
		docker(t, m, "service", "scale", "--detach", "wiki="+string(rune('0'+replicas)))
		s.Wait(f.mark, "web", "wiki", "1/1")
		if f.words != "" {
			s.Type("!")
			s.says(f.words)
			s.Type(vterm.Esc)
			s.WaitGone("outage")
		}
		proxy.Clear()
		n := string(rune('0' + replicas))
		screen := s.live(n+"/"+n, "1/1")
		if p, row := stands(screen); p != path || row != "wiki" {
			t.Errorf("%s: stood on %q, now %q, row %q", kind, path, p, row)
		}
	}

	// A write whose answer is lost is made once, and known to be made.
	s.Type("s")
	s.Wait("Replicas: ")
	calm()
	s.Type(clear, "1", vterm.Enter)
	s.Wait("Y apply")
	s.apply(on(fault.Cut{}))
	s.says("answer was lost, but the change was made")
	proxy.Clear()
	s.live("wiki", "1/1")
	if got := proxy.Count("^POST "); got != 1 {
		t.Errorf("%d writes", got)
	}
	wantDocker(t, m, "1", "service", "inspect", "--format", "{{.Spec.Mode.Replicated.Replicas}}", "wiki")

	// A log goes on where it was cut.
	s.Type("l")
	s.until("the log", func() bool { return last(said(s.Screen())[".1"]) > 0 })
	for range 2 {
		s.until("the stream", func() bool { return proxy.Sever("/logs$") == 1 })
		time.Sleep(time.Second)
	}
	s.Wait("connection lost, resumed after")
	before := last(said(s.Screen())[".1"])
	s.until("new lines", func() bool { return last(said(s.Screen())[".1"]) > before+4 })
	s.consecutive()
}
