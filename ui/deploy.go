package ui

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/google/shlex"

	"skep/actions"
	"skep/model"
	"skep/ui/keys"
	"skep/ui/theme"
)

// Deployer makes of files the action that deploys them.
type Deployer func(Deployment) (actions.Action, error)

// Deployment is what is to be deployed.
type Deployment struct {
	File, Stack string
	// EnvFiles are files of variables for it.
	EnvFiles []string
	// Beside is set where it is to stand beside what runs, and Service where that is one
	// service of the stack.
	Beside, Service bool
}

// deployMsg brings what was made of a file.
type deployMsg struct {
	of     *workspace
	target actions.Target
	action actions.Action
	values map[string]string
	err    error
}

// deployFlags are what may be typed along with a file, as for skep deploy. What was
// typed for the form needs no form.
var deployFlags = map[string]struct{ key, value string }{
	"--prune":      {actions.PruneValue, actions.Yes},
	"--keep-drift": {actions.DriftValue, actions.Keep},
	"--rotate":     {actions.RotateValue, ""}, // The next word.
	"--env-file":   {envFileWord, ""},
	"--beside":     {besideWord, actions.Yes},
}

// What is typed and is none of the form's.
const envFileWord, besideWord = "env-file", "beside"

// deployLine is what was typed after :deploy.
type deployLine struct {
	Deployment
	// words are a file, and the stack that it is for.
	words []string
	// values are those of the form; nil for none.
	values map[string]string
}

// parseDeploy reads it as a shell would: what has a space stands in quotes.
func parseDeploy(arg string) (out deployLine, err error) {
	// The splitter would put other letters in the place of what is none.
	if !utf8.ValidString(arg) {
		return out, errors.New("what was typed is not UTF-8")
	}
	rest, err := shlex.Split(escaped(arg, runtime.GOOS == "windows"))
	if err != nil {
		return out, errors.New("a quote is not closed")
	}
	for i := 0; i < len(rest); i++ {
		word, value, assigned := strings.Cut(rest[i], "=")
		f, known := deployFlags[word]
		switch {
		case !strings.HasPrefix(word, "--"):
			out.words = append(out.words, rest[i])
			continue
		case !known || assigned && f.value != "":
			return out, errors.New(":deploy takes " + strings.Join(slices.Sorted(maps.Keys(deployFlags)), ", ") + ", and not " + rest[i])
		case f.value != "":
			value = f.value
		case !assigned && i+1 < len(rest):
			i++
			value = rest[i]
		}
		switch {
		case value == "":
			return out, fmt.Errorf("%s: which one?", word)
		case f.key == besideWord:
			out.Beside = true
			continue
		case f.key == envFileWord:
			out.EnvFiles = append(out.EnvFiles, value)
			continue
		}
		if out.values == nil {
			out.values = map[string]string{actions.PruneValue: actions.No, actions.DriftValue: actions.TakeBack, actions.RotateValue: ""}
		}
		if f.value == "" {
			value = strings.TrimSpace(out.values[f.key] + " " + value)
		}
		out.values[f.key] = value
	}
	return out, nil
}

// escaped is what was typed for the splitter, to which a backslash says that the next
// letter is itself. Where a backslash stands between the folders of a path it is a
// letter.
func escaped(arg string, letter bool) string {
	if !letter {
		return arg
	}
	var out strings.Builder
	quote := rune(0)
	for _, r := range arg {
		switch {
		case r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		case r == '\\' && quote != '\'': // Between those the splitter takes it as it is.
			out.WriteRune(r)
		}
		out.WriteRune(r)
	}
	return out.String()
}

// deployCommand reads a file for a stack: the one that is named, or the one on the
// screen.
func (a *App) deployCommand(arg string) (tea.Cmd, error) {
	line, err := parseDeploy(arg)
	if err != nil {
		return nil, err
	}
	words := line.words
	line.Stack = string(a.stackOnScreen())
	if len(words) == 2 {
		line.Stack = words[1]
	}
	switch {
	case a.opt.Deploy == nil:
		return nil, errors.New("nothing is deployed here")
	case len(words) == 0 || len(words) > 2:
		return nil, errors.New(":deploy takes a file, and the name of a stack; what has a space stands in quotes")
	case line.Stack == "":
		return nil, errors.New("which stack? :deploy " + words[0] + " STACK, or choose one first")
	case a.cannotWrite() != "":
		return nil, errors.New(a.cannotWrite())
	}
	line.File = words[0]
	name := line.Stack
	if line.Beside {
		name = actions.BesideStack(name)
	}
	msg := deployMsg{of: a.workspace, values: line.values, target: actions.Target{Ref: model.StackName(name).Ref(), Name: name}}
	what, deploy := line.Deployment, a.opt.Deploy
	return func() tea.Msg {
		msg.action, msg.err = deploy(what)
		return msg
	}, nil
}

// stackOnScreen is the stack that the screen is about; empty for none.
func (a *App) stackOnScreen() model.StackName {
	if a.cluster == nil {
		return a.stack
	}
	at := a.current().Ref
	for _, s := range a.cluster.Stacks() {
		if s.Name.Ref() == at {
			return s.Name
		}
	}
	if m, found := a.cluster.Find(at); found && m.Stack != "" {
		return m.Stack
	}
	return a.stack
}

// besideCommand begins to type the deployment of the stack on the screen beside itself:
// what it still needs is a file.
func (a *App) besideCommand() tea.Cmd {
	a.ask(keys.CommandLine, "deploy --beside ", a.completions)
	return nil
}

// fileMsg brings what was made of the file that a form names.
type fileMsg struct {
	dialog *dialog
	round  int
	action actions.Action
	values map[string]string
	err    error
}

// proposeForm plans what a form asks for: as a file has it, where it names one.
func (a *App) proposeForm(d *dialog, values map[string]string) tea.Cmd {
	d.action = d.begun
	what := Deployment{File: values[actions.FileValue], Beside: true, Service: true}
	s := a.cluster.Service(d.targets[0].Ref.Service())
	switch {
	case what.File == "":
		return a.propose(values)
	case a.opt.Deploy == nil || s == nil:
		d.form.err = "no file is read here"
		return nil
	}
	what.Stack = string(s.Stack())
	d.cancel()
	d.proposal = proposal{round: d.round + 1, busy: true}
	d.enter(preparing, a.now)
	msg, deploy := fileMsg{dialog: d, round: d.round, values: values}, a.opt.Deploy
	return func() tea.Msg {
		msg.action, msg.err = deploy(what)
		return msg
	}
}

func (a *App) takeFile(msg fileMsg) tea.Cmd {
	d := a.dialog()
	switch {
	case d != msg.dialog || d.round != msg.round || d.phase != preparing:
		return nil // One has gone on meanwhile.
	case msg.err != nil:
		a.toForm()
		d.form.err = model.MaskError(msg.err)
		return nil
	}
	d.action = msg.action
	return a.propose(msg.values)
}

// takeDeploy opens the form of a deployment, or with what was typed its preview.
func (a *App) takeDeploy(msg deployMsg) tea.Cmd {
	switch {
	case msg.of != a.workspace || a.dialog() != nil:
		return nil // One has gone on meanwhile.
	case msg.err != nil:
		a.say(theme.Broken, "not deployed: "+strings.ReplaceAll(model.MaskError(msg.err), "\n", " "))
		return nil
	}
	return a.openFor(msg.action, []actions.Target{msg.target}, msg.values)
}
