// Package rollout is the screen of a service whose tasks are being replaced: which
// places have a new task, an old one, none yet or one that failed, how the engine
// goes on, and what is to blame where it does not, with the last lines of its log.
// It reads no more than a list of the service's tasks does, and of the log once.
package rollout

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/detail"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/table"
	"skep/ui/theme"
)

// Screen is the screen of one rollout.
type Screen struct {
	env     screen.Env
	object  screen.Object
	least   uint64
	data    table.Data
	watch   *model.ConvergenceWatch
	verdict model.Convergence
	tail    tail
	pager   *detail.Pager
	width   int
	height  int
}

// New makes the screen of a service, from a version on that a write gave it; 0 for
// any.
func New(e screen.Env, o screen.Object, least uint64) *Screen {
	return &Screen{env: e, object: o, least: least, watch: model.WatchConvergence(o.Ref.Service(), least), pager: detail.NewPager()}
}

func (r *Screen) Crumb() string             { return r.object.Name + " rollout" }
func (r *Screen) Scopes() []keys.Scope      { return []keys.Scope{keys.Text} }
func (r *Screen) Subjects() []screen.Object { return []screen.Object{r.object} }
func (r *Screen) Interest() model.Interest  { return model.InterestIn(r.object.Ref) }
func (r *Screen) Info() string              { return r.pager.Info() }

// Show implements screen.Screen.
func (r *Screen) Show(d table.Data) (cmd tea.Cmd) {
	if d.Cluster != r.data.Cluster && d.Cluster != nil {
		r.verdict = r.watch.Look(d.Cluster)
		r.stand(d.Cluster)
		cmd = r.tail.of(r, d.Cluster)
	}
	r.data = d
	r.draw()
	return cmd
}

// stand tells how the places stand by what is known, while the verdict waits for
// what is read anew.
func (r *Screen) stand(c *model.Cluster) {
	s := c.Service(r.object.Ref.Service())
	if s == nil || s.Version.Index < r.least || r.verdict.Standing != nil {
		return
	}
	if _, at := c.TasksOf(s.Key()); !at.IsZero() {
		standing := c.Standing(s)
		r.verdict.Standing = &standing
	}
}

// draw makes the text anew.
func (r *Screen) draw() {
	if r.data.Cluster != nil {
		r.pager.SetLines(r.lines())
	}
}

// Resize implements screen.Screen. How many places stand side by side depends on
// the width.
func (r *Screen) Resize(width, height int) {
	again := r.width != width
	if r.width, r.height = width, height; again {
		r.draw()
	}
}

// Do implements screen.Screen.
func (r *Screen) Do(e screen.Env, cmd keys.Command) tea.Cmd {
	if cmd == keys.Search {
		e.Ask(cmd)
		return nil
	}
	r.pager.Do(cmd)
	return nil
}

// Update implements screen.Updater.
func (r *Screen) Update(msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(tailMsg); ok && msg.screen == r {
		r.tail.take(msg)
		r.draw()
	}
	return nil
}

// Sleep implements screen.Sleeper.
func (r *Screen) Sleep() {
	if r.data, r.verdict = (table.Data{}), (model.Convergence{}); !r.tail.read {
		r.tail = tail{} // Its answer would find nobody.
	}
}

func (r *Screen) Render(th *theme.Theme) []string { return r.pager.Render(th, r.width, r.height) }

// ageStep is the step in which a rollout that goes on gets older.
const ageStep = 5 * time.Second

// NextChange is by its age while it goes on.
func (r *Screen) NextChange() time.Duration {
	if !r.data.Cluster.Facts(r.object.Ref.Service()).Rollout.Active() {
		return 0
	}
	return ageStep - r.data.Now.Sub(r.data.Now.Truncate(ageStep))
}

// Scroll implements screen.Scroller.
func (r *Screen) Scroll(rows int) { r.pager.Scroll(rows) }

func (r *Screen) SetPattern(p string) error { return r.pager.SetPattern(p) }
func (r *Screen) Pattern() string           { return r.pager.Pattern() }
func (r *Screen) Text() string              { return r.pager.Text() }

// Reason implements screen.Reasoner.
func (r *Screen) Reason(cmd keys.Command) string {
	if cmd == keys.Unmask {
		return "nothing is masked here"
	}
	return ""
}
