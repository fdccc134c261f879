package model

import "testing"

// A pattern is compiled when it is needed first: a wrong one is found here, not there.
func TestShapes_CanBeCompiled(t *testing.T) {
	for _, s := range shapes {
		if groups := s.pattern().NumSubexp(); groups > 2 || s.named && groups == 0 {
			t.Errorf("%s: %d groups, of which at most two are kept, and the first has the names", s.pattern(), groups)
		}
	}
}
