package feed

import "time"

// bucket is a budget that fills with time. It may be overdrawn once, by a
// request whose cost is known only afterwards; then it must fill above zero
// again. The unit is that of the rate: bytes, or seconds of request time.
type bucket struct {
	rate  float64 // per second
	burst float64 // most that is saved up
	debt  float64 // most that is owed
	level float64
	at    time.Time
}

// newBucket is full at first.
func newBucket(rate, burst, debt float64) bucket {
	return bucket{rate: rate, burst: burst, debt: debt, level: burst}
}

// fill adds what came in since the last time.
func (b *bucket) fill(now time.Time) {
	if !b.at.IsZero() {
		b.level = min(b.burst, b.level+b.rate*now.Sub(b.at).Seconds())
	}
	b.at = now
}

// take spends n.
func (b *bucket) take(now time.Time, n float64) {
	b.fill(now)
	b.level = max(-b.debt, b.level-n)
}

// ready is when something may be spent.
func (b *bucket) ready(now time.Time) time.Time {
	b.fill(now)
	if b.level > 0 {
		return now
	}
	// The millisecond sees to it that rounding does not end just below zero.
	return now.Add(time.Duration(-b.level/b.rate*float64(time.Second)) + time.Millisecond)
}
