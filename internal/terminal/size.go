package terminal

import "strconv"

// given is a size where the terminal tells none, as a serial line does not:
// that of the environment, or else the usual one.
func given(columns, rows int, env func(string) string) (int, int) {
	for _, d := range []struct {
		n        *int
		variable string
		usual    int
	}{{&columns, "COLUMNS", 80}, {&rows, "LINES", 24}} {
		if *d.n > 0 {
			continue
		}
		*d.n = d.usual
		if n, err := strconv.Atoi(env(d.variable)); err == nil && n > 0 {
			*d.n = n
		}
	}
	return columns, rows
}
