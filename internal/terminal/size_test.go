package terminal

import "testing"

func TestGiven(t *testing.T) {
	env := map[string]string{"COLUMNS": "100", "LINES": "-3"}
	for _, tt := range [][4]int{{80, 25, 80, 25}, {0, 0, 100, 24}, {0, 50, 100, 50}} {
		if w, h := given(tt[0], tt[1], func(n string) string { return env[n] }); w != tt[2] || h != tt[3] {
			t.Errorf("%v: %d by %d", tt, w, h)
		}
	}
}
