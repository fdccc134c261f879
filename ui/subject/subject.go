// Package subject is what can be done with the subject of a screen without
// changing the swarm: it is described, its log is followed, one goes on to its
// users. A verb holds wherever an object of its kind is the subject; the root
// finds it by the command of the key that was pressed, and knows no more of it.
package subject

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/document"
	"skep/ui/keys"
	"skep/ui/rollout"
	"skep/ui/screen"
	"skep/ui/views"
)

// Verb is one thing to do with a subject.
type Verb struct {
	// Do does it, Reason is why it cannot be done now; nil for something that
	// always can.
	Do     func(e screen.Env, o screen.Object) tea.Cmd
	Reason func(e screen.Env, o screen.Object) string
}

// Find is the verb of a command.
func Find(cmd keys.Command) (Verb, bool) {
	v, ok := verbs[cmd]
	return v, ok
}

var verbs = map[keys.Command]Verb{
	keys.Describe:    {Do: func(e screen.Env, o screen.Object) tea.Cmd { return e.Open(document.New(e, o, false)) }},
	keys.YAML:        {openYAML, yamlReason},
	keys.LogsCommand: {openLogs, logsReason},
	keys.LastFailed:  {openLastFailed, lastFailedReason},
	keys.WatchUpdate: {openRollout, rolloutReason},
	keys.Node:        {openNode, nodeReason},
	keys.Shell:       {openShell, shellReason},
	keys.Users:       {openUsers, usersReason},
	keys.Acknowledge: {acknowledge, acknowledgeReason},
	keys.Mend:        {mend, mendReason},
	keys.PairLogs:    {openPairLogs, pairLogsReason},
	keys.Concerned:   {Do: openConcerned},
	keys.ReleaseList: {Do: openReleases},
	keys.Compare:     {compareReleases, compareReason},
	keys.Discover:    {openDiscovery, discoveryReason},
	keys.RunSet:      {runSet, runSetReason},
	keys.Export:      {openExport, exportReason},
}

// openUsers lists the services that use an object.
func openUsers(e screen.Env, o screen.Object) tea.Cmd {
	return e.Open(views.Services.Open(views.Scope{Of: o.Ref}))
}

func usersReason(e screen.Env, o screen.Object) string {
	s := e.Screen()
	if slices.Contains(s.Scopes(), keys.Services) && slices.ContainsFunc(s.Subjects()[1:], func(x screen.Object) bool { return x.Ref == o.Ref }) {
		return "these are the services that use it"
	}
	return ""
}

// openRollout watches the tasks of a service being replaced.
func openRollout(e screen.Env, o screen.Object) tea.Cmd { return e.Open(rollout.New(e, o, 0)) }

// WatchSince watches the tasks of a service being replaced, from the version on that
// a write gave it, unless they are on the screen already.
func WatchSince(e screen.Env, o screen.Object, version uint64) tea.Cmd {
	if rolloutReason(e, o) != "" {
		return nil
	}
	return e.Open(rollout.New(e, o, version))
}

func rolloutReason(e screen.Env, _ screen.Object) string {
	if _, here := e.Screen().(*rollout.Screen); here {
		return "this is its rollout"
	}
	return ""
}

// task is the one that an object is; nil for none.
func task(e screen.Env, o screen.Object) *model.Task {
	if c := e.Snapshot(); c != nil {
		return c.Task(o.Ref.Task())
	}
	return nil
}

// openNode goes to the node of a task.
func openNode(e screen.Env, o screen.Object) tea.Cmd {
	t := task(e, o)
	if t == nil {
		return nil
	}
	return e.OpenAt(views.Nodes.Open(views.Scope{}), t.NodeID.Ref())
}

func nodeReason(e screen.Env, o screen.Object) string {
	if t := task(e, o); t == nil || t.NodeID == "" {
		return "the task is not assigned to a node"
	}
	return ""
}
