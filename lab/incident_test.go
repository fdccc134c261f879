package lab

import (
	"context"
	"testing"
	"time"
)

// TestIncident_LogFlood stages the one incident that is no problem, and so is not among
// those that are diagnosed: there all others are seen to show.
func TestIncident_LogFlood(t *testing.T) {
	Once(t)
	t.Parallel()
	l := Up(t, Managers(1), Workers(1))
	if l.Shows(t.Context(), "log-flood") == nil {
		t.Error("it shows before it was staged")
	}
	l.Stage(t, "log-flood")
	if err := l.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l.Shows(t.Context(), "log-flood") == nil {
		t.Error("it still shows after a reset")
	}
}

func TestIncidents_AreNamedAndDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, i := range Incidents() {
		if i.Name == "" || i.About == "" || i.stage == nil || i.check == nil {
			t.Errorf("%q is incomplete", i.Name)
		}
		if seen[i.Name] {
			t.Errorf("%q is there twice", i.Name)
		}
		seen[i.Name] = true
	}
}

func TestIncident_SaysWhatTheLabLacks(t *testing.T) {
	tests := []struct {
		name     string
		incident Incident
		config   Config
		want     string
	}{
		{"enough", Incident{Name: "x", Managers: 3, Workers: 1}, Config{Managers: 3, Workers: 1}, ""},
		{"managers", Incident{Name: "x", Managers: 3}, Config{Managers: 1}, "x needs a lab of 3 managers"},
		{"workers", Incident{Name: "x", Workers: 1}, Config{Managers: 3}, "x needs a lab of 1 workers"},
		{"login", Incident{Name: "x", Login: true}, Config{Registry: true}, "x needs a lab whose registry wants a login"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := tt.incident.fits(tt.config); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("fits = %q, want %q", got, tt.want)
			}
		})
	}
	l := &Lab{Config: Config{Managers: 1}}
	for _, name := range []string{"leader-down", "no-such"} {
		if err := l.StageIncident(context.Background(), name); err == nil {
			t.Errorf("staged %s in a lab of one", name)
		}
	}
}

func TestAllWait_WantsEveryTask(t *testing.T) {
	tasks := func(states ...string) (all []task) {
		for _, s := range states {
			one := task{DesiredState: "running"}
			one.Status.State, one.Status.Err = s, "no room"
			if s == "shutdown" {
				one.DesiredState = s
			}
			all = append(all, one)
		}
		return all
	}
	tests := []struct {
		tasks  []task
		reason string
		want   bool
	}{
		{tasks("pending", "pending"), "room", true},
		{tasks("pending", "shutdown"), "room", true}, // What ran before.
		{tasks("pending", "pending", "running"), "room", false},
		{tasks("pending", "new"), "room", false},
		{tasks("pending"), "another reason", false},
		{nil, "room", false},
	}
	for _, tt := range tests {
		if err := allWait(tt.tasks, tt.reason); (err == nil) != tt.want {
			t.Errorf("%v: %v, want that all wait: %v", tt.tasks, err, tt.want)
		}
	}
}

func TestSlowPulls_KeepATaskPreparing(t *testing.T) {
	t.Parallel()
	l := Up(t, SlowPulls())
	s := &scene{Lab: l, ctx: context.Background(), name: "slow"}
	if err := s.create("shop/never-built:9"); err != nil {
		t.Fatal(err)
	}
	preparing := func() error {
		return s.expect(1, func(t task) bool { return t.Status.State == "preparing" })
	}
	Eventually(t, time.Minute, preparing)
	// A pull that is refused at once is over by now.
	time.Sleep(4 * time.Second)
	if err := preparing(); err != nil {
		t.Error(err)
	}
}
