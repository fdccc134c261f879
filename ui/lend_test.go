package ui

import (
	"os/exec"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/ui/keys"
)

// TestLend_NotBeforeTheTerminalHasAnswered: its answer would be typed into the editor.
func TestLend_NotBeforeTheTerminalHasAnswered(t *testing.T) {
	lending := func(lent *int) Options {
		opt := asked(Options{Pattern: "shop_cart"})
		opt.Lend = func(*exec.Cmd, tea.ExecCallback) tea.Cmd {
			*lent++
			return nil
		}
		return opt
	}
	t.Setenv("EDITOR", "true")
	for name, comes := range map[string]bool{"answered": true, "never answered": false} {
		t.Run(name, func(t *testing.T) {
			lent := 0
			onDesk(t, lending(&lent), shop(), 80, 24, func(t *testing.T, d *desk) {
				question := d.sights.open // The one at the start.
				if question.id == 0 {
					t.Fatal("nothing was asked")
				}
				d.press("e")
				d.wait(neverAnswers / 2)
				if lent > 0 {
					t.Fatal("the terminal is lent before it has answered")
				}
				if comes {
					d.send(question.position())
					d.wait(2 * answerPause)
				} else {
					d.wait(neverAnswers)
				}
				if lent != 1 {
					t.Errorf("lent %d times\n%s", lent, d.text())
				}
			})
		})
	}
	t.Run("left meanwhile", func(t *testing.T) {
		lent := 0
		onDesk(t, lending(&lent), shop(), 80, 24, func(t *testing.T, d *desk) {
			d.press("e", d.keyOver(keys.Leave))
			d.wait(2 * neverAnswers)
			if lent > 0 {
				t.Error("the editor comes although it was left")
			}
			d.press("e")
			d.wait(time.Second)
			if lent != 1 {
				t.Errorf("later it is lent %d times", lent)
			}
		})
	})
}
