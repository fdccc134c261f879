package testkit

import (
	"flag"
	"strconv"
)

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
