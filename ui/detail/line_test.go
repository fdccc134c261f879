package detail

import (
	"testing"

	"skep/ui/theme"
)

func TestMeasure_LeavesTheCallersSpansAlone(t *testing.T) {
	in := Line{{Text: "a\tb", Role: theme.Dim}, {Text: "語"}}
	l := measure(in)
	if l.text != "a b語" || l.width != 5 || in[0].Text != "a\tb" || l.spans[0].Role != theme.Dim {
		t.Errorf("%+v, of %+v", l, in)
	}
}
