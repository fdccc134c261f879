package model_test

import (
	"testing"
	"time"

	"skep/model"
)

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 10 * time.Second: "10s", time.Minute: "1m", 90 * time.Second: "1m30s", 10 * time.Minute: "10m",
		time.Hour: "1h", time.Hour + 5*time.Second: "1h0m5s", 20 * time.Hour: "20h", 1500 * time.Millisecond: "1.5s",
	} {
		if got := model.Span(d); got != want {
			t.Errorf("%d: %s, want %s", d, got, want)
		}
	}
}
