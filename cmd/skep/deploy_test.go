package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
