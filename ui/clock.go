package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
)

// ClockMsg moves the ages on the screen.
type ClockMsg struct{ number int }

// clock is the one timer of the console. It rings when the first age on the
// screen changes, and not before.
type clock struct {
	number int       // of the timer that counts; others are late
	at     time.Time // when it rings; zero while none is set
	stop   context.CancelFunc
}

// rang takes note that a timer rang.
func (c *clock) rang(msg ClockMsg) {
	if msg.number == c.number {
		c.clear()
	}
}

// clear takes the timer away.
func (c *clock) clear() {
	if c.stop != nil {
		c.stop()
	}
	c.at, c.stop = time.Time{}, nil
}

// tick sets the clock to when the first age on the screen changes. While the
// terminal is not looked at it stands still.
func (a *App) tick() tea.Cmd {
	next := a.nextChange()
	if a.blurred || next == 0 {
		a.clock.clear()
		return nil
	}
	at := a.now.Add(next)
	if !a.clock.at.IsZero() && !at.Before(a.clock.at) {
		return nil // The one that is set rings in time, and then it is set anew.
	}
	a.clock.clear()
	ctx, stop := context.WithCancel(a.ctx)
	a.clock.number++
	a.clock.at, a.clock.stop = at, stop
	number := a.clock.number
	return func() tea.Msg {
		timer := time.NewTimer(next)
		defer timer.Stop()
		select {
		case <-timer.C:
			return ClockMsg{number: number}
		case <-ctx.Done():
			return nil
		}
	}
}

// nextChange is how long the screen stays as it is; 0 for as long as nothing
// happens.
func (a *App) nextChange() time.Duration {
	next := time.Duration(0)
	soon := func(d time.Duration) {
		if d > 0 && (next == 0 || d < next) {
			next = d
		}
	}
	soon(a.untold())
	for _, o := range a.overlays {
		if c, ok := o.(changing); ok {
			soon(c.nextChange(a.now))
		}
	}
	if !a.overlaid() {
		soon(a.top().NextChange())
	}
	if a.cluster != nil {
		soon(a.freshFor())
	}
	if !a.notice.until.IsZero() {
		soon(a.notice.until.Sub(a.now))
	}
	if next == 0 {
		return 0
	}
	return next + time.Millisecond // An age must have changed when the clock rings.
}
