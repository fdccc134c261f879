package main

import (
	"strings"
	"testing"

	"skep/internal/config"
	"skep/internal/safetext"
)

type toldName struct{ Name string }

func (n toldName) Text() string { return n.Name }

// Names are of others' choice, and an answer may be looked at in a terminal.
func TestSay_JSONHidesNothing(t *testing.T) {
	var out strings.Builder
	if err := say(&out, &config.Config{Output: asJSON}, toldName{"x\u009b31m\u202egnp\u00ad"}); err != nil {
		t.Fatal(err)
	}
	if want := "{\n  \"Name\": \"x\\u009b31m\\u202egnp\\u00ad\"\n}\n"; out.String() != want || strings.ContainsFunc(strings.ReplaceAll(out.String(), "\n", ""), safetext.Hidden) {
		t.Errorf("got %q", out.String())
	}
}

func TestFold_BreaksBetweenWords(t *testing.T) {
	for text, want := range map[string]string{
		"short\n":                      "short\n",
		"  one two three four\nb":      "  one two\n    three\n    four\nb",
		"docker service update a b c":  "docker service update a b c",
		"verylongwordwithoutanybreaks": "verylongwo\n  rdwithouta\n  nybreaks",
		"                   deep text": "                   deep text",
	} {
		if got := fold(text, 12); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
