package ui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/viewport"
)

// notice is a message in place of the keys in the last line. It takes further
// lines where it is long.
type notice struct {
	text string
	role theme.Role
	// until is when it goes away by itself; zero for never: what went wrong
	// stays until a key is pressed.
	until time.Time
}

// say shows a message for a while.
func (a *App) say(role theme.Role, text string) {
	if len(text) > noticeLimit {
		text = strings.ToValidUTF8(text[:noticeLimit], "")
	}
	a.notice = notice{text: table.Clean(model.MaskText(text)), role: role}
	if role != theme.Broken {
		a.notice.until = a.now.Add(noticeStays)
	}
}

// fail shows an error until the next key.
func (a *App) fail(text string) tea.Cmd {
	a.say(theme.Broken, text)
	return nil
}

// endNotice takes away a message that was shown for long enough.
func (a *App) endNotice() {
	if !a.notice.until.IsZero() && !a.now.Before(a.notice.until) {
		a.notice = notice{}
	}
}

// noticeLines are the lines of the message.
func (a *App) noticeLines() []string {
	if a.notice.text == "" || a.width <= 0 {
		return nil
	}
	return viewport.Wrap(a.notice.text, a.width)
}

// noticeIn draws the message into that many lines. What does not fit is cut
// off in the last.
func (a *App) noticeIn(height int) []string {
	lines := a.noticeLines()
	if len(lines) > height {
		rest := strings.Join(lines[height-1:], " ")
		lines = append(lines[:height-1], table.Fit(rest, a.width, a.theme.Glyphs.Ellipsis))
	}
	for i, l := range lines {
		lines[i] = a.theme.Paint(a.notice.role, l)
	}
	return lines
}
