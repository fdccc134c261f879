package main

import (
	"testing"
	"time"

	"skep/ui"
)

// tour is an incident from its first sign to its end.
type tour struct {
	title, desc string
	act         func(f *film, s *stage)
}

var incident = tour{
	title: "skep: an incident, from the verdict line to mended",
	desc: "A service crashes since its last update. The line of problems names it, its tasks and the log of the last one that failed say why, " +
		"a roll back is previewed and confirmed, and the service comes back.",
	act: func(f *film, s *stage) {
		f.shoot(s, 3500*time.Millisecond, "", "the second line says what is wrong, worst first")
		f.press(s, 3*time.Second, "!", "all problems")
		f.press(s, 1500*time.Millisecond, "j", "shop_payments")
		f.press(s, 3500*time.Millisecond, "enter", "its tasks: they crash, and are restarted")
		f.press(s, 5*time.Second, "p", "the log of the last one that failed")
		f.press(s, 600*time.Millisecond, "q", "back")
		f.press(s, 600*time.Millisecond, "q", "back")
		f.press(s, 600*time.Millisecond, "q", "back")
		f.press(s, 400*time.Millisecond, "/", "filter")
		for _, key := range []string{"p", "a", "y"} {
			f.press(s, 300*time.Millisecond, key, "filter")
		}
		f.press(s, 1500*time.Millisecond, "enter", "only what matches")
		s.press("b")
		s.until("Y apply")
		f.shoot(s, 4*time.Second, "b", "roll back: a preview, nothing is written yet")
		f.press(s, 2500*time.Millisecond, "ctrl+f", "the end of it")
		s.press("Y")
		f.shoot(s, 1200*time.Millisecond, "Y", "apply")
		for i := 0; !s.shows("converged"); i++ {
			if i > 60 {
				s.fail("the service does not come back")
			}
			s.wait(time.Second)
			f.shoot(s, 450*time.Millisecond, "", "the rollout on its way")
		}
		s.wait(8 * time.Second) // The message of the action goes.
		f.shoot(s, 2*time.Second, "", "both replicas are up again")
		f.press(s, 1500*time.Millisecond, "q", "back")
		f.press(s, 4*time.Second, "esc", "one problem less")
	},
}

// play acts the tour on a stage and films it.
func (tr tour) play(t *testing.T) *film {
	f := &film{title: tr.title, desc: tr.desc}
	onStage(t, ui.Options{}, smallWidth, smallHeight, nil, func(s *stage) { tr.act(f, s) })
	return f
}
