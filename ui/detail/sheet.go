package detail

import (
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"skep/model"
	"skep/ui/table"
	"skep/ui/theme"
)

// The layout of a description: keys stand at indent, values keyWidth further.
const (
	indent   = "  "
	keyWidth = 14
)

// sheet collects the lines of a description.
type sheet struct {
	in     Input
	lines  []Line
	hidden bool // a value was masked in this section
	titled int  // the line of the present section's title
}

// section begins a section.
func (s *sheet) section(title string) {
	s.endSection()
	if len(s.lines) > 0 {
		s.lines = append(s.lines, Line{})
	}
	s.titled = len(s.lines)
	s.lines = append(s.lines, Line{{Text: table.Clean(title), Role: theme.Title}})
}

// endSection says in the title how to see what was hidden.
func (s *sheet) endSection() {
	if s.hidden {
		s.lines[s.titled] = append(s.lines[s.titled], Span{Text: "  " + s.in.unmaskHint(), Role: theme.Dim})
	}
	s.hidden = false
}

// field adds a key with its value. A value may hold line breaks.
func (s *sheet) field(key string, value ...Span) {
	label := Span{Text: indent + table.Fit(table.Clean(key), max(keyWidth, ansi.StringWidth(key)+1), ""), Role: theme.Dim}
	for _, row := range splitRows(value) {
		if len(row) > 0 {
			row[0].Hang = true
		}
		s.lines = append(s.lines, append(Line{label}, row...))
		label.Text = strings.Repeat(" ", len(indent)+keyWidth)
	}
}

// more adds a further line to the value of the field before.
func (s *sheet) more(value ...Span) { s.field("", value...) }

// text adds a field of plain text, and nothing where there is none.
func (s *sheet) text(key, value string) {
	if value != "" {
		s.field(key, Span{Text: value})
	}
}

// list adds a field with a line for each value, and nothing for none.
func (s *sheet) list(key string, values []string) {
	for _, v := range values {
		s.field(key, Span{Text: v})
		key = ""
	}
}

// item adds a line without a key.
func (s *sheet) item(value ...Span) { s.itemAt(indent, value...) }

func (s *sheet) itemAt(lead string, value ...Span) {
	for _, row := range splitRows(value) {
		if len(row) > 0 {
			row[0].Hang = true
		}
		s.lines = append(s.lines, append(Line{{Text: lead}}, row...))
	}
}

// pair adds a name with its value. The further lines of a value stand further in
// behind a bar, so that none of them looks like another name.
func (s *sheet) pair(text string) {
	first, rest, several := strings.Cut(strings.TrimRight(text, "\r\n"), "\n")
	s.item(plain(first))
	if !several {
		return
	}
	for _, l := range strings.Split(rest, "\n") {
		s.lines = append(s.lines, Line{{Text: indent + indent + s.in.Glyphs.Bar + " ", Role: theme.Dim},
			{Text: table.Clean(strings.TrimSuffix(l, "\r")), Hang: true}})
	}
}

// none says that a section is empty.
func (s *sheet) none(text string) { s.item(Span{Text: text, Role: theme.Dim}) }

// status is a word with the glyph and the role of a status.
func (s *sheet) status(word string, status model.Status) Span {
	return Span{Text: s.in.Glyphs.Of(status) + " " + word, Role: theme.RoleOf(status)}
}

// ago is how long ago a time was, and the time itself.
func (s *sheet) ago(key string, t time.Time) {
	if unset(t) {
		return
	}
	s.field(key, Span{Text: s.age(t) + " ago"}, dim(" ("+t.UTC().Format("2006-01-02 15:04:05 UTC")+")"))
}

// age is how long ago a time was; a dash where it is not known.
func (s *sheet) age(t time.Time) string {
	if unset(t) {
		return "-"
	}
	return table.Age(s.in.Now.Sub(t))
}

// agoWords are " 5m ago", for the end of a sentence; empty where the time is
// not known.
func (s *sheet) agoWords(t time.Time) string {
	if unset(t) {
		return ""
	}
	return " " + s.age(t) + " ago"
}

// unset reports whether there is no such time. The engine writes the year 1.
func unset(t time.Time) bool { return t.Unix() <= 0 }

func dim(text string) Span   { return Span{Text: text, Role: theme.Dim} }
func plain(text string) Span { return Span{Text: text} }

// splitRows breaks spans into lines where their text has line breaks. There is
// always at least one.
func splitRows(spans []Span) [][]Span {
	out := [][]Span{nil}
	for _, sp := range spans {
		for i, part := range strings.Split(strings.ReplaceAll(strings.TrimRight(sp.Text, "\r\n"), "\r\n", "\n"), "\n") {
			if i > 0 {
				out = append(out, nil)
			}
			last := len(out) - 1
			out[last] = append(out[last], Span{Text: table.Clean(part), Role: sp.Role})
		}
	}
	return out
}

// grid adds rows whose columns stand under each other. Only the last column
// may be of any length.
func (s *sheet) grid(rows [][]Span) {
	var widths []int
	for _, r := range rows {
		for i := range r {
			r[i].Text = table.Clean(r[i].Text)
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], ansi.StringWidth(r[i].Text))
		}
	}
	for _, r := range rows {
		l := Line{{Text: indent}}
		for i, c := range r {
			if i < len(r)-1 {
				c.Text = table.Fit(c.Text, widths[i], "") + "  "
			}
			c.Hang = i == 0
			l = append(l, c)
		}
		s.lines = append(s.lines, l)
	}
}
