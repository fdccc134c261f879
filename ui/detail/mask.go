package detail

import (
	"slices"

	"skep/model"
)

// unmaskHint says how to see hidden values.
func (in Input) unmaskHint() string {
	if in.UnmaskKey == "" {
		return "(values hidden)"
	}
	return "(values hidden; " + in.UnmaskKey + " shows)"
}

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
