package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skep/actions"
	"skep/internal/testkit/fault"
)

// TestDeploy_AnswersInJSON: one object each time, whatever becomes of it, with the exit
// codes that a pipeline goes by.
func TestDeploy_AnswersInJSON(t *testing.T) {
	host := shopWithState(t)
	file := filepath.Join(t.TempDir(), "compose.yaml")
	if err := os.WriteFile(file, []byte("services: {api: {image: \"nginx:1\"}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"beside --dry-run", exitDiffers, "deploy beside: 2 created"},
		{"beside", exitRefused, "deploy beside: 2 created"},
		{"beside -y", 0, "deploy beside: 2 created"},
		{"beside -y", 0, "nothing differs"},
		{"beside --dry-run --prune", 0, "nothing differs"},
	} {
		args := append([]string{"deploy", "-c", file, "-H", host, "-o", "json", "--resolve-image", "never"}, strings.Fields(tt.args)...)
		out, errs, code := skep(t, args...)
		var report planReport
		if err := json.Unmarshal([]byte(out), &report); err != nil || code != tt.code || report.Title != tt.want {
			t.Errorf("%s: %d, %v in %s%s", tt.args, code, err, out, errs)
		}
		if wrote := report.Outcome == "1 done"; wrote != (tt.args == "beside -y" && tt.want != "nothing differs") {
			t.Errorf("%s: the outcome is %q", tt.args, report.Outcome)
		}
	}
}

// TestReadOnly_NoCommandWrites: whatever changes a swarm refuses to, and sends nothing
// but questions.
func TestReadOnly_NoCommandWrites(t *testing.T) {
	host := shopWithState(t)
	file := filepath.Join(t.TempDir(), "compose.yaml")
	if err := os.WriteFile(file, []byte("services: {api: {image: \"nginx:1\"}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := skep(t, "scale", "shop_cart", "+1", "-y", "-H", host); code != 0 {
		t.Fatal(out, errs)
	}
	proxy := fault.New(t, host)
	tried := map[string]bool{}
	for _, args := range []string{
		"scale shop_cart 7", "image shop_cart nginx:9", "newest shop_cart", "restart shop_cart", "rollback shop_cart",
		"revert shop_cart", "hold shop_cart", "resume shop_api", "label shop_cart a=b", "env shop_cart A=b",
		"constraint shop_cart node.role==worker", "resources shop_cart --limit-cpu 2", "mounts shop_cart --file " + file,
		"networks shop_cart --file " + file, "rollout-config shop_cart --file " + file, "edit shop_cart --file " + file,
		"rebalance shop_cart", "green shop_cart nginx:9", "green shop_api -c " + file, "switch shop_cart", "switch stack/shop",
		"finish shop_cart", "finish stack/shop", "stop shop_cart", "stop stack/shop", "start shop_cart", "remove shop_cart",
		"remove stack/shop", "drain fra1-wrk1", "drain fra1-wrk1 --gentle", "upgrade", "pause fra1-wrk1", "activate fra1-wrk4",
		"promote fra1-wrk1", "demote fra1-mgr2", "undo", "release shop_cart@1",
		"deploy -c " + file + " shop --prune --resolve-image never", "deploy -c " + file + " new --resolve-image never",
		"deploy -c " + file + " shop --beside --resolve-image never",
	} {
		out, errs, code := skep(t, append(strings.Fields(args), "-H", proxy.Host(), "--read-only", "-y")...)
		if code == 0 || !strings.Contains(out+errs, "read-only") {
			t.Errorf("%s: %d, and not for being read-only: %s%s", args, code, out, errs)
		}
		tried[strings.Fields(args)[0]] = true
	}
	for _, line := range proxy.Requests() {
		if !strings.HasPrefix(line, "GET ") && !strings.HasPrefix(line, "HEAD ") {
			t.Errorf("sent: %s", line)
		}
	}
	for _, c := range command().Commands() {
		if c.GroupID == changesGroup && !tried[c.Name()] {
			t.Errorf("%s was not tried", c.Name())
		}
	}
}

// TestDeploy_BesideAndGreenFromAFile: what is beside another is made from files on the
// command line, and what is wrong says why.
func TestDeploy_BesideAndGreenFromAFile(t *testing.T) {
	host := shopWithState(t)
	file := filepath.Join(t.TempDir(), "compose.yaml")
	if err := os.WriteFile(file, []byte("services: {api: {image: \"nginx:1\"}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"deploy -c " + file + " twice --resolve-image never -y", 0, "deploy twice: 2 created"},
		{"deploy -c " + file + " nowhere --beside --dry-run", exitRefused, "there is no stack nowhere beside which it could stand"},
		{"deploy -c " + file + " twice --beside --resolve-image never --dry-run", exitDiffers, "deploy twice-green: 2 created"},
		{"switch stack/twice", exitRefused, "no other stack stands beside it"},
		{"green twice_api -c " + file, exitRefused, "deploy twice_api-green beside twice_api, as the files have it"},
		{"green twice_api nginx:2 -c " + file, 2, `"nginx:2" is too much: skep green SERVICE -c FILE`},
		{"green twice_api", 2, "something is missing"},
		{"green twice_api nginx:2 --env-file x", 2, "--env-file is for --compose-file only"},
	} {
		out, errs, code := skep(t, append(strings.Fields(tt.args), "-H", host)...)
		if code != tt.code || !strings.Contains(out+errs, tt.want) {
			t.Errorf("%s: %d, %s%s", tt.args, code, out, errs)
		}
	}
}

// TestDeploy_ANewStackHasTheImagesOfItsFiles: what the registry says of one image is
// for the services that have it, and a volume of the same name is the same volume.
func TestDeploy_ANewStackHasTheImagesOfItsFiles(t *testing.T) {
	host := shopWithState(t)
	file := filepath.Join(t.TempDir(), "compose.yaml")
	exported, errs, code := skep(t, "export", "shop", "-H", host)
	if code != 0 {
		t.Fatal(errs)
	}
	if err := os.WriteFile(file, []byte(exported), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, code := skep(t, "deploy", "--beside", "-c", file, "shop", "--dry-run", "-H", host)
	if code != exitDiffers || strings.Contains(out, "of its own, and not search-index") || !strings.Contains(out, "write to the same volume search-index") {
		t.Errorf("%d: %s%s", code, out, errs)
	}
	for _, image := range []string{"api:3.3.0", "cart:1.22.0", "web:2.14.0"} {
		name, _, _ := strings.Cut(image, ":")
		if want := "service shop-green_" + name + ": created: + registry.shop.example/" + image; !strings.Contains(out, want) {
			t.Errorf("no %q", want)
		}
	}
}

// TestDeploy_ClaimsNoMoreThanItKnows: what could not be compared is not called the same.
func TestDeploy_ClaimsNoMoreThanItKnows(t *testing.T) {
	got := newSameReport(&actions.SameError{Said: "nothing would change", Unseen: []string{"secret s"}, Warnings: []string{"the secret s was not made by skep"}}).Text()
	if want := "nothing differs in what can be compared\n\nWARNINGS\n  the secret s was not made by skep\n\nSAID\n  nothing would change\n"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
