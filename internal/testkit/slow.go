package testkit

import (
	"os"
	"testing"
)

// Slow reports whether tests are wanted in full that have to wait on real clocks,
// measure, or try something in many ways, which takes minutes: SKEP_SLOW=1 says so.
// What checks a change as a whole does; the loop of somebody who writes one does not.
func Slow() bool { return os.Getenv("SKEP_SLOW") != "" }

// Rounds is how many rounds to take of those that a test has, at least one: all of
// them where tests are wanted in full, else a quarter, and a few with -short.
func Rounds(all int) int {
	switch {
	case Slow():
		return all
	case testing.Short():
		return max(1, all/16)
	}
	return max(1, all/4)
}

// Some are as many of a list as there are rounds, spread over the whole of it.
func Some[T any](all []T) []T {
	return SomeAt(all, 0)
}

// SomeAt are Some of a list, others with each i: what goes through two lists takes
// all of both so, though not each with each.
func SomeAt[T any](all []T, i int) []T {
	n := min(Rounds(len(all)), len(all))
	some := make([]T, n)
	for k := range some {
		some[k] = all[(i+k*len(all)/n)%len(all)]
	}
	return some
}

// Full is how many rounds to take of a test that takes all of them also where tests
// are not wanted in full, and a few with -short.
func Full(all, few int) int {
	if testing.Short() && !Slow() {
		return few
	}
	return all
}

// OnlySlow skips a test unless such are wanted.
func OnlySlow(t testing.TB, why string) {
	t.Helper()
	if !Slow() {
		t.Skip("SKEP_SLOW=1 runs it: " + why)
	}
}
