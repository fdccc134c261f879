package ui

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// asked makes a console ask a terminal that never gets what is written.
func asked(opt Options) Options {
	opt.Written = func(string) <-chan struct{} { return nil }
	return opt
}

// answer is what the terminal says to the question whether it shows the preview.
func (d *desk) answer() { d.send(d.dialog().sight.position()) }

func (d *desk) wrote(n int) {
	d.t.Helper()
	if got := len(d.engine.writes); got != n {
		d.t.Fatalf("%d writes, want %d\n%s", got, n, d.text())
	}
}

// TestSight_CountsFromTheAnswer: a key before the answer is dropped, and so is
// one right behind it.
func TestSight_CountsFromTheAnswer(t *testing.T) {
	onDesk(t, asked(Options{Pattern: "shop_cart"}), shop(), 80, 24, func(t *testing.T, d *desk) {
		d.send(tea.CursorPositionMsg{X: 3, Y: sightRow}) // To the question at the start: it answers.
		d.press("r")
		d.wait(3 * time.Second)
		d.press("Y")
		d.sees("the terminal has not shown the preview yet: read it, then press Y again")
		d.answer()
		d.wrote(0) // It was dropped, and not kept.
		d.press("Y")
		d.sees("only just been shown")
		d.wait(dialogGuard)
		d.press("Y")
		d.wrote(1)
	})
}

// TestSight_TheAnswerIsToItsQuestion: that to a former preview does not count,
// and neither does any other.
func TestSight_TheAnswerIsToItsQuestion(t *testing.T) {
	onDesk(t, asked(Options{Pattern: "shop_cart"}), shop(), 80, 24, func(t *testing.T, d *desk) {
		d.press("r")
		former := d.dialog().sight.position()
		d.press("esc", "r")
		for _, msg := range []tea.CursorPositionMsg{former, {X: former.X, Y: 7}, {}} {
			d.send(msg)
		}
		d.wait(dialogGuard)
		d.press("Y")
		d.wrote(0)
		d.answer()
		d.later("Y")
		d.wrote(1)
	})
}

// TestSight_WithoutAnAnswer the preview says that it waits, and does so for
// longer where an answer has ever come.
func TestSight_WithoutAnAnswer(t *testing.T) {
	for _, patience := range []time.Duration{neverAnswers, slowAnswer} {
		onDesk(t, asked(Options{Pattern: "shop_cart"}), shop(), 80, 24, func(t *testing.T, d *desk) {
			if patience == slowAnswer {
				d.send(tea.CursorPositionMsg{X: 3, Y: sightRow})
			}
			d.press("r")
			d.misses("waiting for the terminal")
			d.wait(patience/2 + 10*time.Millisecond)
			d.sees("waiting for the terminal to show this")
			d.wait(patience/2 - 20*time.Millisecond)
			d.press("Y")
			d.wrote(0)
			d.wait(20 * time.Millisecond)
			d.misses("waiting for the terminal")
			d.press("Y")
			d.wrote(1)
		})
	}
}

// TestSight_ARenewalIsAskedAbout, and comes only when there was time to confirm
// what stood there: else nobody ever could over a slow link while the swarm moves.
func TestSight_ARenewalIsAskedAbout(t *testing.T) {
	const there = 1600 * time.Millisecond // and back
	c := shop()
	onDesk(t, asked(Options{Pattern: "shop_cart"}), c, 80, 24, func(t *testing.T, d *desk) {
		d.press("s", "7", "enter")
		d.wait(there)
		d.answer()
		d.wait(time.Second)
		d.feed.push(d.rescaled(c, 5))
		d.rest()
		d.sees("from 3 to 7")
		d.wait(2*there - time.Second - time.Millisecond)
		d.sees("from 3 to 7")
		d.wait(2 * time.Millisecond)
		d.sees("from 5 to 7", "the preview was renewed")
		d.wait(there - time.Millisecond)
		d.press("Y")
		d.sees("has not shown the preview yet")
		d.answer()
		d.press("Y")
		d.sees("changed just now")
		d.wrote(0)
		d.wait(changeGuard)
		d.press("Y")
		d.wrote(1)
	})
}

// TestSight_ANameIsTypedToWhatIsSeen.
func TestSight_ANameIsTypedToWhatIsSeen(t *testing.T) {
	onDesk(t, asked(Options{Pattern: "shop_cart"}), shop(), 80, 24, func(t *testing.T, d *desk) {
		d.press("ctrl+d")
		d.wait(time.Second)
		d.typed("shop")
		d.sees("the terminal has not shown the preview yet: read it, then type again")
		d.misses("to confirm: s")
		d.send(tea.PasteMsg{Content: "shop_cart"})
		d.misses("to confirm: s")
		d.answer()
		d.later()
		d.typed("shop_cart")
		d.press("Y")
		if len(d.engine.removed) != 1 {
			t.Errorf("not removed\n%s", d.text())
		}
	})
}

// TestSight_WhatIsScrolledToHasToBeShown as well, where it has to be read.
func TestSight_WhatIsScrolledToHasToBeShown(t *testing.T) {
	onDesk(t, asked(Options{Pattern: "shop_[cdw]"}), shop(), 80, 12, func(t *testing.T, d *desk) {
		d.press("space", "space", "r")
		d.answer()
		d.later()
		for d.dialog().preview.unread() > 0 && d.dialog().body.Below() > 0 {
			d.press("down")
			d.frame()
		}
		d.later("Y")
		d.sees("has not shown the preview yet")
		d.wrote(0)
		d.answer()
		d.later("down", "Y") // All was read: this brings nothing new.
		d.wrote(2)
	})
	for what, move := range map[string]tea.Msg{
		"the wheel": tea.MouseWheelMsg{Button: tea.MouseWheelDown}, "a taller window": tea.WindowSizeMsg{Width: 80, Height: 40},
	} {
		onDesk(t, asked(Options{Pattern: "shop_[cdw]", Mouse: true}), shop(), 80, 12, func(t *testing.T, d *desk) {
			d.press("space", "space", "r")
			d.answer()
			d.later()
			former := d.dialog().sight.id
			d.send(move)
			if d.dialog().sight.id == former {
				t.Errorf("%s: the terminal is not asked", what)
			}
		})
	}
}
