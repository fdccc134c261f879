package model_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"skep/internal/testkit"
	"skep/model"
)

// TestHide_AndReveal: what was put away shows nothing of itself, and comes back.
func TestHide_AndReveal(t *testing.T) {
	for _, p := range testkit.Secrets() {
		spec, err := json.Marshal(map[string]any{"Env": []string{"NOTE=" + p.Text, "A=1"}, "Labels": map[string]string{"note": p.Text, "n": "<1>"}, "Args": []string{"sh", "-c", p.Text}, "N": json.Number("12345678901234567890")})
		if err != nil {
			t.Fatal(err)
		}
		away := map[string]string{}
		hidden, err := model.Hide(spec, func(shown, text string) string {
			key := fmt.Sprintf("%s [%d]", shown, len(away))
			away[key] = text
			return key
		})
		if err != nil || len(away) == 0 {
			t.Fatalf("%s: %v, %v", spec, err, away)
		}
		for _, s := range p.Leaks(string(hidden)) {
			if len(s) > 1 {
				t.Errorf("%q is in %s", s, hidden)
			}
		}
		back, err := model.Reveal(hidden, func(text string) (string, bool) { s, ok := away[text]; return s, ok })
		if err != nil || !model.SameJSON(back, spec) {
			t.Errorf("%v: %s, want %s", err, back, spec)
		}
	}
}

// FuzzHide puts away and gives back whatever there is.
func FuzzHide(f *testing.F) {
	f.Add(`{"Env":["PASSWORD=a","B=2"],"Labels":{"token":"x"},"n":1e99,"l":[null,true,{"Data":"eA=="}]}`)
	f.Add(`"password=x"`)
	f.Add(`[[],{}]`)
	f.Fuzz(func(t *testing.T, text string) {
		raw := json.RawMessage(text)
		if !utf8.ValidString(text) {
			return
		}
		away := map[string]string{}
		hidden, err := model.Hide(raw, func(_, text string) string {
			key := fmt.Sprint("\x01 kept ", len(away))
			away[key] = text
			return key
		})
		if err != nil {
			return
		}
		back, err := model.Reveal(hidden, func(text string) (string, bool) { s, ok := away[text]; return s, ok })
		if err != nil || !model.SameJSON(back, raw) && !strings.Contains(text, "\x01") && !strings.Contains(text, "u0001") {
			t.Errorf("%v: %s", err, back)
		}
	})
}
