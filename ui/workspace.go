package ui

import (
	"sync"

	tea "charm.land/bubbletea/v2"

	"skep/actions"
	"skep/model"
	"skep/ui/screen"
)

// workspace is all that belongs to one swarm: the way to it, what is known of
// it, and where the operator is in it. A second swarm is a second workspace.
// Whatever is asked of a swarm carries the workspace that it was asked for, so
// that an answer touches no other.
type workspace struct {
	backend Backend
	kept    Kept
	keepers keepers
	writing sync.WaitGroup // what was sent and has not been answered

	cluster  *model.Cluster
	seen     uint64          // the number of that snapshot
	interest *model.Interest // what the feed was told last
	stuck    stuckUpdates

	screens path // the last is shown
	trail   trail
	stack   model.StackName
	recent  []model.StackName

	overlays []overlay // over the screen; the last is on top

	accepted *accepted // and not done yet
	// last are the records of what was done last, the newest first, and lastDone its title.
	last     []actions.Target
	lastDone string
	rollout  rollout

	walks     []*walking // under way; one after the other
	stepping  bool       // a step of one is being made
	walksSaid bool       // what others left unfinished
}

func newWorkspace(opt Options, b Backend, first screen.Screen) *workspace {
	kept := b.keeps(opt)
	return &workspace{backend: masked(b), kept: kept, keepers: newKeepers(opt.Contexts, kept), screens: path{first}}
}

// enter shows a workspace.
func (a *App) enter(w *workspace) {
	a.workspace = w
	a.sources.keep(w.kept)
}

// name is what its swarm is called.
func (w *workspace) name() string {
	if w.cluster == nil || sessionName(w.cluster.Session) == "" {
		return "another swarm"
	}
	return sessionName(w.cluster.Session)
}

// leave ends what goes on in it, and its connection once what was written has
// been answered: a write that was sent cannot be called back.
func (w *workspace) leave() tea.Cmd {
	w.liftAll()
	w.closeScreens(w.screens)
	return func() tea.Msg {
		w.writing.Wait()
		if w.backend.Close != nil {
			w.backend.Close()
		}
		return nil
	}
}

func (w *workspace) top() screen.Screen { return w.screens[len(w.screens)-1] }

// current is the object under the cursor, or the one that is described; the zero
// one for none.
func (w *workspace) current() screen.Object { return w.top().Subjects()[0] }

// offline reports whether the swarm cannot be reached.
func (w *workspace) offline() bool {
	return w.cluster != nil && w.cluster.Outage != nil && !w.cluster.Outage.Waiting
}
