package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adrg/xdg"

	"skep/actions"
	"skep/internal/journal"
	"skep/model"
)

// TestAct_PreviewsAsksAndWrites goes through the verbs without a screen, where
// there is no terminal to ask on.
func TestAct_PreviewsAsksAndWrites(t *testing.T) {
	host := shopWithState(t)
	out, errs, code := skep(t, "scale", "shop_cart", "5", "-H", host)
	if code != exitRefused || !strings.Contains(out, "scale shop_cart from 3 to 5 replicas\n\nIMPACT\n") || !strings.Contains(errs, "--yes") {
		t.Errorf("unasked: %d, %s%s", code, out, errs)
	}
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"scale", "shop_cart", "5", "--yes"}, 0, "1 done"},
		{[]string{"scale", "shop_cart", "5", "--yes"}, 0, "already has 5 replicas"},
		{[]string{"scale", "shop_cart", "five", "--yes"}, exitUsage, "is not a number"},
		{[]string{"scale", "shop_cart", "-2", "--yes"}, exitUsage, "skep scale web -- -2"},
		{[]string{"scale", "shop_cart", "--", "-1"}, exitRefused, "from 5 to 4"},
		{[]string{"env", "shop_cart", "shop_web", `J={"a":1}`, "B=x y", "NONE-", "-y"}, 0, `Env[J]: + {"a":1}`},
		{[]string{"env", "shop_cart", "B=x y", `J={"a":1}`, "-y"}, 0, "nothing would change"},
		{[]string{"env", "shop_cart", "B", "-y"}, exitUsage, "(NAME=VALUE)"},
		{[]string{"constraint", "shop_cart", "node.role==worker", "node.labels.a!=b"}, exitRefused, "Constraints: + "},
		{[]string{"resources", "shop_cart", "--limit-memory", "512m", "--limit-cpu", "0.5"}, exitRefused, "Limits.MemoryBytes: "},
		{[]string{"resources", "shop_cart", "--limit-memory", "much"}, exitUsage, "Memory limit: "},
		{[]string{"resources", "shop_cart", "-y"}, exitUsage, "limit-memory"},
		{[]string{"constraint", "shop_cart", "", "--spread", "node.labels.zone"}, exitRefused, "--placement-pref-add spread=node.labels.zone"},
		{[]string{"resume", "shop_cart", "-y"}, exitRefused, "no update of it is paused"},
		{[]string{"restart", "shop_api"}, exitRefused, "BETTER FIRST\n  skep rollback shop_api\n"},
		{[]string{"edit", "shop_cart", "-y"}, exitRefused, "no terminal for an editor"},
		{[]string{"stop", "shop_cart", "--yes"}, 0, "--replicas 0 --label-add skep.replicas=5 shop_cart"},
		{[]string{"stop", "shop_cart", "--yes"}, 0, "it is stopped already"},
		{[]string{"start", "shop_cart", "-y"}, 0, "start shop_cart again with 5 replicas"},
		{[]string{"restart", "shop_cart", "shop_web", "-y"}, 0, "2 done"},
		{[]string{"pause", "fra1-wrk1", "-y"}, 0, "1 done"},
		{[]string{"pause", "fra1-wrk1", "-y"}, 0, "already paused"},
		{[]string{"restart", "nothing", "-y"}, exitFailure, `there is no service "nothing"`},
		{[]string{"restart", "shop_cart", "--read-only", "-y"}, exitRefused, "read-only"},
		{[]string{"scale", "shop_cart", "-y"}, exitUsage, "skep scale SERVICE... REPLICAS"},
		{[]string{"restart"}, exitUsage, "skep restart SERVICE"},
	} {
		out, errs, code := skep(t, append([]string{tt.args[0], "-H", host}, tt.args[1:]...)...)
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
	if got := strings.Count(string(lines), `"phase":"outcome"`); err != nil || got != 9 {
		t.Errorf("%d outcomes in the journal, %v\n%s", got, err, lines)
	}
}

// TestAct_FlagsThatMeanNothing are refused: what was asked for would not be done.
func TestAct_FlagsThatMeanNothing(t *testing.T) {
	host := shopWithState(t)
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"drain fra1-wrk1 --hard -y", exitUsage, "--hard is for --gentle only"},
		{"restart shop_cart --timeout 1m -y", exitUsage, "--timeout is for --wait only"},
		{"switch shop_cart --back --steps 10 -y", exitUsage, "back steps"},
		{"upgrade --end --hard -y", exitUsage, "end hard"},
		{"upgrade --end -y", 0, "nothing would change: no upgrade is under way"},
		{"upgrade --end fra1-wrk1 -y", 0, "it is not to be upgraded"},
	} {
		out, errs, code := skep(t, append([]string{"-H", host}, strings.Fields(tt.args)...)...)
		if code != tt.code || !strings.Contains(out+errs, tt.want) {
			t.Errorf("%s: %d, no %q in %s%s", tt.args, code, tt.want, out, errs)
		}
	}
}

