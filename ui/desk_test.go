package ui

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"skep/internal/logstream"
	"skep/internal/testkit"
	"skep/internal/testkit/key"
	"skep/model"
	"skep/ui/views"
)

// desk is a console on a fake backend, in a bubble of virtual time: its
// commands run as those of a program do, and what they bring is handled when
// the test says so.
type desk struct {
	*App
	t      testing.TB
	feed   *pushFeed
	engine *fakeEngine
	msgs   chan tea.Msg
	got    []tea.Msg // all that was handled
	quit   bool
}

// onDesk runs a test with a console in a window.
func onDesk(t *testing.T, opt Options, c *model.Cluster, width, height int, test func(t *testing.T, d *desk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, opt, c, width, height)
		test(t, d)
		d.leave()
	})
}

func newDesk(t testing.TB, opt Options, c *model.Cluster, width, height int) *desk {
	t.Helper()
	d := &desk{t: t, feed: newPushFeed(), engine: &fakeEngine{}, msgs: make(chan tea.Msg, 1000)}
	d.engine.show(c)
	if opt.Backend.Feed == nil {
		opt.Backend = Backend{Feed: d.feed, Documents: d.engine, Engine: d.engine, Logs: d.engine, Demo: opt.Backend.Demo, Kept: opt.Backend.Kept, Warning: opt.Backend.Warning}
	}
	if opt.View == views.Contexts.Name && opt.Contexts == nil {
		opt.Contexts = &fakeContexts{}
	}
	if opt.Lend == nil { // Nobody sits there, and what has the terminal keeps it.
		opt.Lend = func(*exec.Cmd, tea.ExecCallback) tea.Cmd { return nil }
	}
	if opt.Kept.Releases == nil {
		opt.Kept.Releases = fakeReleases{}
	}
	if opt.View == views.Journal.Name && opt.Kept.Records == nil {
		opt.Kept.Records = shopRecords()
	}
	began := time.Now()
	opt.Now = func() time.Time { return testkit.Now.Add(2*time.Second + time.Since(began)) }
	app, err := New(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	d.App = app
	d.start(app.Init())
	d.send(tea.WindowSizeMsg{Width: width, Height: height})
	if c != nil {
		d.feed.push(c)
		d.rest()
	}
	return d
}

// leave ends the console and all that it started.
func (d *desk) leave() {
	d.Close()
	synctest.Wait()
}

// start runs a command as the program does.
func (d *desk) start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		if msg := cmd(); msg != nil {
			d.msgs <- msg
		}
	}()
}

// send handles a message, and whatever comes of it without time going by.
func (d *desk) send(msg tea.Msg) {
	d.handle(msg)
	d.rest()
}

func (d *desk) handle(msg tea.Msg) {
	if batch, ok := msg.(tea.BatchMsg); ok {
		for _, cmd := range batch {
			d.start(cmd)
		}
		return
	}
	d.got = append(d.got, msg)
	if _, ok := msg.(tea.QuitMsg); ok {
		d.quit = true
		return
	}
	_, cmd := d.Update(msg)
	d.start(cmd)
}

// rest handles messages until nothing moves but time.
func (d *desk) rest() {
	for {
		synctest.Wait()
		select {
		case msg := <-d.msgs:
			d.handle(msg)
		default:
			return
		}
	}
}

// wait lets time go by, and handles what comes of it.
func (d *desk) wait(span time.Duration) {
	end := time.Now().Add(span)
	for time.Now().Before(end) {
		timer := time.NewTimer(time.Until(end))
		select {
		case msg := <-d.msgs:
			d.handle(msg)
		case <-timer.C:
		}
		timer.Stop()
		d.rest()
	}
}

// press presses keys by their names.
func (d *desk) press(names ...string) {
	for _, n := range names {
		d.send(key.Press(n))
	}
}

// type_ types a text.
func (d *desk) typed(text string) {
	for _, r := range text {
		d.press(strings.ReplaceAll(string(r), " ", "space"))
	}
}

// later presses keys after a dialog has become ready to listen.
func (d *desk) later(names ...string) {
	d.wait(dialogGuard)
	d.frame()
	d.press(names...)
}

// apply reads a preview to the end of what has to be read, and confirms it.
func (d *desk) apply() {
	d.later()
	for d.frame(); d.dialog() != nil && d.dialog().preview != nil && d.dialog().preview.unread() > 0 && d.dialog().body.Below() > 0; d.frame() {
		d.press("down")
		d.later()
	}
	d.press("Y")
}

// frame is the screen as it is sent, checked against the window.
func (d *desk) frame() string {
	d.t.Helper()
	v := d.View()
	if err := fits(v, d.width, d.height); err != nil {
		d.t.Errorf("%v\n%s", err, ansi.Strip(v.Content))
	}
	return v.Content
}

