package logs

import (
	"context"
	"runtime/debug"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/internal/logstream"
	"skep/ui/keys"
)

// stampMode is how much of a line's time is shown.
type stampMode int

const (
	stampNone stampMode = iota
	stampShort
	stampFull
	stampModes
)

// layouts are the forms of the time, with a blank behind them.
var layouts = [stampModes]string{"", "15:04:05 ", "2006-01-02 15:04:05.000 "}

// Pane shows a log. It belongs to the goroutine of Update.
type Pane struct {
	source   Source
	title    string
	names    Names
	zone     *time.Location
	interval time.Duration
	hint     string
	ctx      context.Context
	cancel   context.CancelFunc

	// stats is the source as of the last answer; only lines that were there
	// then are shown.
	stats logstream.Stats
	seen  uint64
	due   time.Time

	width, height int // of the whole pane
	follow, wrap  bool
	stamps        stampMode
	top           place // the first visible row, while not following
	left          int   // cells scrolled to the right, while not wrapping
	columns       columns
	widestName    int
	bottomSeq     uint64 // the last line that was drawn

	search search
	// broken is where the rows of wrapped lines begin, at the width brokenAt.
	broken               map[uint64][]int
	brokenAt, brokenRows int
	win                  []logstream.Line
	stamp                []byte
}

// New makes a pane that follows, and wraps long lines. Without names there is
// no column for them, as for the log of one task. The pane closes the source.
func New(source Source, title string, names Names) *Pane {
	ctx, cancel := context.WithCancel(context.Background())
	return &Pane{
		source: source, title: title, names: names, zone: time.Local, interval: DefaultInterval,
		ctx: ctx, cancel: cancel, stats: source.Stats(), follow: true, wrap: true,
		search: newSearch(), broken: map[uint64][]int{},
	}
}

// SetInterval sets the least time between two answers of the source.
func (p *Pane) SetInterval(d time.Duration) { p.interval = d }

// SetHint sets what is said while there are no lines, such as that the log
// driver can not be read.
func (p *Pane) SetHint(text string) { p.hint = text }

// freshMsg says that the source has something new for a pane.
type freshMsg struct {
	pane    *Pane
	version uint64
	err     error
}

// Init starts waiting for lines and for searches.
func (p *Pane) Init() tea.Cmd { return tea.Batch(p.wait(), p.waitFind()) }

// wait returns the command that waits for news. Waiting out the interval
// comes first, so that what is newest then is told, not what was newest
// before.
func (p *Pane) wait() tea.Cmd {
	seen, due := p.seen, p.due
	return func() tea.Msg {
		if d := time.Until(due); d > 0 {
			timer := time.NewTimer(d)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-p.ctx.Done():
				return freshMsg{pane: p, err: p.ctx.Err()}
			}
		}
		version, err := p.source.Next(p.ctx, seen)
		return freshMsg{pane: p, version: version, err: err}
	}
}

// Update takes in a message; those of other panes are ignored.
func (p *Pane) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case freshMsg:
		if msg.pane != p || msg.err != nil {
			return nil
		}
		p.seen, p.due = msg.version, time.Now().Add(p.interval)
		p.stats = p.source.Stats()
		p.keepTop()
		return p.wait()
	case foundMsg:
		if msg.pane != p {
			return nil
		}
		p.found(msg)
		return p.waitFind()
	}
	return nil
}

// Close ends the pane and its source. It does not wait for the source's
// goroutines: a connection may take a moment to end, and Update must not.
//
// The memory of the log goes back to the system then. By itself the runtime
// keeps it for minutes, of a program that then does next to nothing.
func (p *Pane) Close() {
	p.cancel()
	p.win = nil
	p.forgetBroken()
	go func() {
		p.source.Close()
		debug.FreeOSMemory()
	}()
}

// Resize says how much room there is, the status line included.
func (p *Pane) Resize(width, height int) {
	width, height = max(0, width), max(0, height)
	if width == p.width && height == p.height {
		return
	}
	p.width, p.height = width, height
	p.arrange()
	if end := p.bottom(); !p.follow && end.before(p.top) {
		p.top = end // A taller screen is filled.
	}
}

// Run does what a key asks for; false for a command that is not the pane's.
func (p *Pane) Run(cmd keys.Command) bool {
	switch cmd {
	case keys.Up:
		p.Scroll(-1)
	case keys.Down:
		p.Scroll(1)
	case keys.PageUp:
		p.Scroll(-max(1, p.rows()-1))
	case keys.PageDown:
		p.Scroll(max(1, p.rows()-1))
	case keys.Top:
		p.left = 0
		p.moveTo(place{seq: p.stats.First})
	case keys.Bottom:
		p.left = 0
		p.follow = true
	case keys.Follow:
		if p.follow {
			p.top = p.bottom()
		}
		p.follow = !p.follow
	case keys.Left:
		p.left = max(0, p.left-p.sideStep())
	case keys.Right:
		p.scrollRight()
	case keys.Wrap:
		p.wrap, p.left = !p.wrap, 0
		p.arrange()
	case keys.Timestamps:
		p.stamps = (p.stamps + 1) % stampModes
		p.arrange()
	case keys.NextMatch:
		p.seek(logstream.Newer)
	case keys.PrevMatch:
		p.seek(logstream.Older)
	default:
		return false
	}
	return true
}

// Following tells whether the pane goes with the newest line.
func (p *Pane) Following() bool { return p.follow }

// Title is what the log is of.
func (p *Pane) Title() string { return p.title }

// Text is the visible lines, as for the clipboard.
func (p *Pane) Text() string {
	var out []byte
	top := p.visibleTop()
	for _, l := range p.window(top.seq, max(1, p.rows())) {
		if l.Seq > p.bottomSeq {
			break
		}
		if s := layouts[p.columns.stamps]; s != "" {
			out = l.Time.In(p.zone).AppendFormat(out, s)
		}
		if name := p.wholeName(&l); name != "" {
			out = append(append(out, name...), ' ')
		}
		out = append(append(out, l.Text...), '\n')
	}
	return string(out)
}

// wholeName is the name of a line's origin, not shortened; empty where names
// are not shown.
func (p *Pane) wholeName(l *logstream.Line) string {
	switch {
	case l.Kind == logstream.Warning || l.Kind == logstream.Notice:
		return originOf(l.Kind)
	case p.names == nil:
		return ""
	}
	name, _ := p.nameOf(l)
	return name
}
