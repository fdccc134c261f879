package logs

import (
	"fmt"
	"strconv"
	"strings"

	"skep/internal/logstream"
	"skep/model"
	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/viewport"
)

// Info is how the log is doing in few words, for the end of the path.
func (p *Pane) Info() string {
	return fmt.Sprintf("%s, %s", p.stats.State, p.position())
}

// position says where in the log the screen is.
func (p *Pane) position() string {
	if p.viewport.Follow {
		return "following"
	}
	if p.bottomSeq != 0 && p.bottomSeq+1 < p.stats.Next {
		return "paused, " + count(p.stats.Next-p.bottomSeq-1) + " newer"
	}
	return "paused"
}

// status draws the last line: what matters most comes first, and what has no
// room is left out.
func (p *Pane) status(th *theme.Theme) string {
	b := viewport.NewBrush(th, p.viewport.Width)
	glyph, role := th.Glyphs.Good, theme.Good
	switch p.stats.State {
	case logstream.Connecting:
		glyph, role = th.Glyphs.Moving, theme.Moving
	case logstream.Waiting:
		glyph, role = th.Glyphs.Warning, theme.Warning
	case logstream.Failed:
		glyph, role = th.Glyphs.Broken, theme.Broken
	case logstream.Away:
		glyph, role = th.Glyphs.Warning, theme.Warning
	case logstream.Ended:
		glyph, role = th.Glyphs.Neutral, theme.Dim
	case logstream.Live:
	}
	state := p.stats.State.String()
	if p.stats.State == logstream.Waiting && p.stats.Streams > 1 {
		state += fmt.Sprintf(" %d of %d", p.stats.Lost, p.stats.Streams)
	}
	b.Clip(role, glyph+" "+state)
	for _, part := range p.parts() {
		if viewport.Cells(part.text)+2 > b.Room() {
			if part.clip && b.Room() > 12 {
				b.Blank(2)
				b.Clip(part.role, part.text)
			}
			continue
		}
		b.Blank(2)
		b.Put(part.role, part.text, viewport.Cells(part.text))
	}
	return b.String()
}

// part is a piece of the status line.
type part struct {
	role theme.Role
	text string
	clip bool
}

// parts are the pieces behind the state, the most important first.
func (p *Pane) parts() []part {
	var parts []part
	if !p.viewport.Follow || p.stats.State != logstream.Ended { // What has ended cannot be followed.
		parts = append(parts, part{theme.Plain, p.position(), false})
	}
	if p.span.words != "" {
		parts = append(parts, part{theme.Accent, p.span.words, false})
	}
	if words := p.json.words(); words != "" {
		parts = append(parts, part{theme.Accent, words, true})
	}
	if p.choice.some() {
		parts = append(parts, part{theme.Accent, p.kept() + " " + p.choice.words(), true})
	}
	if h := p.hearing; h.Known && h.Heard < h.Wanted {
		parts = append(parts, part{theme.Warning, fmt.Sprintf("hears %d of %s", h.Heard, model.Plural(h.Wanted, "replica")), false})
	}
	if p.search.pattern != "" {
		var says []string
		if p.search.current != 0 && p.search.of > 0 {
			says = append(says, count(uint64(p.search.nth))+" of "+count(uint64(p.search.of)))
		}
		if p.search.outcome != "" {
			says = append(says, p.search.outcome)
		}
		text := "find " + table.Clean(p.search.pattern)
		if len(says) > 0 {
			text += " (" + strings.Join(says, ", ") + ")"
		}
		parts = append(parts, part{theme.Accent, text, true})
	}
	if p.stats.Reason != "" {
		parts = append(parts, part{theme.Dim, p.stats.Reason, true})
	}
	if p.stats.Dropped > 0 {
		parts = append(parts, part{theme.Dim, count(p.stats.Dropped) + " older dropped", false})
	}
	if !p.viewport.Wrap {
		text := "not wrapped"
		if p.viewport.Left > 0 {
			text = fmt.Sprintf("from column %d", p.viewport.Left+1)
		}
		parts = append(parts, part{theme.Dim, text, false})
	}
	if !p.choice.some() {
		parts = append(parts, part{theme.Dim, lineCount(p.stats.Lines), false})
	}
	if h := p.hearing; h.Known && h.Wanted > 1 && h.Heard == h.Wanted {
		parts = append(parts, part{theme.Dim, fmt.Sprintf("hears all %d replicas", h.Wanted), false})
	}
	return parts
}

func lineCount(n int) string {
	if n == 1 {
		return "1 line"
	}
	return count(uint64(n)) + " lines"
}

// count writes a number with its thousands apart.
func count(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
