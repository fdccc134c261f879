package detail

import (
	"slices"

	"skep/model"
	"skep/ui/keys"
)

// unmaskHint says how to see hidden values; it names the key from the key
// table.
var unmaskHint = func() string {
	i := slices.IndexFunc(keys.All, func(b keys.Binding) bool { return b.Command == keys.Unmask })
	if i < 0 || len(keys.All[i].Keys) == 0 {
		return "(values hidden)"
	}
	return "(values hidden; " + keys.Show(keys.All[i].Keys[0]) + " shows)"
}()

// mask hides what is secret in a text unless the user asked to see everything.
func (s *sheet) mask(hide func(string) string, text string) string {
	if s.in.Unmask {
		return text
	}
	out := hide(text)
	s.hidden = s.hidden || out != text
	return out
}

// maskArgs hides secrets in a command line unless asked for.
func (s *sheet) maskArgs(args []string) []string {
	if s.in.Unmask {
		return args
	}
	out := model.MaskArgs(args)
	s.hidden = s.hidden || !slices.Equal(out, args)
	return out
}
