package testkit

import (
	"flag"
	"runtime/debug"
	"strconv"
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
