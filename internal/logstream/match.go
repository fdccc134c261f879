package logstream

import (
	"regexp"
	"regexp/syntax"
	"slices"
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
	// needs are clauses, of each of which one word has to be there; none where
	// nothing is known. exact is set where that is all that matters.
	needs [][]word
	exact bool
	// pieces are the longest runs of letters and digits of those words.
	pieces [][]word
	// odd is set where a word has a letter with an equal that is not ASCII.
	odd bool
}

// word is a text in lower case, with where its rarest letter is.
type word struct {
	text string
	rare int
}

// NewPattern makes a pattern of an expression that was compiled from "(?i)" and
// a source.
func NewPattern(re *regexp.Regexp) *Pattern {
	p := &Pattern{Regexp: re}
	tree, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return p
	}
	for _, clause := range required(tree.Simplify()) {
		var words []word
		for _, text := range clause {
			words = append(words, newWord(text))
			p.odd = p.odd || strings.ContainsAny(text, "sk")
		}
		p.needs = append(p.needs, words)
		if pieces := piecesOf(clause); pieces != nil {
			p.pieces = append(p.pieces, pieces)
		}
	}
	p.exact = tree.Op == syntax.OpLiteral && tree.Flags&syntax.FoldCase != 0 && p.needs != nil
	return p
}

// MatchString implements Matcher.
func (p *Pattern) MatchString(text string) bool {
	for _, clause := range p.needs {
		if holdsOne(text, clause) {
			continue
		}
		return p.odd && isOdd(text) && p.Regexp.MatchString(text)
	}
	return p.exact || p.Regexp.MatchString(text)
}

// isOdd reports whether a text holds one of the two letters that are equals of ASCII's:
// the long s and the sign for Kelvin.
func isOdd(text string) bool {
	return strings.Contains(text, "\u017f") || strings.Contains(text, "\u212a")
}

// MayMatch reports whether there can be a match in what is made of texts by putting
// their runs of letters and digits in other places, each whole.
func (p *Pattern) MayMatch(texts ...string) bool {
	has := func(clause []word) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return holdsOne(text, clause) || p.odd && isOdd(text) })
	}
	for _, clause := range p.pieces {
		if !has(clause) {
			return false
		}
	}
	return true
}

// piecesOf are the longest runs of letters and digits of words; none where one has none.
func piecesOf(texts []string) (out []word) {
	for _, text := range texts {
		longest := ""
		for _, run := range strings.FieldsFunc(text, func(r rune) bool { return !('a' <= r && r <= 'z' || '0' <= r && r <= '9') }) {
			if len(run) > len(longest) {
				longest = run
			}
		}
		if longest == "" {
			return nil
		}
		out = append(out, newWord(longest))
	}
	return out
}

// maxClauses is how many clauses are looked for; the longest words rule out most.
const maxClauses = 4

// required are clauses, of each of which every match holds a word.
func required(re *syntax.Regexp) [][]string {
	switch re.Op {
	case syntax.OpLiteral:
		text := strings.ToLower(string(re.Rune))
		for i := range len(text) {
			if text[i] >= utf8.RuneSelf {
				return nil
			}
		}
		return [][]string{{text}}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpConcat:
		var all [][]string
		for _, sub := range re.Sub {
			all = append(all, required(sub)...)
		}
		slices.SortStableFunc(all, func(a, b []string) int { return shortest(b) - shortest(a) })
		return all[:min(len(all), maxClauses)]
	case syntax.OpAlternate:
		var one []string
		for _, sub := range re.Sub {
			r := required(sub)
			if r == nil {
				return nil
			}
			best := r[0]
			for _, clause := range r[1:] {
				if shortest(clause) > shortest(best) {
					best = clause
				}
			}
			one = append(one, best...)
		}
		return [][]string{one}
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

// common are the bytes of logs, the commonest first.
const common = " e0t1a2o3i=/n.s-:rhl4d5c6u7m8f9pgwybv\"_kxjqz"

// newWord finds the rarest letter of a word: what is looked for first.
func newWord(text string) word {
	w := word{text: text}
	rarest := -1
	for i := range len(text) {
		rank := strings.IndexByte(common, text[i])
		if rank < 0 {
			rank = len(common)
		}
		if rank > rarest {
			rarest, w.rare = rank, i
		}
	}
	return w
}

func holdsOne(text string, words []word) bool {
	for _, w := range words {
		if w.in(text) {
			return true
		}
	}
	return false
}

// in reports whether a text holds the word in any case.
func (w word) in(text string) bool {
	lower := w.text[w.rare]
	upper := lower
	if 'a' <= lower && lower <= 'z' {
		upper -= 'a' - 'A'
	}
	last := len(text) - (len(w.text) - w.rare) // The last place for the letter.
	next := func(c byte, from int) int {
		if from > last {
			return last + 1
		}
		if i := strings.IndexByte(text[from:last+1], c); i >= 0 {
			return from + i
		}
		return last + 1
	}
	low, up := next(lower, w.rare), last+1
	if upper != lower {
		up = next(upper, w.rare)
	}
	for at := min(low, up); at <= last; at = min(low, up) {
		if from := at - w.rare; equalFold(text[from:from+len(w.text)], w.text) {
			return true
		}
		if at == low {
			low = next(lower, at+1)
		} else {
			up = next(upper, at+1)
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
