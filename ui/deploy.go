package ui

import (
	"errors"
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
	err    error
}

// deployCommand reads a file for a stack: the one that is named, or the one on the
// screen.
func (a *App) deployCommand(arg string) (tea.Cmd, error) {
	words := strings.Fields(arg)
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
	msg := deployMsg{of: a.workspace, target: actions.Target{Ref: model.StackName(stack).Ref(), Name: stack}}
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

// takeDeploy opens the preview of a deployment.
func (a *App) takeDeploy(msg deployMsg) tea.Cmd {
	switch {
	case msg.of != a.workspace || a.dialog() != nil:
		return nil // One has gone on meanwhile.
	case msg.err != nil:
		a.say(theme.Broken, "not deployed: "+strings.ReplaceAll(model.MaskError(msg.err), "\n", " "))
		return nil
	}
	return a.openFor(msg.action, []actions.Target{msg.target}, nil)
}
