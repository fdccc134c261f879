package main

import (
	"testing"
	"time"
)

func TestWorthReturning(t *testing.T) {
	for _, tt := range []struct {
		now, kept uint64
		ago       time.Duration
		want      bool
	}{
		{restBytes, 0, time.Hour, false}, {restBytes + 1, 0, 0, true}, {30 << 20, 20 << 20, time.Hour, false},
		{200 << 20, 190 << 20, restEvery, false}, {250 << 20, 190 << 20, restEvery, true}, {190 << 20, 190 << 20, restAgain(), true},
	} {
		if got := worthReturning(tt.now, tt.kept, tt.ago); got != tt.want {
			t.Errorf("%d MB after %d MB, %s ago: %v", tt.now>>20, tt.kept>>20, tt.ago, got)
		}
	}
}
