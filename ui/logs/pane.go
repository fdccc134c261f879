package logs

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/internal/logstream"
	"skep/model"
	"skep/ui/keys"
	"skep/ui/table"
	"skep/ui/viewport"
)

// stampMode is how much of a line's time is shown.
type stampMode int

// The modes, the narrowest first.
const (
	stampNone stampMode = iota
	stampAge
	stampShort
	stampFull
	stampModes
)

// nextStamps is the order in which a key goes through them.
var nextStamps = [stampModes]stampMode{stampNone: stampShort, stampShort: stampFull, stampFull: stampAge, stampAge: stampNone}

// layouts are the forms of the time, with a blank behind them; an age has a width
// alone.
var layouts = [stampModes]string{"", "     ", "15:04:05 ", "2006-01-02 15:04:05.000 "}

// appendStamp appends the time of a line, as wide as its layout.
func (p *Pane) appendStamp(dst []byte, l *logstream.Line) []byte {
	if p.columns.stamps == stampAge {
		return fmt.Appendf(dst, "%4.4s ", table.Age(p.now.Sub(l.Time)))
	}
	return l.Time.In(p.zone).AppendFormat(dst, layouts[p.columns.stamps])
}

// nameMode is how much of a replica's name is shown.
type nameMode int

const (
	nameShort nameMode = iota // what tells it from the others
	nameNone
	nameFull
	nameModes
)

// Pane shows a log. It belongs to the goroutine of Update.
type Pane struct {
	// log is what is followed, source what is shown of it: the log itself, or a
	// sieve over it.
	log      Source
	source   Source
	title    string
	names    Names
	origin   func(l *logstream.Line) Origin // nil where nothing is known
	zone     *time.Location
	interval time.Duration
	hint     string
	hearing  model.Hearing
	ctx      context.Context
	cancel   context.CancelFunc

	// stats is the source as of the last answer; only lines that were there
	// then are shown.
	stats logstream.Stats
	seen  uint64
	due   time.Time

	viewport   viewport.Viewport[logstream.Line]
	height     int // of the whole pane
	stamps     stampMode
	naming     nameMode
	marks      []uint64  // the numbers in the log of marked lines, in order
	now        time.Time // what ages are told from
	columns    columns
	arrangedAt int // the width that the columns are for
	widestName int
	bottomSeq  uint64 // the last line that was drawn

	search search
	// choice is what is shown of the log; sifts hands the sieve for a new choice
	// to the command that fills it, wanted is the last one.
	choice choice
	span   span
	sifts  chan *sieve
	wanted *sieve

	json  jsonView
	win   []logstream.Line
	stamp []byte
}

// New makes a pane that follows, and wraps long lines. Without names there is
// no column for them, as for the log of one task. The pane closes the source.
func New(source Source, title string, names Names) *Pane {
	ctx, cancel := context.WithCancel(context.Background())
	p := &Pane{
		log: source, source: source, title: title, names: names, zone: time.Local, interval: DefaultInterval,
		ctx: ctx, cancel: cancel, stats: source.Stats(), search: newSearch(), sifts: make(chan *sieve, 1),
	}
	p.viewport.Lines, p.viewport.Follow, p.viewport.Wrap = text{p}, true, true
	return p
}

// SetInterval sets the least time between two answers of the source.
func (p *Pane) SetInterval(d time.Duration) { p.interval = d }

// SetHint sets what is said while there are no lines, such as that the log
// driver cannot be read.
func (p *Pane) SetHint(text string) { p.hint = text }

// SetHearing sets how many replicas the log is of, and how many are heard.
func (p *Pane) SetHearing(h model.Hearing) { p.hearing = h }

// freshMsg says that a source of a log, the log itself or a sieve over it, has something
// new for a pane.
type freshMsg struct {
	pane        *Pane
	log, source Source
	version     uint64
	err         error
}

// Init starts waiting for lines, for searches and for filters.
func (p *Pane) Init() tea.Cmd { return tea.Batch(p.wait(), p.waitFind(), p.waitSift()) }

// wait returns the command that waits for news. Waiting out the interval
// comes first, so that what is newest then is told, not what was newest
// before.
func (p *Pane) wait() tea.Cmd {
	seen, due, source, log := p.seen, p.due, p.source, p.log
	return func() tea.Msg {
		if d := time.Until(due); d > 0 {
			timer := time.NewTimer(d)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-p.ctx.Done():
				return freshMsg{pane: p, log: log, err: p.ctx.Err()}
			}
		}
		version, err := source.Next(p.ctx, seen)
		if s, ok := source.(*sieve); ok && err == nil {
			s.sift(p.ctx)
		}
		return freshMsg{pane: p, log: log, source: source, version: version, err: err}
	}
}

