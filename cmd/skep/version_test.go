package main

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersion_Details(t *testing.T) {
	settings := func(kv ...string) (out []debug.BuildSetting) {
		for i := 0; i < len(kv); i += 2 {
			out = append(out, debug.BuildSetting{Key: kv[i], Value: kv[i+1]})
		}
		return out
	}
	for _, tt := range []struct {
		name     string
		settings []debug.BuildSetting
		want     []string
		line     string
	}{
		{"no checkout", nil, []string{"commit    unknown\n", "date      unknown\n"}, "1.0.0, commit unknown"},
		{"a commit", settings("vcs.revision", "9dafab0d45e7347cd375ba", "vcs.time", "2026-11-24T22:01:16Z", "vcs.modified", "false"),
			[]string{"commit    9dafab0d45e7\n", "date      2026-11-24T22:01:16Z\n"}, "1.0.0, commit 9dafab0d45e7"},
		{"changed", settings("vcs.revision", "9dafab0d45e7347cd375ba", "vcs.modified", "true", "GOARM", "7"),
			[]string{"commit    9dafab0d45e7 (modified)\n", "linux/arm/v7"}, "1.0.0, commit 9dafab0d45e7 (modified)"},
		{"garbage", settings("vcs.revision", "ab", "vcs.time", "x", "GOARM", ""),
			[]string{"commit    ab\n", "date      unknown\n"}, "1.0.0, commit ab"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := details{Release: "1.0.0", Go: "go1.26.0", Platform: "linux/arm", MinAPI: "1.40", MaxAPI: "1.56"}
			d.read(tt.settings)
			text := d.Text()
			for _, want := range append(tt.want, "skep 1.0.0\n", "go        go1.26.0\n", "engine    API 1.40 to 1.56\n") {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in\n%s", want, text)
				}
			}
			if got := versionLine(d); got != tt.line {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestVersion_Command(t *testing.T) {
	out, _, code := skep(t, "version")
	if code != 0 || !strings.HasPrefix(out, "skep dev\n") || !strings.Contains(out, runtime.GOOS+"/"+runtime.GOARCH) {
		t.Errorf("exit code %d\n%s", code, out)
	}
	for _, flag := range []string{"--version", "-v"} {
		if line, _, code := skep(t, flag); code != 0 || line != "skep version "+versionLine(build())+"\n" {
			t.Errorf("%s: exit code %d, %q", flag, code, line)
		}
	}
	out, _, _ = skep(t, "version", "-o", "json")
	var d details
	if err := json.Unmarshal([]byte(out), &d); err != nil || d != build() {
		t.Errorf("%v\n%s", err, out)
	}
}