// TestAct_TextOfAFile: what an editor would be for otherwise comes from a file, or
// from standard input.
func TestAct_TextOfAFile(t *testing.T) {
	host := shopWithState(t)
	file := func(text string) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "text.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const order = "UpdateConfig:\r\n  Parallelism: 2\r\n  Delay: 10s\r\n  Order: start-first\r\n  FailureAction: pause\r\n  MaxFailureRatio: 0\r\n"
	for _, tt := range []struct {
		name, verb, text string
		stdin            bool
		yes              bool
		code             int
		want             string
	}{
		{"previews", "rollout-config", order, false, false, exitRefused, "Parallelism: "},
		{"is wrong", "rollout-config", "UpdateConfig:\n  Parallelism: many\n", false, true, exitUsage, "--file: line 2: "},
		{"writes", "rollout-config", order, false, true, 0, "1 done"},
		{"says the same", "rollout-config", order, true, true, 0, "nothing would change"},
		{"from standard input", "mounts", "Mounts:\n  - {Type: volume, Source: data, Target: /data}\n", true, true, 0, "1 done"},
		{"takes away", "mounts", "Mounts: []\n", true, true, 0, "1 done"},
		{"whole, as JSON, and nothing is there", "edit", "{}", true, true, exitUsage, "--file: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := []string{tt.verb, "shop_cart", "-H", host, "--file"}
			if tt.stdin {
				args = append(args, "-")
			} else {
				args = append(args, file(tt.text))
			}
			if tt.yes {
				args = append(args, "-y")
			}
			out, errs, code := skepReading(t, tt.text, args...)
			if code != tt.code || !strings.Contains(out+errs, tt.want) {
				t.Errorf("%d, no %q in %s%s", code, tt.want, out, errs)
			}
		})
	}
	var whole struct {
		ID      string
		Version struct{ Index uint64 }
		Spec    map[string]any
	}
	askSwarm(t, host, "/services/shop_cart", &whole)
	whole.Spec["Labels"] = map[string]string{"from": "file"}
	inspected, err := json.Marshal([]any{whole})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, service string
		code          int
		want          string
	}{
		{"of another", "shop_web", exitUsage, "--file is of another service: " + whole.ID},
		{"as it is", "shop_cart", 0, "1 done"},
		{"once more, which is another version", "shop_cart", exitRefused, "shop_cart has changed since the file was written, from version "},
	} {
		out, errs, code := skep(t, "edit", tt.service, "-H", host, "-y", "-f", file(string(inspected)))
		if code != tt.code || !strings.Contains(out+errs, tt.want) {
			t.Errorf("inspected, %s: %d, no %q in %s%s", tt.name, code, tt.want, out, errs)
		}
	}
	if _, errs, code := skep(t, "edit", "shop_cart", "-H", host, "-y", "-f", "/nowhere"); code != exitFailure || !strings.Contains(errs, "/nowhere") {
		t.Errorf("a file that is not there: %d, %s", code, errs)
	}
}

// askSwarm reads an object as the engine gives it.
func askSwarm(t *testing.T, host, path string, out any) {
	t.Helper()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", strings.TrimPrefix(host, "unix://"))
	}
	transport := &http.Transport{DialContext: dial}
	defer transport.CloseIdleConnections()
	answer, err := (&http.Client{Transport: transport}).Get("http://docker" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if err := json.NewDecoder(answer.Body).Decode(out); err != nil {
		t.Fatal(err)
	}
}

func FuzzInspected(f *testing.F) {
	f.Add(`[{"ID":"a","Version":{"Index":1},"Spec":{}}]`)
	f.Fuzz(func(t *testing.T, text string) {
		if o, whole := readInspected(text); whole && (o.ID == "" || o.Version == nil || !json.Valid(o.Spec)) {
			t.Errorf("%q: %+v", text, o)
		}
	})
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
		if got, err := confirmed(strings.NewReader(tt.typed), &asked, tt.confirm); got != tt.want || err != nil || asked.Len() == 0 {
			t.Errorf("%+v: %q is taken: %v, %v", tt.confirm, tt.typed, got, err)
		}
	}
}

