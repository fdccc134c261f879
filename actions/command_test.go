package actions

import "testing"

// The words are right in POSIX shells, zsh and fish, and hold nothing that a
// terminal acts on.
func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"web":                 "web",
		"a b":                 "'a b'",
		"it's":                `'it'\''s'`,
		`a\b`:                 `'a'\\'b'`,
		"=ls":                 "'=ls'",
		"k=v":                 "k=v",
		"":                    "''",
		"x\x1b[201~\ncurl|sh": "'x curl|sh'",
		"$(id)":               "'$(id)'",
	} {
		if got := quote(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
