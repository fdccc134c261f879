package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadSettings_GuardsAddUp(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	mine := write("mine.yaml", "contexts:\n  prod-eu: {production: false, read_only: true}\n  lab: {}\n")
	machine := write("machine.yaml", "contexts:\n  prod-eu: {production: true}\n  \"tcp://10.0.0.1:2376\": {production: true}\n")
	s, err := ReadSettings(mine, filepath.Join(dir, "none.yaml"), machine, write("empty.yaml", "# nothing\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		names      []string
		want       Guard
		production string
	}{
		{[]string{"prod-eu"}, Guard{true, true}, "prod-eu"},
		{[]string{"lab", "unknown"}, Guard{}, ""},
		{[]string{"", "tcp://10.0.0.1:2376", "prod-eu"}, Guard{true, true}, "tcp://10.0.0.1:2376"},
		{nil, Guard{}, ""},
	} {
		if g, production := s.Of(tt.names...); g != tt.want || production != tt.production {
			t.Errorf("%q: %+v, %q", tt.names, g, production)
		}
	}
	for text, want := range map[string]string{
		"contexts:\n  prod: {prodction: true}\n": "prodction",
		"context:\n  prod: {production: true}\n": "context",
		"contexts:\n  prod: true\n":              "line 2",
		"contexts: [prod]\n":                     "line 1",
		"contexts:\n  prod: {production: ye}\n":  "line 2",
		"\tcontexts":                             "token",
		"contexts: {a: {}\n":                     "line",
	} {
		file := write("wrong.yaml", text)
		if _, err := ReadSettings(mine, file); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "config.Guard") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := ReadSettings(dir); err == nil { // It is there and cannot be read.
		t.Error("a folder is taken for a file")
	}
}

func TestReadSettings_RulesOfProxies(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for _, text := range []string{"proxies:\n  Ours: {labels: [ours.], host: ours.host, weight: ours.weight, shares: true}\n", "proxies:\n  Ours: {host: other}\n  Theirs: {off: t.off}\n", "proxies:\n  Wrong: {hosts: a}\n"} {
		files = append(files, filepath.Join(dir, string(rune('a'+len(files)))))
		if err := os.WriteFile(files[len(files)-1], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := ReadSettings(files[:2]...)
	if ours := s.Proxies["Ours"]; err != nil || ours.Host != "ours.host" || ours.Weight != "ours.weight" || !ours.Shares || s.Proxies["Theirs"].Off != "t.off" {
		t.Errorf("%+v, %v", s.Proxies, err)
	}
	if _, err := ReadSettings(files[2]); err == nil || !strings.Contains(err.Error(), "hosts") || strings.Contains(err.Error(), "config.Proxy") {
		t.Errorf("%v", err)
	}
}

func FuzzParseSettings(f *testing.F) {
	f.Add("contexts:\n  prod-eu:\n    production: true\n    read_only: false\n")
	f.Add("contexts: &a\n  x: *a\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseSettings(text)
		if err != nil && len(s.Contexts) > 0 {
			t.Errorf("%q: %v and %v", text, s, err)
		}
	})
}
