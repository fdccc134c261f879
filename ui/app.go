package ui

import (
	"cmp"
	"context"
	"maps"
	"os/exec"
	"slices"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/ui/export"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/views"
)

// Options say how the console starts.
type Options struct {
	Backend  Backend
	Contexts Contexts
	// View and Pattern are what to open first; empty for the services.
	View, Pattern string
	// Keys is the table of what keys do; empty for the standard one.
	Keys keys.Table
	// ReadOnly takes away every key that writes. The engine's adapter has to
	// refuse writes as well.
	ReadOnly bool
	// ASCII keeps glyphs to ASCII.
	ASCII bool
	// Theme is the name of one; empty for the standard one. Background is what
	// is known of the terminal's until it has told itself.
	Theme      string
	Background theme.Background
	// Mouse takes clicks and the wheel from the start. The terminal's own
	// selection then needs a key held down.
	Mouse bool
	// Hint shows a line with the first keys to know until a key is pressed;
	// HintRead is called then, and remembers it. It may be nil.
	Hint     bool
	HintRead func() error
	// ByName makes lists go by name rather than begin with what is wrong, until
	// a key changes that; KeepOrder remembers it then. It may be nil.
	ByName    bool
	KeepOrder func(byName bool) error
	// Logs bounds what logs take.
	Logs screen.LogLimits
	// Multiplexer is what the clipboard has to be reached through. Buffer puts
	// a text into its buffer and the terminal's clipboard without a sequence;
	// nil where there is no such way.
	Multiplexer Multiplexer
	Buffer      func(ctx context.Context, text string) error
	// History is what was typed into the prompts in earlier runs, the oldest
	// first; Remember keeps a line for later ones. It may be nil.
	History  map[keys.Command][]string
	Remember func(kind keys.Command, line string) error
	// Written is closed once a mark has been written to the terminal; nil where
	// it cannot be asked whether it shows what was drawn.
	Written func(mark string) <-chan struct{}
	// Sources read what lists show besides the swarm, each by its name. The docker
	// contexts are one of them; see [views.View].
	Sources map[string]func(ctx context.Context) (table.Source, error)
	// Deploy reads what is to be deployed; nil where nothing is.
	Deploy Deployer
	// Export makes the compose file of a stack as it runs; nil for none.
	Export export.Maker
	// Jobs is the job control of the shell that started the console; nil for
	// none.
	Jobs JobControl
	// Acknowledge remembers the mark of a problem that the operator knows of;
	// nil to forget it with the console.
	Acknowledge func(mark string) error
	// Kept is what is written down of swarms whose backend brings nothing else.
	Kept Kept
	// Lend gives the terminal to a program until that ends; nil for the terminal
	// that Bubble Tea has.
	Lend func(cmd *exec.Cmd, ended tea.ExecCallback) tea.Cmd
	// Now is the clock.
	Now func() time.Time
}

// App is the root of the console.
type App struct {
	ctx    context.Context // of all that the console starts
	cancel context.CancelFunc
	opt    Options
	now    time.Time
	window
	appearance
	pointer

	*workspace // the swarm that is shown
	sources    sources
	making     bool            // rows are being made away from Update
	writes     writes          // to any swarm
	left       []*workspace    // in the middle of procedures
	asked      map[string]bool // the swarms, after changes of earlier runs
	closed     sync.Once

	history map[keys.Command][]string // of the prompts, the oldest first
	notice  notice
	clock   clock
	sights  sights
	hinting bool // the line of the first start is wanted
	byName  bool // lists go by name
	// multiplexer is the one of the options, or what the terminal itself says.
	multiplexer Multiplexer
}

// window is the room that there is, and whether somebody looks at it.
type window struct {
	width, height int
	blurred       bool
}

// New makes the console. It ends with ctx or with Close.
func New(ctx context.Context, opt Options) (*App, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if len(opt.Keys) == 0 {
		opt.Keys = keys.Standard()
	}
	opt.Theme = cmp.Or(opt.Theme, theme.Standard)
	if err := theme.Check(opt.Theme); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	a := &App{ctx: ctx, cancel: cancel, opt: opt, now: opt.Now()}
	a.mouse, a.hinting, a.byName, a.multiplexer = opt.Mouse, opt.Hint, opt.ByName, opt.Multiplexer
	if a.history = maps.Clone(opt.History); a.history == nil {
		a.history = map[keys.Command][]string{}
	}
	a.appearance = newAppearance(opt, a.now)
	first, err := openView(opt)
	if err != nil {
		cancel()
		return nil, err
	}
	a.sources = newSources(opt)
	a.enter(newWorkspace(opt, opt.Backend, first))
	return a, nil
}

// openView opens the view that the options name.
func openView(opt Options) (views.Screen, error) {
	name := opt.View
	if name == "" {
		name = "services"
	}
	def := views.Find(name)
	if def == nil {
		return nil, unknownView(name)
	}
	first := def.Open(views.Scope{})
	return first, first.SetPattern(opt.Pattern)
}

// Close ends the connection and all that the console started. It is called
// when the program has ended. A write that is on its way cannot be called
// back: it gets its time, is looked up, and written down. See [App.Untold].
func (a *App) Close() {
	a.closed.Do(func() {
		a.cancel()
		a.writes.wait(writePatience)
		a.closeScreens(a.screens)
		if a.backend.Close != nil {
			a.backend.Close()
		}
	})
}

