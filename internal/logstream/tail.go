package logstream

import (
	"context"
	"errors"
)

// Tail reads the newest lines of a target, n at most, and waits for them until
// the context ends. Lines that were read stand beside the error. What the engine
// itself says of a source it cannot read is an error where there is no other line.
func Tail(ctx context.Context, opener Opener, of Target, n int) ([]Line, error) {
	of.Once = true
	s := Follow(ctx, opener, []Target{of}, Limits{Tail: n, Lines: 4 * n, Bytes: tailBytes})
	defer s.Close()
	for seen := uint64(0); ; {
		version, err := s.Next(ctx, seen)
		st := s.Stats() // Before the lines: at an end, all of them are there.
		lines, warned := written(s.Window(0, 4*n, nil))
		lines = lines[max(0, len(lines)-n):]
		switch {
		case err != nil:
			return lines, context.Cause(ctx)
		case st.State == Failed, st.State == Waiting:
			return lines, errors.New(st.Reason)
		case st.State == Ended && len(lines) == 0:
			return nil, warned
		case st.State == Ended:
			return lines, nil
		}
		seen = version
	}
}

// written are the lines that the target itself wrote; an error where the engine
// says that there is something it cannot read.
func written(all []Line) (lines []Line, warned error) {
	for _, l := range all {
		switch l.Kind {
		case Warning, Notice:
			warned = errors.New(l.Text)
		case Stdout, Stderr:
			lines = append(lines, l)
		}
	}
	return lines, warned
}
