package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"skep/actions"
	"skep/internal/safetext"
	"skep/model"
)

// maxKept is how much of the steps of one entry is kept, in bytes: a config may
// have a megabyte, and a stack several.
const maxKept = 6 << 20

var errTooLarge = errors.New("what it was is too large to be kept")

// apartLine is one line of the file of secrets: the values of one entry, each by
// what stands in its place.
type apartLine struct {
	ID     string            `json:"id"`
	Values map[string]string `json:"values"`
}

// apartPath is the file of what looks secret, beside the journal.
func (j *Journal) apartPath() string { return strings.TrimSuffix(j.path, ".jsonl") + ".secrets.jsonl" }

// putApart takes what looks secret out of the entry's steps and gives it back. What
// stands in its place shows of it what may be shown, and is that of no other entry.
func (e *Entry) putApart() (apartLine, error) {
	out := apartLine{ID: e.ID, Values: map[string]string{}}
	marks := map[[2]string]string{}
	size := 0
	steps := make([]actions.Did, len(e.Did))
	for i, d := range e.Did {
		for _, spec := range []*json.RawMessage{&d.Before, &d.After} {
			if size += len(*spec); size > maxKept {
				return apartLine{}, errTooLarge
			}
			if len(*spec) == 0 {
				continue
			}
			hidden, err := model.Hide(*spec, func(shown, text string) string {
				mark, known := marks[[2]string{shown, text}]
				if !known {
					mark = fmt.Sprintf("%s (kept apart as %s %s %d)", shown, e.ID, e.Phase, len(marks)+1)
					marks[[2]string{shown, text}], out.Values[mark] = mark, text
				}
				return mark
			})
			if err != nil {
				return apartLine{}, fmt.Errorf("what it was cannot be kept: %w", err)
			}
			*spec = hidden
		}
		steps[i] = d
	}
	if len(steps) > 0 {
		e.Did = steps
	}
	return out, nil
}

// keepApart writes what looks secret into its file.
func (j *Journal) keepApart(line apartLine) error {
	if len(line.Values) == 0 {
		return nil
	}
	b, err := json.Marshal(line)
	if err != nil {
		return err
	}
	return j.append(j.apartPath(), append(safetext.JSON(b), '\n'))
}

// reveal puts the values of an entry back that were kept apart. An error says that
// one of them is no longer there: without it nothing can be put back.
func reveal(steps []actions.Did, values map[string]string) error {
	var missing error
	find := func(text string) (string, bool) {
		value, found := values[text]
		if !found && strings.Contains(text, "(kept apart as ") {
			missing = errors.New("what looks secret in it is no longer kept, or was taken away")
		}
		return value, found
	}
	for i := range steps {
		for _, spec := range []*json.RawMessage{&steps[i].Before, &steps[i].After} {
			if len(*spec) == 0 {
				continue
			}
			whole, err := model.Reveal(*spec, find)
			if err != nil {
				return err
			}
			*spec = whole
		}
	}
	return missing
}
