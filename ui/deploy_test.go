package ui

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/shlex"

	"skep/actions"
	"skep/model"
)

// TestDeploy_ReadsTheFileBesideUpdate: a file for the stack on the screen, or for
// the one that is named.
func TestDeploy_ReadsTheFileBesideUpdate(t *testing.T) {
	for _, tt := range []struct {
		typed string
		want  Deployment
		sees  string
	}{
		{"deploy a.yaml other", Deployment{File: "a.yaml", Stack: "other"}, "not deployed: services web: no image"},
		{`deploy "my stack/a.yaml" other --env-file 'my env' --env-file=b`, Deployment{File: "my stack/a.yaml", Stack: "other", EnvFiles: []string{"my env", "b"}}, "no image"},
		{"deploy --beside a.yaml other", Deployment{File: "a.yaml", Stack: "other", Beside: true}, "no image"},
		{"deploy", Deployment{}, ":deploy takes a file"},
		{"deploy a b c", Deployment{}, ":deploy takes a file"},
		{`deploy "a`, Deployment{}, "a quote is not closed"},
		{"deploy a.yaml --purge", Deployment{}, "and not --purge"},
		{"deploy a.yaml --prune=no", Deployment{}, "and not --prune=no"},
		{"deploy a.yaml other --rotate", Deployment{}, "--rotate: which one?"},
	} {
		var got Deployment
		opt := Options{Deploy: func(what Deployment) (actions.Action, error) {
			got = what
			return actions.Action{}, errors.New("services web: no\nimage")
		}}
		onDesk(t, opt, shop(), 100, 24, func(t *testing.T, d *desk) {
			d.command(tt.typed)
			d.sees(tt.sees)
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%s: read %+v, want %+v", tt.typed, got, tt.want)
			}
		})
	}
	opt := Options{ReadOnly: true, Deploy: func(Deployment) (actions.Action, error) {
		return actions.Action{Kind: model.KindStack}, nil
	}}
	onDesk(t, opt, shop(), 100, 24, func(t *testing.T, d *desk) {
		d.command("deploy a.yaml other")
		d.sees("--read-only")
	})
}

// On Windows a backslash is a letter of a path, in quotes and without.
func TestEscaped(t *testing.T) {
	for typed, want := range map[string][]string{
		`C:\stacks\shop.yaml shop`:            {`C:\stacks\shop.yaml`, "shop"},
		`"C:\my stacks\shop.yaml" shop`:       {`C:\my stacks\shop.yaml`, "shop"},
		`'C:\my stacks\shop.yaml' shop`:       {`C:\my stacks\shop.yaml`, "shop"},
		`"it's C:\a" --env-file 'C:\x y\b' c`: {`it's C:\a`, "--env-file", `C:\x y\b`, "c"},
		`\\host\share\a.yaml`:                 {`\\host\share\a.yaml`},
	} {
		got, err := shlex.Split(escaped(typed, true))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", typed, got, err)
		}
		if escaped(typed, false) != typed {
			t.Errorf("%s is changed elsewhere", typed)
		}
	}
}

// FuzzParseDeploy holds that nothing that is typed ends the program, and that a file
// in quotes stays one word.
func FuzzParseDeploy(f *testing.F) {
	f.Add("a.yaml other --rotate key")
	f.Add(`--env-file "a b" 'c d'`)
	f.Add("a.yaml other --rot\x80\xbe?")
	f.Fuzz(func(t *testing.T, typed string) {
		if line, err := parseDeploy(typed); err != nil && line.Beside && line.words == nil && line.values != nil {
			t.Errorf("%q: %+v with %v", typed, line, err)
		}
		if strings.ContainsAny(typed, "\"\\\x00") || strings.HasPrefix(typed, "--") {
			return
		}
		if !utf8.ValidString(typed) {
			if line, err := parseDeploy(`"` + typed + `"`); err == nil {
				t.Errorf("%q: %+v, though it is not UTF-8", typed, line)
			}
			return
		}
		if line, err := parseDeploy(`"` + typed + `"`); err != nil || len(line.words) != 1 || line.words[0] != typed {
			t.Errorf("%q: %+v, %v", typed, line, err)
		}
	})
}

// TestDeploy_AsksHow: what is not typed along with the file a form asks for, and from
// the preview one goes back to it.
func TestDeploy_AsksHow(t *testing.T) {
	opt := Options{Deploy: func(what Deployment) (actions.Action, error) {
		a := actions.Deploy(actions.Stack{Name: what.Stack}, actions.Deployment{Resolve: actions.ResolveNever})
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

// TestBeside_FromAFile: the form of a service takes a file, and what is wrong with that
// stands in the form; the key on a stack begins to type what makes one beside it.
func TestBeside_FromAFile(t *testing.T) {
	var got Deployment
	wrong := errors.New("services web: no\nimage")
	opt := Options{Deploy: func(what Deployment) (actions.Action, error) {
		got = what
		return actions.Action{Verb: "green", Title: "From the file", Kind: model.KindService, Plan: func(in actions.Input) (actions.Plan, error) {
			return actions.Plan{}, errors.New("made of " + got.File + ", named " + in.Values["name"])
		}}, wrong
	}}
	onDesk(t, opt, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.command("services shop_web")
		d.press("+")
		d.sees("Compose file")
		d.press("tab", "tab", "tab")
		d.typed("web.yaml")
		d.press("enter")
		d.sees("services web: no image")
		if want := (Deployment{File: "web.yaml", Stack: "shop", Beside: true, Service: true}); !reflect.DeepEqual(got, want) {
			t.Errorf("read %+v, want %+v", got, want)
		}
		wrong = nil
		d.press("enter")
		d.sees("made of web.yaml, named shop_web-green")
		d.press("esc")
		d.command("stacks")
		d.press("+")
		d.typed("a.yaml")
		d.press("enter")
		if want := (Deployment{File: "a.yaml", Stack: "shop", Beside: true}); !reflect.DeepEqual(got, want) {
			t.Errorf("read %+v, want %+v", got, want)
		}
	})
}