// Init implements tea.Model.
func (a *App) Init() tea.Cmd {
	return tea.Batch(a.settle(), a.waitSnapshot(), tea.RequestBackgroundColor, a.askTerminal())
}

// Update implements tea.Model. It is a routing table.
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	a.now = a.opt.Now()
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		a.width, a.height = Clamp(msg.Width, msg.Height)
		cmd = a.askMoved()
		if a.sights.questions == 0 && a.height > sightRow {
			_, cmd = a.askSight() // Whether it answers is known when the first preview comes.
		}
	case tea.KeyPressMsg:
		if key, ok := a.splitAlt(msg); ok {
			_, cmd = a.Update(tea.KeyPressMsg{Code: tea.KeyEscape})
			_, then := a.Update(key)
			return a, tea.Batch(cmd, then)
		}
		a.blurred = false // Not every terminal tells that it is looked at again.
		cmd = tea.Batch(a.hideHint(), a.key(msg))
	case tea.PasteMsg:
		cmd = a.paste(msg)
	case tea.MouseClickMsg:
		cmd = a.click(msg)
	case tea.MouseWheelMsg:
		cmd = a.wheel(msg)
	case tea.FocusMsg:
		a.blurred = false
		cmd = tea.RequestBackgroundColor // It may be night now.
	case tea.BlurMsg:
		a.blurred = true
	case tea.BackgroundColorMsg, tea.ColorProfileMsg:
		a.takeLook(msg)
	case tea.CursorPositionMsg:
		a.takeSight(msg)
	case ResumedMsg:
		cmd = a.resumed(msg)
	case tea.TerminalVersionMsg:
		a.takeTerminal(msg)
	case SnapshotMsg:
		cmd = a.takeSnapshot(msg)
	case rowsMsg:
		a.takeRows(msg)
	case SourceMsg:
		cmd = a.takeSource(msg)
	case changedMsg:
		cmd = a.takeChanged(msg)
	case BackendMsg:
		cmd = a.takeBackend(msg)
	case deployMsg:
		cmd = a.takeDeploy(msg)
	case fileMsg:
		cmd = a.takeFile(msg)
	case planMsg:
		cmd = a.takePlan(msg)
	case registryMsg:
		cmd = a.takeRegistry(msg)
	case unansweredMsg:
		a.takeUnanswered(msg)
	case beginsMsg:
		msg.dialog.at = msg.at
		cmd = waitBegins(msg.dialog, msg.next)
	case resultMsg:
		cmd = a.finish(msg)
	case draftMsg:
		cmd = a.takeDraft(msg)
	case openedMsg:
		cmd = a.takeOpened(msg)
	case editedMsg:
		cmd = a.takeEdited(msg)
	case keptMsg:
		a.takeKept(msg)
	case walkMsg:
		a.takeStep(msg)
	case lendMsg:
		cmd = a.lendNow(msg)
	case lentMsg:
		cmd = a.givenBack(msg)
	case ClockMsg:
		a.clock.rang(msg)
	default:
		cmd = a.toScreens(msg)
	}
	return a, tea.Batch(cmd, a.settle())
}

// toScreens hands a message to the screens that have streams of their own.
// Each knows its own messages.
func (w *workspace) toScreens(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, s := range w.screens {
		if l, ok := s.(screen.Updater); ok {
			cmds = append(cmds, l.Update(msg))
		}
	}
	if p := w.prompt(); p != nil {
		cmds = append(cmds, p.update(msg))
	}
	return tea.Batch(cmds...)
}

// settle brings everything that follows from the state up to date: what the
// screen shows, how much room it has, what the feed has to look at, and when
// the clock has to move. It runs after every message.
func (a *App) settle() tea.Cmd {
	a.assumeDark()
	s := a.top()
	shown := s.Show(a.data(s))
	a.showTrouble()
	a.showRollout()
	a.endAccepted()
	s.Resize(a.width, a.layout().body)
	a.endNotice()
	a.tellInterest()
	return tea.Batch(shown, a.makeRows(), a.renewDue(), a.readShown(), a.tick())
}

// tellInterest tells the feed what is on the screen, if that changed.
func (a *App) tellInterest() {
	want := a.top().Interest()
	want.Blurred = a.blurred
	a.accepted.interest(&want)
	a.walkInterest(&want)
	for _, o := range a.overlays {
		if i, ok := o.(interested); ok {
			want = i.interest(want)
		}
	}
	if a.interest != nil && a.interest.Equal(want) {
		return
	}
	a.interest = &want
	a.backend.Feed.SetInterest(want)
}

// scopes are where keys are looked up now: the screen's own come first, then
// those of what it is about.
func (a *App) scopes() []keys.Scope {
	for _, o := range slices.Backward(a.overlays) {
		if s, ok := o.(scoped); ok {
			return s.scopes(a)
		}
	}
	out := a.top().Scopes()
	for _, o := range a.top().Subjects() {
		if s := views.KeysOf(o.Ref.Kind); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return append(out, keys.Everywhere)
}
