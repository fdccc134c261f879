package logs

import "testing"

func TestScreen_ListsAFew(t *testing.T) {
	for want, names := range map[string][]string{
		"a": {"a"}, "a, b, c": {"a", "b", "c"}, "a, b, c and 2 more": {"a", "b", "c", "d", "e"},
	} {
		if got := listed(names); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
