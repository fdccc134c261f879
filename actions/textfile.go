package actions

import (
	"encoding/json"
	"errors"
	"strings"

	"skep/internal/safetext"
	"skep/model"
)

// headMark begins each line that skep puts above a text that is edited.
const headMark = "## "

// File is what goes into the editor: what to know, what was wrong with what came
// back before, and the text.
func (t *Text) File(target Target, body string, wrong error) string {
	head := []string{"Edit " + t.about + " of " + target.Name + ". Save and quit to see what it would do; nothing is written before that."}
	if wrong == nil {
		head = append(head, "Leave it unchanged, or empty it, to change nothing. A time may be typed as 10s, a size as 512MiB, 0.5 cores.")
	} else {
		head = append(head, "", "It was not taken. Mend it, or leave it as it is to give up:")
		head = append(head, wrongLines(wrong, func(above int) int { return len(head) + above + 1 })...)
	}
	var b strings.Builder
	for _, l := range head {
		b.WriteString(strings.TrimRight(headMark+safetext.Line(l), " "))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	b.WriteString(body)
	if wrong == nil && t.Example != "" && !strings.Contains(body, "# For example:") {
		b.WriteString("\n# For example:\n# " + strings.ReplaceAll(t.Example, "\n", "\n# ") + "\n")
	}
	return b.String()
}

// wrongLines are a line for each thing that is wrong. The lines of a problem are
// those of the text below the lines that stand above it, of which these are some.
func wrongLines(wrong error, above func(lines int) int) []string {
	var text *TextError
	var drift *DriftError
	switch {
	case errors.As(wrong, &text):
		out := make([]string, len(text.Problems))
		for i, p := range text.Problems {
			out[i] = "- " + p.in(above(len(text.Problems)))
		}
		return out
	case errors.As(wrong, &drift):
		out := []string{"- somebody else has changed the same meanwhile:"}
		for _, c := range drift.Conflicts() {
			for i, l := range c.Text() {
				out = append(out, strings.Repeat("  ", min(i, 1)+1)+l)
			}
		}
		return out
	}
	var out []string
	for l := range strings.SplitSeq(model.MaskError(wrong), "\n") {
		out = append(out, "- "+l)
	}
	return out
}

// Body is a text that came back, without what skep has put above it.
func (*Text) Body(file string) string {
	for strings.HasPrefix(file, strings.TrimSpace(headMark)) {
		_, rest, more := strings.Cut(file, "\n")
		if !more {
			return ""
		}
		file = rest
	}
	return strings.TrimPrefix(file, "\n")
}

// Note is what a text says behind the value of a field: a number in its unit, and
// what the object of an ID is called.
func Note(c *model.Cluster) func(key, value string) string {
	return func(key, value string) string {
		if key == "Target" {
			if m, found := c.Find(model.Ref{Kind: model.KindNetwork, ID: value}); found {
				return safetext.Line(m.Name)
			}
			return ""
		}
		return model.Quantity(key, json.Number(value))
	}
}
