package viewport

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

func FuzzBreak(f *testing.F) {
	f.Add("plain text that is longer", 7)
	f.Add("中文字 e\u0301 👩‍👩‍👧 🇩🇪x", 3)
	f.Add("", 1)
	f.Fuzz(func(t *testing.T, text string, width int) {
		if width < 2 || width > 500 || !utf8.ValidString(text) || ansi.Strip(text) != text || strings.ContainsAny(text, "\x00\n\t") {
			return // The source's lines hold no such text.
		}
		rows := Rows{broken: Break(text, width)}
		at := 0
		for i := range rows.Count() {
			r := rows.Row(i)
			if r.From != at || ansi.StringWidth(text[r.From:r.To]) > width {
				t.Fatalf("row %d is %q, %d cells of %d", i, text[r.From:r.To], ansi.StringWidth(text[r.From:r.To]), width)
			}
			if rows.Index(r.From) != i {
				t.Fatalf("byte %d is in row %d, not %d", r.From, rows.Index(r.From), i)
			}
			at = r.To
		}
		if at != len(text) {
			t.Fatalf("the rows end at %d of %d", at, len(text))
		}
	})
}

func FuzzSlice(f *testing.F) {
	f.Add("plain text", 2, 7)
	f.Add("中文字 end", 1, 4)
	f.Fuzz(func(t *testing.T, text string, left, width int) {
		if left < 0 || width < 1 || left > 1000 || width > 1000 || !utf8.ValidString(text) || ansi.Strip(text) != text || strings.ContainsAny(text, "\x00\n\t") {
			return
		}
		r, gap := Slice(text, left, left+width)
		from, to := r.From, r.To
		if from < 0 || from > to || to > len(text) || gap < 0 {
			t.Fatalf("%d to %d of %d, gap %d", from, to, len(text), gap)
		}
		if w := gap + ansi.StringWidth(text[from:to]); w > width && from < to {
			t.Fatalf("%q after %d blanks is %d cells of %d", text[from:to], gap, w, width)
		}
	})
}

func TestSlice_BeginsWithNoAccent(t *testing.T) {
	const text = "e\u0301xyz"
	if r, _ := Slice(text, 1, 3); text[r.From:r.To] != "xy" {
		t.Errorf("%q", text[r.From:r.To])
	}
}

func TestSlice_ShowsEveryPart(t *testing.T) {
	const text = "ab中文cde\u0301f"
	for width := 1; width < 14; width++ {
		for left := range 14 {
			r, gap := Slice(text, left, left+width)
			from, to := r.From, r.To
			before := ansi.StringWidth(text[:from])
			if from < to && before != left+gap {
				t.Errorf("from %d for %d: %q stands at %d", left, width, text[from:to], before)
			}
			// All that fits is there.
			if to < len(text) && left+width <= ansi.StringWidth(text) {
				if end := ansi.StringWidth(text[:to]); end < left+width-1 && from < to {
					t.Errorf("from %d for %d: %q ends at %d", left, width, text[from:to], end)
				}
			}
		}
	}
}

func TestWrap_NothingStandsPastTheEdge(t *testing.T) {
	const text = "a well-known-name-of-a-service does not-run 日本語日本語"
	for width := range 40 {
		for _, l := range Wrap(text, width) {
			if w := ansi.StringWidth(l); w > max(1, width) {
				t.Errorf("at %d: %q is %d wide", width, l, w)
			}
		}
	}
}
