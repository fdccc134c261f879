package table

import (
	"fmt"
	"time"
)

const day = 24 * time.Hour

// Age is a duration as coarsely as an operator needs it. Below a minute it
// moves in steps of five seconds, so that a quiet screen stays quiet.
func Age(d time.Duration) string {
	switch {
	case d < 0:
		return "0s" // The clocks of nodes differ.
	case d < 5*time.Second:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/(5*time.Second)*5)
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 2*day:
		return fmt.Sprintf("%dh", d/time.Hour)
	default:
		return fmt.Sprintf("%dd", d/day)
	}
}

// Until is how long an age stays as it reads now.
func Until(d time.Duration) time.Duration {
	step := day
	switch {
	case d < 0:
		return -d + time.Second
	case d < 5*time.Second:
		step = time.Second
	case d < time.Minute:
		step = 5 * time.Second
	case d < time.Hour:
		step = time.Minute
	case d < 2*day:
		step = time.Hour
	}
	return step - d%step
}

// ages remembers when the first of the visible ages changes, since every key
// asks for it.
type ages struct {
	of agesOf
	at time.Time // zero if no age is visible
}

// agesOf is what is visible.
type agesOf struct {
	news, top, height int
	wide              bool
}

// NextChange is how long the visible ages stay as they read now; 0 if no age
// is visible.
func (t *Table[R]) NextChange() time.Duration {
	now, of := t.data.Now, agesOf{t.news, t.top, t.height, t.wide}
	if t.ages.of != of || !t.ages.at.IsZero() && !now.Before(t.ages.at) {
		t.ages = ages{of: of}
		if next := t.nextChange(); next > 0 {
			t.ages.at = now.Add(next)
		}
	}
	if t.ages.at.IsZero() {
		return 0
	}
	return t.ages.at.Sub(now)
}

func (t *Table[R]) nextChange() time.Duration {
	next := time.Duration(0)
	for _, r := range t.visible() {
		for i := range t.columns {
			if t.columns[i].Wide && !t.wide {
				continue
			}
			since := t.columns[i].Cell(t.data, r).Since
			if since.IsZero() {
				continue
			}
			if d := Until(t.data.Now.Sub(since)); next == 0 || d < next {
				next = d
			}
		}
	}
	return next
}
