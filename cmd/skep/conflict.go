package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"skep/actions"
	"skep/internal/safetext"
	"skep/ui/keys"
)

// sayConflict sets side by side what both have changed.
func sayConflict(out io.Writer, drift *actions.DriftError) {
	_, _ = fmt.Fprintf(out, "\n%s was changed by somebody else meanwhile: nothing was written to it\n\nBOTH HAVE CHANGED\n", safetext.Line(drift.Target.Name))
	for _, c := range drift.Conflicts() {
		for i, l := range c.Text() {
			_, _ = fmt.Fprintln(out, strings.Repeat("  ", 1+min(i, 1))+safetext.Line(l))
		}
	}
	_, _ = fmt.Fprintln(out)
}

// askLine asks for a line, which is empty where there is none. The error is the signal
// that came in place of an answer.
func askLine(in io.Reader, out io.Writer, question string) (string, error) {
	_, _ = fmt.Fprint(out, question)
	line, err := bufio.NewReader(in).ReadString('\n')
	if errors.As(err, new(signalError)) {
		_, _ = fmt.Fprintln(out)
		return "", err
	}
	return strings.TrimSpace(line), nil
}

// over asks, where a terminal was asked before, whether what was not written is to
// be planned again on top of what somebody else has written. Nothing is written
// before that was shown and confirmed. A signal in place of the answer ends it all.
func (w write) over(results []actions.Result) (again bool, err error) {
	var drift *actions.DriftError
	if !w.asks || w.propose == nil || len(results) != 1 || results[0].Verdict() != actions.NotDone || !errors.As(results[0].Err, &drift) {
		return false, nil
	}
	sayConflict(w.cmd.ErrOrStderr(), drift)
	const question = "To plan yours again on top of theirs, type " + keys.Yes + " and press enter; to leave theirs, press enter: "
	switch answer, err := askLine(w.cmd.InOrStdin(), w.cmd.ErrOrStderr(), question); {
	case err != nil:
		return true, w.left(err)
	case answer != keys.Yes:
		return false, nil
	}
	w.request.Values[actions.OverValue] = keys.Yes
	return true, w.propose()
}