// text is the screen as a person reads it.
func (d *desk) text() string {
	d.t.Helper()
	lines := strings.Split(ansi.Strip(d.frame()), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}

// sees fails the test if the screen has not all of the texts.
func (d *desk) sees(want ...string) {
	d.t.Helper()
	text := d.text()
	for _, w := range want {
		if !strings.Contains(text, w) {
			d.t.Fatalf("the screen has no %q:\n%s", w, text)
		}
	}
}

// misses fails the test if the screen has one of the texts.
func (d *desk) misses(texts ...string) {
	d.t.Helper()
	text := d.text()
	for _, w := range texts {
		if strings.Contains(text, w) {
			d.t.Fatalf("the screen has %q:\n%s", w, text)
		}
	}
}

// depth is how many screens lie on each other.
func (d *desk) depth() int { return len(d.screens) }

// bottom is the last line of the screen.
func (d *desk) bottom() string { return d.text()[strings.LastIndex(d.text(), "\n")+1:] }

// handled reports whether a message of a type came by, such as a command to the
// terminal.
func (d *desk) handled(typeName string) bool {
	return slices.ContainsFunc(d.got, func(m tea.Msg) bool { return fmt.Sprintf("%T", m) == typeName })
}

// fits checks a screen: as many lines as the window, none wider, and the
// cursor in it.
func fits(v tea.View, width, height int) error {
	if width <= 0 || height <= 0 {
		if v.Content != "" {
			return errors.New("something is drawn where there is no room")
		}
		return nil
	}
	lines := strings.Split(v.Content, "\n")
	if len(lines) != height {
		return fmt.Errorf("%d lines in a window of %d", len(lines), height)
	}
	for i, l := range lines {
		if w := widthOf(l); w > width {
			return fmt.Errorf("line %d is %d wide in a window of %d: %q", i, w, width, l)
		}
	}
	if c := v.Cursor; c != nil && (c.X < 0 || c.X >= width || c.Y < 0 || c.Y >= height) {
		return fmt.Errorf("the cursor is at %d,%d in a window of %dx%d", c.X, c.Y, width, height)
	}
	return nil
}

// widths are those of the lines that were measured: the tests draw a few thousand
// different ones a million times.
var widths = struct {
	sync.Mutex
	of map[uint64]int // by the hash of the line, which would keep the whole screen
}{of: map[uint64]int{}}

var widthSeed = maphash.MakeSeed()

// widthOf is how many cells a line takes.
func widthOf(line string) int {
	key := maphash.String(widthSeed, line)
	widths.Lock()
	defer widths.Unlock()
	w, ok := widths.of[key]
	if !ok {
		w = ansi.StringWidth(line)
		widths.of[key] = w
	}
	return w
}

// pushFeed publishes the snapshots that a test gives it.
type pushFeed struct {
	mu      sync.Mutex
	cluster *model.Cluster
	n       uint64
	more    chan struct{}
	looked  []model.Interest
	asked   int
	paused  int

	acknowledged []string
}

func newPushFeed() *pushFeed { return &pushFeed{more: make(chan struct{})} }

func (f *pushFeed) push(c *model.Cluster) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cluster, f.n = c, f.n+1
	close(f.more)
	f.more = make(chan struct{})
}

func (f *pushFeed) Next(ctx context.Context, seen uint64) (*model.Cluster, uint64, error) {
	for {
		f.mu.Lock()
		c, n, more := f.cluster, f.n, f.more
		f.mu.Unlock()
		if n > seen {
			return c, n, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return nil, seen, ctx.Err()
		}
	}
}

func (f *pushFeed) SetInterest(i model.Interest) { f.looked = append(f.looked, i) }
func (f *pushFeed) Refresh()                     { f.asked++ }
func (f *pushFeed) Acknowledge(mark string)      { f.acknowledged = append(f.acknowledged, mark) }
func (f *pushFeed) Pause()                       { f.paused++ }
func (f *pushFeed) Resume()                      { f.paused-- }

// fakeEngine knows the objects of a snapshot, and takes writes down. The
// functions, where set, stand in its place.
type fakeEngine struct {
	mu      sync.Mutex
	docs    map[model.Ref]model.Document
	writes  []model.Write
	removed []model.Ref
	reads   []model.Ref
	lines   []string
	speaker string

	inspect func(ctx context.Context, ref model.Ref) (model.Document, error)
	update  func(w model.Write) ([]string, error)
	resolve func(ctx context.Context, image string) (model.ResolvedImage, error)
}

