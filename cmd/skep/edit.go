package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/charmbracelet/x/term"

	"skep/actions"
	"skep/internal/editor"
	"skep/model"
	"skep/ui/detail"
)

// errNoEditor is why a text cannot be edited.
var errNoEditor = errors.New("nothing was done: this is no terminal for an editor")

// edit lets the operator edit the text of an action, until it makes a plan or is
// left as it is, and puts it into the request.
func edit(ctx context.Context, eng actions.Engine, c *model.Cluster, r *actions.Request) error {
	switch {
	case r.Action.Disabled(c, r.Targets) != "":
		return refusal{errors.New(r.Action.Disabled(c, r.Targets))}
	case !term.IsTerminal(os.Stdin.Fd()) || !term.IsTerminal(os.Stdout.Fd()):
		return refusal{errNoEditor}
	}
	target, text := r.Targets[0], r.Action.Text
	doc, err := eng.Inspect(ctx, target.Ref)
	if err != nil {
		return err
	}
	body, err := detail.YAMLText(text.Of(doc.Spec), actions.Note(c))
	if err != nil {
		return err
	}
	r.Values[actions.BaseValue] = string(doc.Spec)
	var wrong error
	for {
		came, changed, err := editOnce(ctx, target.Name, text.File(target, body, wrong))
		if changed {
			body = text.Body(came)
		}
		switch {
		case err == nil && !changed && wrong == nil:
			return fmt.Errorf("%w: the text was left as it is", actions.ErrNoChange)
		case err == nil && !changed:
			err = wrong
			fallthrough
		case err != nil:
			return keepText(target, text, body, err)
		}
		r.Values[actions.TextValue] = body
		p := r.Propose(c, r.Read(ctx, eng, c, nil), nil)[0]
		if wrong = p.Err; !errors.As(wrong, new(*actions.TextError)) {
			if wrong != nil && !errors.Is(wrong, actions.ErrNoChange) {
				return keepText(target, text, body, wrong)
			}
			return nil
		}
	}
}

// editOnce opens the editor, and removes the file again.
func editOnce(ctx context.Context, name, text string) (came string, changed bool, err error) {
	file, err := editor.New(name, text)
	if err != nil {
		return "", false, err
	}
	defer func() { err = errors.Join(err, file.Remove()) }()
	cmd, err := file.Command(ctx, os.Getenv)
	if err != nil {
		return "", false, err
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	ran := cmd.Run()
	if ran != nil {
		ran = fmt.Errorf("the editor ended: %w", ran)
	}
	came, changed, err = file.Taken()
	return came, changed, errors.Join(ran, err)
}

// keepText keeps a text that could not be used, and says where.
func keepText(target actions.Target, text *actions.Text, body string, why error) error {
	file, err := editor.New(target.Name, text.File(target, body, why))
	if err != nil {
		return errors.Join(why, err)
	}
	return fmt.Errorf("%w\nthe text is kept in %s", why, file.Keep())
}

// keep keeps the text of a write that was not made.
func (r *planReport) keep(of actions.Request, results []actions.Result) {
	if of.Action.Text == nil || len(results) != 1 || results[0].Err == nil {
		return
	}
	kept := keepText(of.Targets[0], of.Action.Text, of.Values[actions.TextValue], results[0].Err)
	r.Said = append(r.Said, model.MaskError(kept))
}
