package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"skep/actions"
	"skep/internal/editor"
	"skep/model"
	"skep/ui/detail"
	"skep/ui/keys"
)

// errNoEditor is why a text cannot be edited.
var errNoEditor = errors.New("nothing was done: this is no terminal for an editor; --file takes the text from a file, or with - from standard input")

// mostWrong is how often in a row a text goes back into the editor without a
// question: an editor may be a program that always writes what is wrong.
const mostWrong = 3

// fileFlag is for verbs that are done in an editor otherwise.
func fileFlag(c *cobra.Command) func(act) act {
	file := ""
	c.Flags().StringVarP(&file, "file", "f", "", "take the text from a `FILE` instead of an editor, - for standard input")
	c.Long += "\n\nOn a terminal VISUAL or EDITOR edits the text. A text of --file is all that is to\n" +
		"be there, as YAML or JSON: docker service inspect -f '{{json .Spec}}' SERVICE\n" +
		"prints a whole spec. Of what docker service inspect SERVICE prints whole, with the\n" +
		"version, nothing is taken once somebody has changed the service since."
	return func(a act) act { a.file = file; return a }
}

// editing puts the text of an action into the request.
type editing struct {
	ctx context.Context
	eng actions.Engine
	c   *model.Cluster
	r   *actions.Request
	in  io.Reader
	out io.Writer
	// body is the text, as it came back last, and wrong why it goes back into the
	// editor.
	body  string
	wrong error
}

// edit takes the text from a file, or lets the operator edit it.
func (e *editing) edit(file string) error {
	text := e.r.Action.Text
	switch {
	case e.r.Action.Disabled(e.c, e.r.Targets) != "":
		return refusal{errors.New(e.r.Action.Disabled(e.c, e.r.Targets))}
	case file == "" && (!term.IsTerminal(os.Stdin.Fd()) || !term.IsTerminal(os.Stdout.Fd())):
		return refusal{errNoEditor}
	}
	doc, err := e.eng.Inspect(e.ctx, e.target().Ref)
	if err != nil {
		return err
	}
	e.r.Values[actions.BaseValue] = string(doc.Spec)
	if file != "" {
		return e.take(file, doc)
	}
	if e.body, err = detail.YAMLText(text.Of(doc.Spec), actions.Note(e.c)); err != nil {
		return err
	}
	return e.untilRight()
}

func (e *editing) target() actions.Target { return e.r.Targets[0] }

// take takes the text from a file: one that is wrong has nobody to mend it.
func (e *editing) take(file string, doc model.Document) error {
	text, err := editor.Read(file, e.in)
	if o, whole := readInspected(text); err == nil && whole {
		text, err = o.of(doc, e.target(), e.r.Action.Text, actions.Note(e.c))
	}
	if err != nil {
		return err
	}
	e.r.Values[actions.TextValue] = e.r.Action.Text.Body(text)
	if err := e.plan(); errors.As(err, new(*actions.TextError)) {
		return usageError{fmt.Errorf("--file: %w", err)}
	}
	return nil
}

// plan is what keeps the text from making a plan.
func (e *editing) plan() error {
	return e.r.Propose(e.c, e.r.Read(e.ctx, e.eng, e.c, nil), nil)[0].Err
}

// untilRight opens the editor until the text makes a plan, or is left as it is.
func (e *editing) untilRight() error {
	for wrongs := 1; ; wrongs++ {
		came, changed, err := e.once()
		switch {
		case changed:
			e.body = e.r.Action.Text.Body(came)
		case err == nil && e.wrong == nil:
			return fmt.Errorf("%w: the text was left as it is", actions.ErrNoChange)
		case e.wrong == nil:
			return err
		case err == nil:
			err = e.wrong
		}
		if err != nil {
			return e.keep(err)
		}
		e.r.Values[actions.TextValue] = e.body
		e.wrong = e.plan()
		var drift *actions.DriftError
		switch {
		case e.wrong == nil || errors.Is(e.wrong, actions.ErrNoChange):
			return nil
		case errors.As(e.wrong, &drift):
			if over, err := e.askOver(drift); over || err != nil {
				return err
			}
			wrongs = 0
		case !errors.As(e.wrong, new(*actions.TextError)):
			return e.keep(e.wrong)
		case wrongs%mostWrong == 0:
			_, _ = fmt.Fprintf(e.out, "The text was not taken: %s\n", model.MaskError(e.wrong))
			switch answer, err := askLine(e.in, e.out, "To edit it again, type "+keys.Yes+" and press enter; to keep it in a file, press enter: "); {
			case err != nil:
				return e.left(err)
			case answer != keys.Yes:
				return e.keep(e.wrong)
			}
		}
	}
}

// askOver asks what to do about what somebody else has written meanwhile: nothing
// and no error is to edit the text again, with that on top.
func (e *editing) askOver(drift *actions.DriftError) (over bool, err error) {
	sayConflict(e.out, drift)
	const question = "To plan yours on top of theirs, type " + keys.Yes + " and press enter; to edit it again, type e; to keep it in a file and leave theirs, press enter: "
	switch answer, err := askLine(e.in, e.out, question); {
	case err != nil:
		return false, e.left(err)
	case answer == keys.Yes:
		e.r.Values[actions.OverValue] = keys.Yes
		return true, nil
	case answer == "e":
		return false, nil
	}
	return false, e.keep(e.wrong)
}

// once opens the editor once, and removes the file again.
func (e *editing) once() (came string, changed bool, err error) {
	target := e.target()
	file, err := editor.New(target.Name, e.r.Action.Text.File(target, e.body, e.wrong))
	if err != nil {
		return "", false, err
	}
	defer func() { err = errors.Join(err, file.Remove()) }()
	cmd, err := file.Command(e.ctx, os.Getenv)
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

// keep keeps the text that could not be used, and says where.
func (e *editing) keep(why error) error {
	e.r.Values[actions.TextValue] = e.body
	return keepText(*e.r, why)
}

// left keeps the text where a signal came at a question, and says where: of a signal
// nothing is said in the end.
func (e *editing) left(why error) error {
	_, _ = fmt.Fprintln(e.out, model.MaskError(e.keep(e.wrong)))
	return why
}

// errUnconfirmed is why a text was kept that could have been used.
var errUnconfirmed = errors.New("it was not confirmed")

// keepText keeps the text of a request that was not carried out, and says where.
func keepText(r actions.Request, why error) error {
	target, text := r.Targets[0], r.Action.Text
	file, err := editor.New(target.Name, text.File(target, r.Values[actions.TextValue], why))
	if err != nil {
		return errors.Join(why, err)
	}
	return fmt.Errorf("%w\nthe text is kept in %s", why, file.Keep())
}
