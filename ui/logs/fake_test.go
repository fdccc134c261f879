package logs

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"go.uber.org/goleak"

	"skep/internal/logstream"
	"skep/ui/keys"
	"skep/ui/theme"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is the time of the first line.
var start = time.Date(2026, 5, 4, 23, 59, 0, 0, time.UTC)

// fake is a Source made of a slice.
type fake struct {
	mu      sync.Mutex
	lines   []logstream.Line
	dropped uint64
	state   logstream.State
	reason  string
	version uint64
	changed chan struct{}
	closed  chan struct{}
}

func newFake(texts ...string) *fake {
	f := &fake{state: logstream.Live, changed: make(chan struct{}), closed: make(chan struct{})}
	f.add(texts...)
	return f
}

// add appends lines of the tasks t0, t1 and t2 in turn.
func (f *fake) add(texts ...string) {
	for _, text := range texts {
		n := f.next()
		f.put(logstream.Line{Time: start.Add(time.Duration(n) * time.Second), Task: fmt.Sprint("t", n%3), Text: text})
	}
}

func (f *fake) put(l logstream.Line) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l.Seq = f.dropped + uint64(len(f.lines)) + 1
	f.lines = append(f.lines, l)
	f.change()
}

func (f *fake) change() {
	f.version++
	close(f.changed)
	f.changed = make(chan struct{})
}

// drop drops the n oldest lines.
func (f *fake) drop(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lines = f.lines[n:]
	f.dropped += uint64(n)
	f.change()
}

func (f *fake) next() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dropped + uint64(len(f.lines)) + 1
}

func (f *fake) Next(ctx context.Context, seen uint64) (uint64, error) {
	for {
		f.mu.Lock()
		version, changed := f.version, f.changed
		f.mu.Unlock()
		if version > seen {
			return version, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return seen, ctx.Err()
		}
	}
}

func (f *fake) Window(from uint64, n int, dst []logstream.Line) []logstream.Line {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := uint64(0)
	if from > f.dropped {
		at = from - f.dropped - 1
	}
	for i := at; i < uint64(len(f.lines)) && i-at < uint64(n); i++ {
		dst = append(dst, f.lines[i])
	}
	return dst
}

func (f *fake) Stats() logstream.Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	return logstream.Stats{
		First: f.dropped + 1, Next: f.dropped + uint64(len(f.lines)) + 1, Lines: len(f.lines),
		Dropped: f.dropped, State: f.state, Reason: f.reason,
	}
}

func (f *fake) Find(_ context.Context, re logstream.Matcher, from uint64, dir logstream.Direction) (uint64, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for n := range f.lines {
		l := f.lines[n]
		if dir == logstream.Older {
			l = f.lines[len(f.lines)-1-n]
		}
		if (dir == logstream.Newer && l.Seq >= from || dir == logstream.Older && l.Seq <= from) && re.MatchString(l.Text) {
			return l.Seq, true, nil
		}
	}
	return 0, false, nil
}

func (f *fake) Close() { close(f.closed) }

// names gives t1 the name web.1.
func names(task, _ string) (string, int) {
	var n int
	if _, err := fmt.Sscanf(task, "t%d", &n); err != nil {
		return "", 0
	}
	return fmt.Sprintf("web.%d", n), n
}

var ascii = theme.New(theme.Look{Background: theme.Dark, ASCII: true})

// newPane is a pane of a size that shows what the source has.
func newPane(t testing.TB, f Source, width, height int) *Pane {
	t.Helper()
	p := New(f, "web", names)
	p.zone = time.UTC
	p.interval = 0
	p.Resize(width, height)
	t.Cleanup(p.cancel)
	return p
}

// fresh brings the pane up to date as the program would.
func fresh(t testing.TB, p *Pane) {
	t.Helper()
	if cmd := p.Update(p.wait()()); cmd == nil {
		t.Fatal("the pane does not wait for more")
	}
}

// press presses keys and does the jumps that they ask for.
func press(t testing.TB, p *Pane, names ...string) {
	t.Helper()
	for _, n := range names {
		b, ok := keys.Standard().Find([]keys.Scope{keys.Logs}, n)
		if !ok || !p.Do(b.Command) {
			t.Fatalf("the key %s does nothing", n)
		}
		settle(p)
	}
}

// settle does a jump or a filter that was asked for.
func settle(p *Pane) {
	if len(p.search.asks) > 0 {
		p.Update(p.waitFind()())
	}
	if len(p.sifts) > 0 {
		p.Update(p.waitSift()())
	}
}

func find(t testing.TB, p *Pane, pattern string) {
	t.Helper()
	if err := p.Finder().SetPattern(pattern); err != nil {
		t.Fatal(err)
	}
	settle(p)
}

func sift(t testing.TB, p *Pane, pattern string) {
	t.Helper()
	if err := p.SetPattern(pattern); err != nil {
		t.Fatal(err)
	}
	settle(p)
}

// onScreen is what the pane shows, the lines without blanks at their ends. It
// fails if the pane does not keep to its room, on a screen as the program has
// one: what is drawn into a buffer and read from it must be what was drawn.
func onScreen(t testing.TB, p *Pane) []string {
	t.Helper()
	lines := p.Render(ascii)
	if len(lines) != p.height {
		t.Fatalf("%d lines, want %d", len(lines), p.height)
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		if w := ansi.StringWidth(l); w > p.viewport.Width {
			t.Errorf("line %d is %d cells wide, the pane %d: %q", i, w, p.viewport.Width, l)
		}
		if strings.ContainsAny(ansi.Strip(l), "\n\r\t\x1b") {
			t.Errorf("line %d holds a control character: %q", i, l)
		}
		out[i] = strings.TrimRight(ansi.Strip(l), " ")
	}
	if p.viewport.Width > 0 && p.height > 0 {
		buf := uv.NewScreenBuffer(p.viewport.Width, p.height)
		uv.NewStyledString(strings.Join(lines, "\n")).Draw(buf, buf.Bounds())
		for y := range p.height {
			var row strings.Builder
			for x := range p.viewport.Width {
				if c := buf.CellAt(x, y); c != nil && c.Width > 0 {
					row.WriteString(c.Content)
				}
			}
			if got := strings.TrimRight(row.String(), " "); got != out[y] {
				t.Errorf("row %d of the screen is %q, drawn was %q", y, got, out[y])
			}
		}
	}
	return out
}

// body is the screen without the status line and the rows under the text.
func body(t testing.TB, p *Pane) []string {
	t.Helper()
	lines := onScreen(t, p)
	lines = lines[:len(lines)-1]
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// status is the status line.
func status(t testing.TB, p *Pane) string {
	t.Helper()
	lines := onScreen(t, p)
	return lines[len(lines)-1]
}

// numbered are n texts.
func numbered(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("line %d", i+1)
	}
	return out
}
