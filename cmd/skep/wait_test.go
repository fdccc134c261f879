package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/converge"
	"skep/internal/testkit"
	"skep/model"
)

func TestWait_CommandLine(t *testing.T) {
	t.Parallel()
	host := shop(t)
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"wait", exitUsage, "name services or stacks, or say --all"},
		{"wait --all web", exitUsage, "name none"},
		{"wait web --timeout -1s", exitUsage, "less than nothing"},
		{"wait nothing", exitFailure, `there is no service or stack "nothing"`},
		{"wait shop_api --timeout 20s", 4, "shop_api: paused: update paused due to failure or early termination of task"},
		{"wait shop_search --timeout 1s", 5, "shop_search: cannot be placed: shop_search.1: no suitable node"},
	} {
		out, errs, code := skep(t, append(strings.Fields(tt.args), "-H", host)...)
		if code != tt.code || !strings.Contains(errs, tt.want) {
			t.Errorf("skep %s: %d, no %q in %s%s", tt.args, code, tt.want, out, errs)
		}
	}
	out, _, code := skep(t, "wait", "shop_api", "-o", "json", "-H", host)
	var r converge.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 4 || r.ExitCode != 4 || len(r.Services) != 1 || r.Services[0].Culprit == nil {
		t.Errorf("%d, %v: %s", code, err, out)
	}
}

// TestWait_AfterAVerb: what a verb has written is waited for, and nothing older.
func TestWait_AfterAVerb(t *testing.T) {
	t.Parallel()
	testkit.OnlySlow(t, "waits for the monitor window of 10 s, twice")
	host := shop(t)
	out, errs, code := skep(t, "scale", "shop_cart", "4", "--yes", "--wait", "--timeout", "60s", "-H", host)
	if code != 0 || !strings.Contains(out, "1 done") || !strings.Contains(out, "shop_cart: converged in") || !strings.Contains(out, "4 of 4 are up") {
		t.Errorf("%d, %s%s", code, out, errs)
	}
	out, _, code = skep(t, "scale", "shop_cart", "0", "--yes", "--wait", "-o", "json", "-H", host)
	var r planReport
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 || r.Outcome != "1 done" || r.Wait == nil || r.Wait.Outcome != "converged" {
		t.Errorf("as JSON: %d, %v, %s", code, err, out)
	}
}

func TestWait_EndsInTimeAfterAVerb(t *testing.T) {
	t.Parallel()
	host := shop(t)
	_, errs, code := skep(t, "drain", "fra1-wrk1", "--yes", "--wait", "--timeout", "1s", "-H", host)
	if code < 4 || !strings.Contains(errs, "shop_") {
		t.Errorf("drain: %d, %s", code, errs)
	}
}

// TestWait_GivenUpAfterAVerb: whoever ends the waiting is told that the write stays,
// and who reads JSON what was written.
func TestWait_GivenUpAfterAVerb(t *testing.T) {
	t.Parallel()
	host := shop(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	var stdout, stderr bytes.Buffer
	c := command()
	c.SetArgs([]string{"drain", "fra1-wrk1", "--yes", "--wait", "-o", "json", "-H", host})
	c.SetOut(&stdout)
	c.SetErr(&stderr)
	ended := make(chan int)
	go func() { ended <- tell(&stderr, c.ExecuteContext(ctx)) }()
	var n swarm.Node
	for n.Spec.Availability != swarm.NodeAvailabilityDrain {
		askSwarm(t, host, "/nodes/fra1-wrk1", &n)
		time.Sleep(20 * time.Millisecond)
	}
	cancel(signalError{syscall.SIGINT})
	code := <-ended
	var r planReport
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil || r.Outcome != "1 done" || r.Wait != nil {
		t.Errorf("%v: %s", err, stdout.String())
	}
	if want := "no longer waited for"; code != 128+int(syscall.SIGINT) || !strings.Contains(stderr.String(), want) {
		t.Errorf("%d, no %q in %s", code, want, stderr.String())
	}
}

// TestProgress_IsALineForEachChange where there is no terminal.
func TestProgress_IsALineForEachChange(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out, false)
	state := converge.State{Elapsed: time.Second, Services: []model.Convergence{{Name: "web", Outcome: model.OutcomeMoving, Suspect: model.OutcomeMoving, Why: "0 of 1 new"}}}
	p.show(state)
	p.show(state)
	state.Services[0].Why = "1 of 1 are up"
	p.show(state)
	p.end()
	if want := "1s  web: in progress: 0 of 1 new\n1s  web: in progress: 1 of 1 are up\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
	if out.Reset(); !newProgress(&out, true).quiet {
		t.Error("who asks for JSON is told of each change")
	}
}
