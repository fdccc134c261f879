package testkit

import (
	"flag"
	"runtime/debug"
	"strconv"
	"testing"

	"golang.org/x/sync/errgroup"
)

// LetGarbageBe collects it more rarely, in tests that make much of it and hold
// little: to collect is a fifth of what they take. It is for a TestMain.
func LetGarbageBe() { debug.SetGCPercent(400) }

// SideBySide lets more tests run at once than there are processors, where they
// mostly wait, unless the command line says how many. It is for a TestMain.
func SideBySide(n int) {
	flag.Parse()
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if !said {
		_ = flag.Set("test.parallel", strconv.Itoa(n)) // A number, which it takes.
	}
}

// abreast is how many subtests run at once: more of them keep a swarm so busy that what
// each does takes longer than anybody waits.
const abreast = 8

// Together runs a subtest for each of some things, [abreast] at once, while the test that
// brought up what they share holds its place: with t.Parallel each of them would wait
// for a place among all the tests of its package, and keep the shared swarm busy.
func Together[X any](t *testing.T, all []X, name func(X) string, run func(*testing.T, X)) {
	t.Helper()
	var g errgroup.Group
	g.SetLimit(abreast)
	for _, x := range all {
		g.Go(func() error {
			t.Run(name(x), func(t *testing.T) { run(t, x) })
			return nil
		})
	}
	_ = g.Wait() // None gives an error.
}
