package model

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Filter decides which rows a list shows. The zero value shows all of them. It
// is a value: it does not change and may be used by any goroutine.
type Filter struct {
	text   string
	labels []labelTerm
	// spaced is another reading of the last label, with all that follows as a
	// part of its value; nil where there is none.
	spaced  *labelTerm
	pattern *regexp.Regexp // nil for any text
	inverse bool
	needles []string // see needlesOf
	literal bool     // the needle is the whole pattern
}

// labelTerm is one condition on the labels of an object.
type labelTerm struct {
	key, value string
	valued     bool // the value counts, not only the key
	inverse    bool
}

// FilterError says what is wrong with the text of a filter.
type FilterError struct {
	// Text is the whole text; Offset is the byte in it where it is wrong.
	Text   string
	Offset int
	// Reason is what is wrong there, in a few words.
	Reason string
}

// Error is the reason with the character that it is at, counted from 1.
func (e *FilterError) Error() string {
	return fmt.Sprintf("%s (at character %d)", e.Reason, utf8.RuneCountInString(e.Text[:e.Offset])+1)
}

// ParseFilter reads the text of a filter:
//
//	web|db              a regular expression (RE2); letter case does not matter
//	!web                what does not match
//	-l key=value        objects that bear that label; -l key for any value,
//	                    -l key!=value and !-l key for objects that do not
//	-l a=b -l c web     several labels, and a regular expression
//
// A value with spaces in it may stand in quotes (-l note="a b"); without them
// -l note=a b shows what bears the label with either meaning. An empty text, or
// one with nothing behind its '!', shows everything. The error is a
// *FilterError.
func ParseFilter(text string) (Filter, error) {
	f := Filter{text: text}
	p := filterText{text: text}
	for {
		p.space()
		inverse, ok := p.flag()
		if !ok {
			break
		}
		term, err := p.label()
		if err != nil {
			return Filter{}, err
		}
		term.inverse = term.inverse != inverse
		f.labels = append(f.labels, term)
	}
	f.readSpaced(&p)
	if strings.HasPrefix(p.rest(), "!") {
		f.inverse = true
		p.at++
		p.space()
	}
	source := strings.TrimRightFunc(p.rest(), unicode.IsSpace)
	if strings.HasSuffix(source, `\`) && len(source) < len(p.rest()) {
		source += " " // The space was escaped, so it is meant.
	}
	if source == "" {
		f.inverse = false
		return f, nil
	}
	if err := f.compile(source); err != nil {
		return Filter{}, p.wrong(source, err)
	}
	return f, nil
}

// readSpaced takes what follows the last label for a part of its value.
func (f *Filter) readSpaced(p *filterText) {
	rest := strings.TrimSpace(p.rest())
	if len(f.labels) == 0 || rest == "" {
		return
	}
	last := f.labels[len(f.labels)-1]
	if !last.valued || last.inverse || p.quoted {
		return
	}
	last.value = strings.TrimSpace(p.text[p.valueAt:])
	f.spaced = &last
}

// compile takes in the regular expression.
func (f *Filter) compile(source string) error {
	tree, err := syntax.Parse(source, syntax.Perl|syntax.FoldCase)
	if err != nil {
		return err
	}
	// The flag stands before the whole pattern, not around it: brackets would
	// make sense of some patterns that have none.
	if f.pattern, err = regexp.Compile("(?i)" + source); err != nil {
		return err
	}
	tree = tree.Simplify()
	f.needles = needlesOf(tree)
	f.literal = tree.Op == syntax.OpLiteral && len(f.needles) == 1
	return nil
}

// filterText is the text of a filter while it is read.
type filterText struct {
	text    string
	at      int
	valueAt int  // where the value of the last label begins
	quoted  bool // that label stood in quotes
}

func (p *filterText) rest() string { return p.text[p.at:] }

func (p *filterText) space() {
	p.at = len(p.text) - len(strings.TrimLeftFunc(p.rest(), unicode.IsSpace))
}

// flag reads "-l" or "!-l", if it stands alone.
func (p *filterText) flag() (inverse, ok bool) {
	rest, inverse := strings.CutPrefix(p.rest(), "!")
	rest, ok = strings.CutPrefix(rest, "-l")
	if r, _ := utf8.DecodeRuneInString(rest); !ok || rest != "" && !unicode.IsSpace(r) {
		return false, false
	}
	p.at = len(p.text) - len(rest)
	return inverse, true
}

// label reads what stands behind "-l".
func (p *filterText) label() (labelTerm, error) {
	p.space()
	from := p.at
	word, err := p.word()
	if err != nil {
		return labelTerm{}, err
	}
	term := labelTerm{}
	term.key, term.value, term.valued = strings.Cut(word, "=")
	if key, unequal := strings.CutSuffix(term.key, "!"); unequal && term.valued {
		term.key, term.inverse = key, true
	}
	if term.key == "" {
		return labelTerm{}, p.fail(from, "-l needs a label: -l key or -l key=value")
	}
	return term, nil
}

// word reads up to the next space, or what stands in quotes: the whole word, or
// what follows its '='.
func (p *filterText) word() (string, error) {
	rest := p.rest()
	end := strings.IndexFunc(rest, unicode.IsSpace)
	if end < 0 {
		end = len(rest)
	}
	lead := ""
	if i := strings.IndexByte(rest[:end], '='); i >= 0 {
		p.valueAt = p.at + i + 1
		if i+1 < len(rest) && quotes(rest[i+1]) {
			lead, rest = rest[:i+1], rest[i+1:]
		}
	}
	if p.quoted = rest != "" && quotes(rest[0]); p.quoted {
		p.at += len(lead)
		closed := strings.IndexByte(rest[1:], rest[0])
		if closed < 0 {
			return "", p.fail(p.at, "the quote is not closed")
		}
		p.at += closed + 2
		return lead + rest[1:closed+1], nil
	}
	p.at += end
	return rest[:end], nil
}

func quotes(b byte) bool { return b == '"' || b == '\'' }

func (p *filterText) fail(at int, reason string) error {
	return &FilterError{Text: p.text, Offset: at, Reason: reason}
}

// wrong says what is wrong with a regular expression, and where in the text.
func (p *filterText) wrong(source string, err error) error {
	var bad *syntax.Error
	if !errors.As(err, &bad) {
		return p.fail(p.at, err.Error())
	}
	at := p.at
	if i := strings.LastIndex(source, bad.Expr); i >= 0 && len(bad.Expr) < len(source) {
		at += i
	}
	return p.fail(at, InvalidRegex(bad))
}

// InvalidRegex says what is wrong with a regular expression in the words of
// those who write them.
func InvalidRegex(bad *syntax.Error) string {
	switch code := string(bad.Code); bad.Code {
	case syntax.ErrMissingBracket, syntax.ErrMissingParen:
		return "invalid regex: " + strings.Replace(code, "closing ", "", 1)
	case syntax.ErrTrailingBackslash, syntax.ErrUnexpectedParen:
		return "invalid regex: " + code
	default:
		return fmt.Sprintf("invalid regex: %s: %q", code, bad.Expr)
	}
}

// String is the text that the filter was made from.
func (f Filter) String() string { return f.text }

// Empty reports whether the filter shows everything.
func (f Filter) Empty() bool { return f.pattern == nil && len(f.labels) == 0 }

// Seeks reports whether the filter has a pattern, besides labels.
func (f *Filter) Seeks() bool { return f.pattern != nil }

// Inverse reports whether the filter shows what does not match its pattern.
func (f *Filter) Inverse() bool { return f.inverse }

// Keeps reports whether a list shows a row: whether its object has the labels
// and one of its texts fits. The texts are asked for only where they matter.
func (f *Filter) Keeps(labels map[string]string, texts func() []string) bool {
	if f.spaced != nil && f.hasAll(labels, f.labels[:len(f.labels)-1]) && f.spaced.fits(labels) {
		return true
	}
	return f.MatchLabels(labels) && (f.pattern == nil || f.Match(texts()...))
}

// Match reports whether the pattern fits one of a row's texts; an inverse one,
// whether it fits none of them. It does not look at labels.
func (f *Filter) Match(fields ...string) bool {
	if f.pattern == nil {
		return true
	}
	for _, s := range fields {
		if f.fits(s) {
			return !f.inverse
		}
	}
	return f.inverse
}

// MatchLabels reports whether an object with these labels has all that the
// filter asks for.
func (f *Filter) MatchLabels(labels map[string]string) bool { return f.hasAll(labels, f.labels) }

func (*Filter) hasAll(labels map[string]string, terms []labelTerm) bool {
	for i := range terms {
		if !terms[i].fits(labels) {
			return false
		}
	}
	return true
}

// fits reports whether an object with these labels meets the condition.
func (t *labelTerm) fits(labels map[string]string) bool {
	value, has := labels[t.key]
	return (has && (!t.valued || value == t.value)) != t.inverse
}

// fits holds the pattern against one text. Folding letter case makes the
// regular expression slow, and most texts can be ruled out without it.
func (f *Filter) fits(s string) bool {
	if len(f.needles) == 0 || !ascii(s) {
		return f.pattern.MatchString(s)
	}
	for _, n := range f.needles {
		if containsFold(s, n) {
			return f.literal || f.pattern.MatchString(s)
		}
	}
	return false
}

// maxNeedles bounds the search for needles: with more of them the regular
// expression itself is faster.
const maxNeedles = 8

// needlesOf are texts in lower case of which an ASCII text must hold at least
// one for the pattern to fit; none if that cannot be said.
func needlesOf(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		s := string(re.Rune)
		if re.Flags&syntax.FoldCase == 0 || !ascii(s) {
			return nil // The needles ignore case, so they cannot stand for it.
		}
		return []string{strings.ToLower(s)}
	case syntax.OpCapture, syntax.OpPlus:
		return needlesOf(re.Sub[0])
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if n := needlesOf(sub); shortest(n) > shortest(best) {
				best = n
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			n := needlesOf(sub)
			if len(n) == 0 || len(all)+len(n) > maxNeedles {
				return nil
			}
			all = append(all, n...)
		}
		return all
	}
	return nil
}

func shortest(needles []string) int {
	if len(needles) == 0 {
		return 0
	}
	n := len(needles[0])
	for _, s := range needles[1:] {
		n = min(n, len(s))
	}
	return n
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// containsFold reports whether an ASCII text holds a needle of lower case,
// whatever the text's case.
func containsFold(s, needle string) bool {
	first := needle[0]
	for i := 0; i+len(needle) <= len(s); i++ {
		if lower(s[i]) == first && equalFold(s[i+1:i+len(needle)], needle[1:]) {
			return true
		}
	}
	return false
}

func equalFold(s, lowered string) bool {
	for i := range len(lowered) {
		if lower(s[i]) != lowered[i] {
			return false
		}
	}
	return true
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}
