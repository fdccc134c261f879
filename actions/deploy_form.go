package actions

import (
	"fmt"
	"slices"
	"strings"

	"skep/internal/safetext"
	"skep/model"
)

// The values of a deployment's form.
const (
	PruneValue  = "prune"
	DriftValue  = "drift"
	RotateValue = "rotate"
)

// The answers: whether to prune, and what becomes of what was changed by hand.
const (
	Yes      = "yes"
	No       = "no"
	TakeBack = "take back"
	Keep     = "keep"
)

// form asks how to deploy, beginning with how it was asked for.
func (d deploy) form(_ *model.Cluster, targets []Target) *Form {
	prune, drift := No, TakeBack
	if d.how.Prune {
		prune = Yes
	}
	if d.how.KeepDrift {
		drift = Keep
	}
	return &Form{Title: "Deploy " + targets[0].Name, Fields: []Field{
		{Key: PruneValue, Label: "Remove what the files no longer have", Value: prune, Replace: true,
			Hint: "yes or no: services, networks, configs and secrets of the stack", Check: oneOf(No, Yes)},
		{Key: DriftValue, Label: "What was changed by hand", Value: drift, Replace: true,
			Hint: "take back or keep: since the last deploy, and where the files say what they said", Check: oneOf(TakeBack, Keep)},
		{Key: RotateValue, Label: "Secrets to replace", Value: strings.Join(d.how.Rotate, " "),
			Hint: "names, a space between them: those get a new version whose content cannot be compared"},
	}}
}

// oneOf checks that a value is one of some words; none stands for the first.
func oneOf(words ...string) func(string) error {
	return func(value string) error {
		if value == "" || slices.Contains(words, value) {
			return nil
		}
		return fmt.Errorf("%q is neither %s", value, strings.Join(words, " nor "))
	}
}

// with is a deployment as a form asks for it.
func (h Deployment) with(values map[string]string) Deployment {
	if len(values) == 0 {
		return h
	}
	h.Prune, h.KeepDrift, h.Rotate = values[PruneValue] == Yes, values[DriftValue] == Keep, strings.Fields(values[RotateValue])
	return h
}

// command is docker's own that does about the same.
func (d *deploy) command() []string {
	if len(d.how.Files) == 0 || d.apart {
		return nil
	}
	words := []string{"stack", "deploy"}
	for _, f := range d.how.Files {
		words = append(words, "-c", f)
	}
	if d.how.Prune {
		words = append(words, "--prune")
	}
	text := command(append(words, d.want.Name)...)
	if len(d.how.EnvFiles) > 0 {
		text = "# with the variables of " + safetext.Line(list(d.how.EnvFiles)) + " set: " + text
	}
	return []string{text}
}
