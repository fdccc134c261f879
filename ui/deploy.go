package ui

import (
	"errors"
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"skep/actions"
	"skep/model"
	"skep/ui/theme"
)

// Deployer makes of a file the action that brings a stack to what it asks for.
type Deployer func(file, stack string) (actions.Action, error)

// deployMsg brings what was made of a file.
type deployMsg struct {
	of     *workspace
	target actions.Target
	action actions.Action
	values map[string]string
	err    error
}

// deployFlags are what may be typed along with a file, as for skep deploy. What was
// typed needs no form.
var deployFlags = map[string]struct{ key, value string }{
	"--prune":      {actions.PruneValue, actions.Yes},
	"--keep-drift": {actions.DriftValue, actions.Keep},
	"--rotate":     {actions.RotateValue, ""}, // The next word.
}

// parseDeploy parts the flags from the other words; nil values without one.
func parseDeploy(arg string) (words []string, values map[string]string, err error) {
	rest := strings.Fields(arg)
	for i := 0; i < len(rest); i++ {
		word, value, assigned := strings.Cut(rest[i], "=")
		f, known := deployFlags[word]
		switch {
		case !strings.HasPrefix(word, "--"):
			words = append(words, rest[i])
			continue
		case !known || assigned && f.value != "":
			return nil, nil, errors.New(":deploy takes " + strings.Join(slices.Sorted(maps.Keys(deployFlags)), ", ") + ", and not " + rest[i])
		case f.value != "":
			value = f.value
		case !assigned && i+1 < len(rest):
			i++
			value = rest[i]
		}
		if value == "" {
			return nil, nil, errors.New(word + " of which secret?")
		}
		if values == nil {
			values = map[string]string{actions.PruneValue: actions.No, actions.DriftValue: actions.TakeBack, actions.RotateValue: ""}
		}
		if f.value == "" {
			value = strings.TrimSpace(values[f.key] + " " + value)
		}
		values[f.key] = value
	}
	return words, values, nil
}

// deployCommand reads a file for a stack: the one that is named, or the one on the
// screen.
func (a *App) deployCommand(arg string) (tea.Cmd, error) {
	words, values, err := parseDeploy(arg)
	if err != nil {
		return nil, err
	}
	stack := string(a.stackOnScreen())
	if len(words) == 2 {
		stack = words[1]
	}
	switch {
	case a.opt.Deploy == nil:
		return nil, errors.New("nothing is deployed here")
	case len(words) == 0 || len(words) > 2:
		return nil, errors.New(":deploy takes a file, and the name of a stack")
	case stack == "":
		return nil, errors.New("which stack? :deploy " + words[0] + " STACK, or choose one first")
	case a.cannotWrite() != "":
		return nil, errors.New(a.cannotWrite())
	}
	msg := deployMsg{of: a.workspace, values: values, target: actions.Target{Ref: model.StackName(stack).Ref(), Name: stack}}
	file, deploy := words[0], a.opt.Deploy
	return func() tea.Msg {
		msg.action, msg.err = deploy(file, stack)
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
