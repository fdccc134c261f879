package main

import "testing"

func TestWorthReturning(t *testing.T) {
	for _, tt := range []struct {
		now, kept uint64
		want      bool
	}{
		{restBytes, 0, false}, {restBytes + 1, 0, true}, {200 << 20, 190 << 20, false}, {250 << 20, 190 << 20, true}, {30 << 20, 20 << 20, false},
	} {
		if got := worthReturning(tt.now, tt.kept); got != tt.want {
			t.Errorf("%d MB after %d MB: %v", tt.now>>20, tt.kept>>20, got)
		}
	}
}
