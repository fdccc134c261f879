package ui

import (
	"errors"
	"fmt"
	"testing"

	"skep/actions"
	"skep/model"
)

// TestDeploy_ReadsTheFileBesideUpdate: a file for the stack on the screen, or for
// the one that is named.
func TestDeploy_ReadsTheFileBesideUpdate(t *testing.T) {
	type asked struct{ file, stack string }
	for _, tt := range []struct {
		typed string
		want  asked
		sees  string
	}{
		{"deploy a.yaml other", asked{"a.yaml", "other"}, "not deployed: services web: no image"},
		{"deploy", asked{}, ":deploy takes a file"},
		{"deploy a b c", asked{}, ":deploy takes a file"},
		{"deploy a.yaml --purge", asked{}, "and not --purge"},
		{"deploy a.yaml --prune=no", asked{}, "and not --prune=no"},
		{"deploy a.yaml other --rotate", asked{}, "--rotate of which secret?"},
	} {
		var got asked
		opt := Options{Deploy: func(file, stack string) (actions.Action, error) {
			got = asked{file, stack}
			return actions.Action{}, errors.New("services web: no\nimage")
		}}
		onDesk(t, opt, shop(), 100, 24, func(t *testing.T, d *desk) {
			d.command(tt.typed)
			d.sees(tt.sees)
			if got != tt.want {
				t.Errorf("%s: read %+v, want %+v", tt.typed, got, tt.want)
			}
		})
	}
	opt := Options{ReadOnly: true, Deploy: func(string, string) (actions.Action, error) {
		return actions.Action{Kind: model.KindStack}, nil
	}}
	onDesk(t, opt, shop(), 100, 24, func(t *testing.T, d *desk) {
		d.command("deploy a.yaml other")
		d.sees("--read-only")
	})
}

// TestDeploy_AsksHow: what is not typed along with the file a form asks for, and from
// the preview one goes back to it.
func TestDeploy_AsksHow(t *testing.T) {
	opt := Options{Deploy: func(_, stack string) (actions.Action, error) {
		a := actions.Deploy(actions.Stack{Name: stack}, actions.Deployment{Resolve: actions.ResolveNever})
		a.Plan = func(in actions.Input) (actions.Plan, error) {
			title := fmt.Sprint("as ", in.Values[actions.PruneValue], ", ", in.Values[actions.DriftValue], ", ", in.Values[actions.RotateValue])
			return actions.Plan{Verb: "deploy", Target: in.Target, Title: title, Steps: []actions.Step{{Op: actions.OpCreate}}}, nil
		}
		return a, nil
	}}
	onDesk(t, opt, shop(), 100, 24, func(t *testing.T, d *desk) {
		d.command("deploy a.yaml other")
		d.sees("Deploy other", "Remove what the files no longer have: no", "What was changed by hand: take back")
		d.typed("maybe")
		d.press("enter")
		d.sees(`"maybe" is neither no nor yes`)
		d.press("tab")
		d.typed("keep")
		d.press("shift+tab")
		for range "maybe" {
			d.press("backspace")
		}
		d.press("enter")
		d.sees("as , keep,")
		d.press("esc")
		d.sees("What was changed by hand: keep")
		d.press("esc")
		d.command("deploy --prune a.yaml other --rotate key --rotate=pem")
		d.sees("as yes, take back, key pem")
		d.press("esc")
		d.sees("Secrets to replace: key pem")
	})
}
