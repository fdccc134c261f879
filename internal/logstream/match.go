package logstream

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// Matcher reports whether a text is one that is looked for; a regular
// expression is one.
type Matcher interface{ MatchString(text string) bool }

// Pattern is a regular expression, upper and lower case alike, that rules most
// texts out by a look for letters which each match has to hold: Go's engine
// takes microseconds for a line where case does not count, and a filter looks at
// every line of a flood.
type Pattern struct {
	*regexp.Regexp
	// needs are texts in lower case of which one has to be there; nil where
	// nothing is known. exact is set where that is all that matters.
	needs []string
	exact bool
}

// NewPattern makes a pattern of an expression that was compiled from "(?i)" and
// a source.
func NewPattern(re *regexp.Regexp) *Pattern {
	p := &Pattern{Regexp: re}
	tree, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return p
	}
	p.needs = required(tree.Simplify())
	p.exact = tree.Op == syntax.OpLiteral && tree.Flags&syntax.FoldCase != 0 && p.needs != nil
	return p
}

// MatchString implements Matcher.
func (p *Pattern) MatchString(text string) bool {
	if p.needs == nil {
		return p.Regexp.MatchString(text)
	}
	for _, need := range p.needs {
		if holdsFold(text, need) {
			return p.exact || p.Regexp.MatchString(text)
		}
	}
	// Two letters of ASCII have others as their equals: the long s and the sign
	// for Kelvin.
	return strings.ContainsAny(text, "\u017f\u212a") && p.Regexp.MatchString(text)
}

// required are texts of which each match holds one; nil where none is known.
func required(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		text := strings.ToLower(string(re.Rune))
		for i := range len(text) {
			if text[i] >= utf8.RuneSelf {
				return nil
			}
		}
		return []string{text}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if r := required(sub); best == nil || r != nil && shortest(r) > shortest(best) {
				best = r
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			r := required(sub)
			if r == nil {
				return nil
			}
			all = append(all, r...)
		}
		return all
	}
	return nil
}

func shortest(texts []string) int {
	n := len(texts[0])
	for _, t := range texts {
		n = min(n, len(t))
	}
	return n
}

// holdsFold reports whether a text holds another, which is ASCII and in lower
// case, in any case.
func holdsFold(text, lower string) bool {
	first := lower[0]
	upper := first
	if 'a' <= first && first <= 'z' {
		upper -= 'a' - 'A'
	}
	for at := 0; at+len(lower) <= len(text); at++ {
		if c := text[at]; (c == first || c == upper) && equalFold(text[at:at+len(lower)], lower) {
			return true
		}
	}
	return false
}

func equalFold(text, lower string) bool {
	for i := range len(lower) {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
