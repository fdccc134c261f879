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
	// origin is set for a term that is about where a line comes from, whole is that
	// without its sign.
	origin bool
	whole  string
}

// originSign begins a term that is about where a line comes from: a replica, a
// service, a node, an output, or a task that runs.
const originSign = "@"

// from reports whether a line comes from where a term says.
func (t *term) from(l *logstream.Line, o Origin) bool {
	words := []string{l.Kind.String(), o.Name, strings.TrimPrefix(o.Name, o.Service), o.Service, o.Node, l.Task, l.Node, ""}
	if o.Live {
		words[len(words)-1] = "live"
	}
	for _, w := range words {
		if w != "" && (strings.EqualFold(w, t.whole) || t.Pattern.Regexp.MatchString(w)) {
			return true
		}
	}
	return false
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
		source, origin := strings.CutPrefix(source, originSign)
		if source == "" {
			continue
		}
		pattern := source
		if origin {
			if isName(source) {
				pattern = regexp.QuoteMeta(source)
			}
			pattern = "^(?:" + pattern + ")$"
		}
		re, err := screen.ParsePattern(pattern)
		if err != nil {
			return Filter{}, err
		}
		f.terms = append(f.terms, term{Pattern: logstream.NewPattern(re), inverse: inverse, origin: origin, whole: source})
	}
	return f, nil
}

// isName reports whether what an origin is filtered by is a name, such as shop_web.1 or
// .1, and no expression: a dot alone makes none.
func isName(source string) bool {
	plain := strings.ReplaceAll(source, ".", "")
	return regexp.QuoteMeta(plain) == plain
}

// Keeps reports whether a line is shown. What the engine and the console say of
// the log itself is: a gap is not for a filter to hide.
func (f *Filter) Keeps(l *logstream.Line, origin func(*logstream.Line) Origin) bool {
	if aside(l) {
		return true
	}
	var from Origin
	known := false
	for i := range f.terms {
		t := &f.terms[i]
		has := false
		if t.origin {
			if !known && origin != nil {
				from, known = origin(l), true
			}
			has = t.from(l, from)
		} else {
			has = t.MatchString(l.Text)
		}
		if has == t.inverse {
			return false
		}
	}
	return true
}

// withoutOnly is the filter without a term that shows one origin alone, where it
// begins with one, and that.
func (f *Filter) withoutOnly() (rest, only string) {
	first, rest, _ := strings.Cut(f.text, between)
	if name, ok := strings.CutPrefix(strings.TrimSpace(first), originSign); ok {
		return rest, name
	}
	return f.text, ""
}

// joinTerms is the filter of two.
func joinTerms(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + between + b
}

// aside reports whether a line is not one of the log, but about it.
func aside(l *logstream.Line) bool {
	return l.Kind == logstream.Warning || l.Kind == logstream.Notice
}

// lit are the expressions whose matches are shown.
func (f *Filter) lit() []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, t := range f.terms {
		if !t.inverse && !t.origin {
			out = append(out, t.Regexp)
		}
	}
	return out
}
