package logstream

import (
	"regexp"
	"testing"
)

// TestPattern_MatchesAsItsExpression: the short cut must never decide
// differently.
func TestPattern_MatchesAsItsExpression(t *testing.T) {
	texts := []string{"", "error", "An ERROR occurred", "err", "warn: no", "\u212aelvin", "ſtop", "status=500 took=3ms", "status=200", "中文 error", "xerrory"}
	for _, source := range []string{"error", "ERR", "kelvin", "stop", "status=5\\d\\d", "err|warn", "(error|warn).*no", "^err", "e+r", "中文", "[ab]", "", "x?error", "a*", "(?-i:ERR)", "took=.*5\\d\\d ", "(?:err){2}|took=\\d+ms"} {
		re := regexp.MustCompile("(?i)" + source)
		p := NewPattern(re)
		for _, text := range texts {
			if got, want := p.MatchString(text), re.MatchString(text); got != want {
				t.Errorf("%q in %q: %v, want %v (needs %v)", source, text, got, want, p.needs)
			}
		}
	}
}

func FuzzPattern(f *testing.F) {
	f.Add("err|warn.*[0-9]+", "an ERROR 5")
	f.Add("k+ſ", "\u212as")
	f.Fuzz(func(t *testing.T, source, text string) {
		re, err := regexp.Compile("(?i)" + source)
		if err != nil {
			t.Skip()
		}
		if got, want := NewPattern(re).MatchString(text), re.MatchString(text); got != want {
			t.Fatalf("%q in %q: %v, want %v", source, text, got, want)
		}
	})
}
