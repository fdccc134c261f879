package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/adrg/xdg"

	"skep/actions"
	"skep/internal/journal"
)

// TestAct_PreviewsAsksAndWrites goes through the verbs without a screen, where
// there is no terminal to ask on.
func TestAct_PreviewsAsksAndWrites(t *testing.T) {
	t.Cleanup(xdg.Reload)
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	xdg.Reload()
	host := shop(t)
	out, errs, code := skep(t, "scale", "shop_cart", "5", "-H", host)
	if code != exitFailure || !strings.Contains(out, "scale shop_cart from 3 to 5 replicas\n\nIMPACT\n") || !strings.Contains(errs, "--yes") {
		t.Errorf("unasked: %d, %s%s", code, out, errs)
	}
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"scale", "shop_cart", "5", "--yes"}, 0, "1 done"},
		{[]string{"scale", "shop_cart", "5", "--yes"}, exitFailure, "already has 5 replicas"},
		{[]string{"stop", "shop_cart", "--yes"}, 0, "1 done"},
		{[]string{"start", "shop_cart", "-y"}, 0, "start shop_cart again with 5 replicas"},
		{[]string{"restart", "shop_cart", "shop_web", "-y"}, 0, "2 done"},
		{[]string{"pause", "fra1-wrk1", "-y"}, 0, "1 done"},
		{[]string{"restart", "nothing", "-y"}, exitFailure, `there is no service "nothing"`},
		{[]string{"restart", "shop_cart", "--read-only", "-y"}, exitFailure, "read-only"},
		{[]string{"scale", "shop_cart", "-y"}, exitUsage, "at least 2"},
		{[]string{"restart"}, exitUsage, "at least 1"},
	} {
		out, errs, code := skep(t, append(tt.args, "-H", host)...)
		if code != tt.code || !strings.Contains(out+errs, tt.want) {
			t.Errorf("%v: %d, no %q in %s%s", tt.args, code, tt.want, out, errs)
		}
	}
	var r planReport
	out, _, code = skep(t, "activate", "fra1-wrk1", "-y", "-o", "json", "-H", host)
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 || r.Outcome != "1 done" || len(r.Commands) != 1 {
		t.Errorf("as JSON: %d, %v, %s", code, err, out)
	}
	lines, err := os.ReadFile(journal.Path())
	if got := strings.Count(string(lines), `"phase":"outcome"`); err != nil || got != 7 {
		t.Errorf("%d outcomes in the journal, %v\n%s", got, err, lines)
	}
}

func TestConfirmed(t *testing.T) {
	for _, tt := range []struct {
		confirm actions.Confirm
		typed   string
		want    bool
	}{
		{actions.Confirm{Gate: actions.GateKey}, "Y\n", true}, {actions.Confirm{Gate: actions.GateKey}, "y\n", false}, {actions.Confirm{Gate: actions.GateKey}, "\n", false},
		{actions.Confirm{Gate: actions.GateName, Name: "web"}, "web\n", true}, {actions.Confirm{Gate: actions.GateName, Name: "web"}, "Y\n", false},
		{actions.Confirm{Gate: actions.GateName, Name: "web"}, "", false},
	} {
		var asked strings.Builder
		if got := confirmed(strings.NewReader(tt.typed), &asked, tt.confirm); got != tt.want || asked.Len() == 0 {
			t.Errorf("%+v: %q is taken: %v", tt.confirm, tt.typed, got)
		}
	}
}
