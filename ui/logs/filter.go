package logs

import (
	"regexp"
	"strings"

	"skep/internal/logstream"
	"skep/ui/screen"
)

// Filter is what lines have to match to be shown: each of its terms, as through
// a chain of greps.
type Filter struct {
	text  string
	terms []term
}

type term struct {
	*logstream.Pattern
	inverse bool
}

// between stands between two terms. Without the blanks it is a choice within a
// regular expression.
const between = " | "

// ParseFilter makes a filter of what was typed: regular expressions, upper and
// lower case alike; "!" before one takes away the lines that match it.
func ParseFilter(text string) (Filter, error) {
	f := Filter{text: text}
	for source := range strings.SplitSeq(text, between) {
		source = strings.TrimSpace(source)
		source, inverse := strings.CutPrefix(source, "!")
		if source == "" {
			continue // It is still being typed.
		}
		re, err := screen.ParsePattern(source)
		if err != nil {
			return Filter{}, err
		}
		f.terms = append(f.terms, term{logstream.NewPattern(re), inverse})
	}
	return f, nil
}

// Keeps reports whether a line is shown. What the engine and the console say of
// the log itself is: a gap is not for a filter to hide.
func (f *Filter) Keeps(l *logstream.Line) bool {
	if aside(l) {
		return true
	}
	for _, t := range f.terms {
		if t.MatchString(l.Text) == t.inverse {
			return false
		}
	}
	return true
}

// aside reports whether a line is not one of the log, but about it.
func aside(l *logstream.Line) bool {
	return l.Kind == logstream.Warning || l.Kind == logstream.Notice
}

// lit are the expressions whose matches are shown.
func (f *Filter) lit() []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, t := range f.terms {
		if !t.inverse {
			out = append(out, t.Regexp)
		}
	}
	return out
}
