package ui

import (
	"errors"
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