// TestHintUndo_OfWhatWentOn: the newest of the journal is then a step that is not undone by
// itself, but of a gentle drain.
func TestHintUndo_OfWhatWentOn(t *testing.T) {
	for verb, hints := range map[string]map[bool]bool{
		"scale": {false: true}, "rebalance": {false: true, true: false}, "gentle-drain": {false: true, true: true},
	} {
		for wentOn, want := range hints {
			ref := model.ServiceID("web").Ref()
			spec := func(replicas string) json.RawMessage {
				return json.RawMessage(`{"Name":"web","Mode":{"Replicated":{"Replicas":` + replicas + `}}}`)
			}
			step := actions.Step{Op: actions.OpUpdate, Ref: ref, Edits: []actions.Edit{{Path: []string{"Mode", "Replicated", "Replicas"}, Value: 4}}}
			plan := actions.Plan{Verb: verb, Target: actions.Target{Ref: ref, Name: "web"}, Goes: verb != "scale", Steps: []actions.Step{step}}
			done := actions.StepResult{Ref: ref, Before: model.Document{Ref: ref, Spec: spec("3")}, After: spec("4")}
			var r planReport
			r.hintUndo([]actions.Plan{plan}, []actions.Result{{Steps: []actions.StepResult{done}}}, wentOn)
			if got := strings.Contains(r.Outcome, "skep undo"); got != want {
				t.Errorf("%s, went on %t: %q", verb, wentOn, r.Outcome)
			}
		}
	}
}

// TestAct_InAGuardedContext: neither -H nor a yes of yesterday goes round the
// mark of a context.
func TestAct_InAGuardedContext(t *testing.T) {
	t.Cleanup(xdg.Reload)
	folder := t.TempDir()
	t.Setenv("XDG_STATE_HOME", folder)
	t.Setenv("XDG_CONFIG_HOME", folder)
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	host := shop(t)
	t.Setenv("DOCKER_HOST", host)
	xdg.Reload()
	configure := func(text string) {
		t.Helper()
		if err := os.MkdirAll(folder+"/skep", 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(folder+"/skep/config.yaml", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const production, readOnly = "contexts:\n  default: {production: true}\n", "contexts:\n  default: {read_only: true}\n"
	for _, tt := range []struct {
		config, args string
		code         int
		want         string
	}{
		{production, "restart shop_cart -y", exitRefused, "default is production, for which --yes is not enough; --confirm default is what it takes"},
		{production, "restart shop_cart -y -H " + host, exitRefused, "--confirm default is what it takes"},
		{production, "restart shop_cart --confirm prod", exitRefused, "--confirm prod is not what it takes"},
		{production, "stop shop_cart --confirm default", exitRefused, "--confirm default/shop_cart is what it takes"},
		{production, "restart shop_cart --confirm default", 0, "1 done"},
		{production, "scale shop_web +1 -y", 0, "1 done"},
		{production, "pause fra1-wrk1 -y", 0, "1 done"},
		{readOnly, "scale shop_cart +1 -y", exitRefused, "read-only"},
		{readOnly, "scale shop_cart +1 -y -H " + host, exitRefused, "read-only"},
		{"contexts:\n  default: {prod: true}\n", "scale shop_cart +1 -y", exitFailure, "config.yaml: line 2: field prod not found; it knows contexts: NAME: production, read_only"},
		{"contexts: {other: {read_only: true}}", "scale shop_web 7 -y", 0, "1 done"},
	} {
		configure(tt.config)
		out, errs, code := skep(t, strings.Fields(tt.args)...)
		if code != tt.code || !strings.Contains(out+errs, tt.want) {
			t.Errorf("%s: %d, no %q in %s%s", tt.args, code, tt.want, out, errs)
		}
	}
	configure("contexts: {default: {production: true, read_only: true}}")
	if out := (contexts{}).List(); len(out) != 1 || !out[0].Production || !out[0].ReadOnly {
		t.Errorf("listed as %+v", out)
	}
}

// TestAct_Stacks: a verb is done to the parts of a stack, and to what cannot take
// part it is not, by name.
func TestAct_Stacks(t *testing.T) {
	host := shopWithState(t)
	for _, tt := range []struct {
		args string
		code int
		want []string
	}{
		{"stop stack/shop", exitRefused, []string{"stop the stack shop: ", "shop_web: 4 tasks stop", "--yes"}},
		{"stop stack/nothing -y", exitFailure, []string{`there is no stack "nothing"`}},
		{"stop stack/shop shop_web -y", exitFailure, []string{"one command is for one kind"}},
		{"stop ship/shop -y", exitFailure, []string{"what is named with a kind is stack/STACK"}},
		{"drain stack/shop -y", exitFailure, []string{"there is no drain for a stack"}},
		{"start stack/shop -y", 0, []string{"it is not stopped"}},
		{"start shop_cart shop_web -y", 0, []string{"it is not stopped"}},
		{"stop shop_cart -y", 0, []string{"1 done"}},
		{"start shop_cart shop_web -y", 0, []string{"left out: shop_web: nothing would change: it is not stopped", "1 done"}},
		{"remove shop_cart", exitRefused, []string{"remove the service shop_cart", "--yes"}},
	} {
		out, errs, code := skep(t, append(strings.Fields(tt.args), "-H", host)...)
		for _, want := range tt.want {
			if code != tt.code || !strings.Contains(out+errs, want) {
				t.Errorf("%v: %d, no %q in %s%s", tt.args, code, want, out, errs)
			}
		}
	}
}
