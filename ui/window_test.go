package ui

import "testing"

func TestClamp(t *testing.T) {
	for _, tt := range [][4]int{
		{80, 24, 80, 24}, {0, 0, 0, 0}, {-1, 7, 0, 7}, {640, 180, 640, 180}, {1000, 200, 1000, 200},
		{3000, 3000, 1000, 200}, {65535, 65535, 1000, 200}, {65535, 1, 1000, 1}, {1, 65535, 1, 400}, {600, 400, 600, 333},
	} {
		if w, h := Clamp(tt[0], tt[1]); w != tt[2] || h != tt[3] {
			t.Errorf("%d by %d: %d by %d, want %d by %d", tt[0], tt[1], w, h, tt[2], tt[3])
		}
	}
}