// Update takes in a message; those of other panes are ignored.
func (p *Pane) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case freshMsg:
		if msg.pane != p || msg.log != p.log || msg.err != nil {
			return nil
		}
		if p.due = time.Now().Add(p.interval); msg.source == p.source {
			p.seen = msg.version // Another sieve has not seen it.
		}
		p.stats = p.source.Stats()
		p.viewport.Clamp() // Lines that have been dropped are moved on from.
		p.arrange()
		return p.wait()
	case foundMsg:
		if msg.pane != p {
			return nil
		}
		p.found(msg)
		return p.waitFind()
	case siftedMsg:
		if msg.pane != p {
			return nil
		}
		p.sifted(msg.sieve)
		return p.waitSift()
	}
	return nil
}

// Close ends the pane and its source. It does not wait for the source's
// goroutines: a connection may take a moment to end, and Update must not.
func (p *Pane) Close() {
	p.cancel()
	p.win = nil
	p.viewport.Forget()
	go p.log.Close()
}

// Resize says how much room there is, the status line included.
func (p *Pane) Resize(width, height int) {
	width, height = max(0, width), max(0, height)
	if width == p.viewport.Width && height == p.height {
		return
	}
	p.height = height
	p.viewport.Width, p.viewport.Height = width, max(0, height-1)
	p.arrange()
	p.viewport.Clamp() // A taller screen is filled.
}

// Do does what a key asks for; false for a command that is not the pane's.
func (p *Pane) Do(cmd keys.Command) bool {
	switch cmd {
	case keys.Bottom:
		p.viewport.Left = 0
		p.viewport.Follow = true
	case keys.Follow:
		if p.viewport.Follow {
			p.viewport.Hold()
		} else {
			p.viewport.Follow = true
		}
	case keys.Timestamps:
		p.stamps = nextStamps[p.stamps]
	case keys.Names:
		p.naming, p.widestName = (p.naming+1)%nameModes, 0
	case keys.JSON:
		p.json.mode = (p.json.mode + 1) % jsonModes
		p.reshape()
	case keys.Mark:
		p.mark()
	case keys.NextMark:
		p.toMark(logstream.Newer)
	case keys.PrevMark:
		p.toMark(logstream.Older)
	case keys.NextMatch:
		p.seek(logstream.Newer)
	case keys.PrevMatch:
		p.seek(logstream.Older)
	default:
		if !p.viewport.Do(cmd) {
			return false
		}
		if cmd == keys.Wrap && p.json.mode != jsonWritten {
			p.reshape() // What is pretty takes rows of its own.
		}
	}
	p.arrange()
	return true
}

// Scroll moves by rows of the screen. What moves up stops following.
func (p *Pane) Scroll(by int) {
	p.viewport.Scroll(by)
	p.arrange()
}

// Following reports whether the pane goes with the newest line.
func (p *Pane) Following() bool { return p.viewport.Follow }

// Title is what the log is of.
func (p *Pane) Title() string { return p.title }

// Text is the marked lines, or else the visible ones, as for the clipboard.
func (p *Pane) Text() string {
	var out []byte
	if marked := p.markedLines(); len(marked) > 0 {
		for i := range marked {
			out = p.appendLine(out, &marked[i])
		}
		return string(out)
	}
	for _, l := range p.source.Window(p.viewport.Top().Line, max(1, p.viewport.Height), nil) {
		if l.Seq > p.bottomSeq {
			break
		}
		out = p.appendLine(out, &l)
	}
	return string(out)
}

// TextName is what Text is, for a sentence.
func (p *Pane) TextName() string {
	if n := len(p.markedLines()); n > 0 {
		return model.Plural(n, "marked line")
	}
	return "the lines on the screen"
}

func (p *Pane) appendLine(out []byte, l *logstream.Line) []byte {
	out = p.appendStamp(out, l)
	if name := p.wholeName(l); name != "" {
		out = append(append(out, name...), ' ')
	}
	return append(append(out, whole(l)...), '\n')
}

// wholeName is the name of a line's origin, not shortened; empty where names
// are not shown.
func (p *Pane) wholeName(l *logstream.Line) string {
	switch {
	case l.Kind == logstream.Warning || l.Kind == logstream.Notice:
		return originOf(l.Kind)
	case p.names == nil || p.naming == nameNone:
		return ""
	}
	name, _ := p.nameOf(l)
	return name
}
