package ui

import (
	"errors"

	"skep/actions"
	"skep/ui/detail"
	"skep/ui/theme"
)

// verdictTitles and verdictLines are what is said of each verdict but "done",
// above the error and below it.
var (
	verdictTitles = map[actions.Verdict]string{
		actions.NotDone:  " failed",
		actions.NotBegun: ": not begun",
		actions.InPart:   ": done in part",
		actions.Unknown:  ": it is not known whether it was done",
	}
	verdictLines = map[actions.Verdict]string{
		actions.NotDone:  "Nothing was written.",
		actions.NotBegun: "Nothing was written.",
		actions.InPart:   "What was done stays done.",
		actions.Unknown:  "Look at it before you do it again: it may be there, or still come.",
	}
)

// verdictText is what became of an action on one object that was not done, or
// may not have been. Title and text are made from the one verdict.
func verdictText(d *dialog, r actions.Result, warnings []string) []detail.Line {
	v := r.Verdict()
	lines := errorText(d.title()+verdictTitles[v], r.Err)
	var drift *actions.DriftError
	if !errors.As(r.Err, &drift) { // It says so itself.
		lines = append(lines, nil, detail.Line{{Text: verdictLines[v]}})
	}
	for _, w := range warnings {
		lines = append(lines, detail.Plain(theme.Warning, w)...)
	}
	return lines
}