// show makes the objects of a snapshot known.
func (e *fakeEngine) show(c *model.Cluster) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case c == nil:
		e.docs = map[model.Ref]model.Document{}
	case isShop(c):
		e.docs = maps.Clone(sharedDocs())
	default:
		e.docs = documentsOf(c)
	}
}

// documentsOf are the objects of a snapshot as the engine would give them.
func documentsOf(c *model.Cluster) map[model.Ref]model.Document {
	docs := map[model.Ref]model.Document{}
	for _, s := range c.Services() {
		d := model.Document{Ref: s.Key().Ref(), Name: s.Name(), Version: s.Version.Index}
		d.Raw, d.Spec = raw(s.Service), raw(s.Spec)
		if s.PreviousSpec != nil {
			d.Previous = raw(s.PreviousSpec)
		}
		docs[d.Ref] = d
	}
	for _, n := range c.Nodes() {
		d := model.Document{Ref: n.Key().Ref(), Name: n.Hostname(), Version: n.Version.Index, Raw: raw(n.Node), Spec: raw(n.Spec)}
		docs[d.Ref] = d
	}
	for _, info := range model.Kinds() {
		for _, o := range model.Listed[model.Object](c, info.Kind) {
			docs[o.Meta().Ref] = model.Document{Ref: o.Meta().Ref, Name: o.Meta().Name, Version: o.Meta().Version, Raw: raw(o)}
		}
	}
	tasks, _ := c.Tasks()
	for _, t := range tasks[:min(len(tasks), 100)] {
		ref := t.ID.Ref()
		docs[ref] = model.Document{Ref: ref, Version: t.Version, Raw: raw(map[string]any{"ID": t.ID, "Slot": t.Slot})}
	}
	return docs
}

func raw(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func (e *fakeEngine) Inspect(ctx context.Context, ref model.Ref) (model.Document, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reads = append(e.reads, ref)
	if e.inspect != nil {
		return e.inspect(ctx, ref)
	}
	d, ok := e.docs[ref]
	if !ok {
		return d, fmt.Errorf("inspect: %w", model.ErrGone)
	}
	return d, nil
}

func (e *fakeEngine) Exists(_ context.Context, ref model.Ref) (bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !slices.Contains(e.removed, ref), nil
}

func (e *fakeEngine) Networks(context.Context) (map[string]string, error) { return nil, nil }

func (e *fakeEngine) Update(_ context.Context, w model.Write) ([]string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.update != nil {
		return e.update(w)
	}
	d := e.docs[w.Ref]
	if d.Version != w.Version {
		return nil, fmt.Errorf("update out of sequence: %w", model.ErrConflict)
	}
	e.writes = append(e.writes, w)
	d.Spec = w.Spec
	d.Version++
	e.docs[w.Ref] = d
	return nil, nil
}

func (e *fakeEngine) ResolveImage(ctx context.Context, image string) (model.ResolvedImage, error) {
	if e.resolve != nil {
		return e.resolve(ctx, image)
	}
	return model.ResolvedImage{}, errors.New("no registry here")
}

func (e *fakeEngine) Create(context.Context, model.Write) (string, []string, error) {
	return "", nil, errors.New("nothing is created here")
}

func (e *fakeEngine) Remove(_ context.Context, w model.Write) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.removed = append(e.removed, w.Ref)
	return nil
}

// OpenLogs opens a log of the engine's lines, which goes on until it is closed if
// it is to be followed. Only the task that is asked for first has any.
func (e *fakeEngine) OpenLogs(ctx context.Context, q logstream.Query) (io.ReadCloser, error) {
	r, w := io.Pipe()
	stop := context.AfterFunc(ctx, func() { _ = w.CloseWithError(ctx.Err()) })
	e.mu.Lock()
	e.speaker = cmp.Or(e.speaker, q.Task)
	speaks := q.Task == e.speaker
	e.mu.Unlock()
	go func() {
		for i, l := range e.lines {
			if !speaks {
				break
			}
			line := fmt.Sprintf("%s com.docker.swarm.task.id=task%d %s\n", testkit.Now.Add(time.Duration(i)*time.Second).Format(time.RFC3339Nano), i%2, l)
			head := []byte{1, 0, 0, 0, 0, 0, byte(len(line) >> 8), byte(len(line))}
			if _, err := w.Write(append(head, line...)); err != nil {
				return
			}
		}
		if !q.Follow {
			_ = w.Close()
		}
	}()
	return closer{r, func() { stop(); _ = w.Close() }}, nil
}

type closer struct {
	io.ReadCloser
	end func()
}

func (c closer) Close() error {
	c.end()
	return c.ReadCloser.Close()
}
