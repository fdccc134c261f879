package detail

import (
	"strings"
	"testing"

	"skep/model"
)

// TestChanges_TellWithoutColour: what came and what went differ in more than colour.
func TestChanges_TellWithoutColour(t *testing.T) {
	s := &sheet{}
	s.changes([]model.Change{{Path: "A", After: "x"}, {Path: "B", Before: "x"}})
	var text strings.Builder
	for _, l := range s.lines {
		for _, span := range l {
			text.WriteString(span.Text)
		}
		text.WriteByte('\n')
	}
	if got := text.String(); !strings.Contains(got, "A  + x") || !strings.Contains(got, "B  - x") {
		t.Errorf("%s", got)
	}
}
