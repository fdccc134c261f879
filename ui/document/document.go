// Package document is the screen of one object: described for people, or as YAML.
package document

import (
	"errors"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/detail"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/viewport"
)

// readMsg brings an object as the engine has it.
type readMsg struct {
	document *Document
	doc      model.Document
	err      error
}

// Document shows one object: described for people, or as YAML.
type Document struct {
	env     screen.Env
	object  screen.Object
	yaml    bool
	unmask  bool
	loading bool
	doc     model.Document
	err     error
	data    table.Data
	pager   *detail.Pager
	width   int
	height  int
	drawn   drawn
	making  bool // the text is being made, away from Update
	forgot  bool // the object has to be read again

	listening listening
}

// drawn is what the text was made from, so that it is made again only if that
// changed.
type drawn struct {
	cluster *model.Cluster
	version uint64
	read    time.Time
	now     time.Time
	unmask  bool
	err     string
	glyphs  theme.Glyphs
	words   int
}

// New makes the screen of an object.
func New(e screen.Env, o screen.Object, yaml bool) *Document {
	d := &Document{env: e, object: o, yaml: yaml, forgot: true, pager: detail.NewPager()}
	d.pager.SetWrap(!yaml)
	return d
}

// Refresh implements screen.Refresher: it reads the object. What the engine does
// not keep, as stacks, is described from the snapshot.
func (d *Document) Refresh() tea.Cmd {
	if d.loading || !d.object.Ref.Kind.Info().Inspectable() {
		return nil
	}
	d.loading = true
	e, ref := d.env, d.object.Ref
	return func() tea.Msg {
		doc, err := e.Inspect(ref)
		return readMsg{document: d, doc: doc, err: err}
	}
}

// Update implements screen.Updater.
func (d *Document) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case readMsg:
		if msg.document == d {
			d.takeRead(msg)
		}
	case wordsMsg:
		if msg.document == d {
			d.takeWords(msg)
		}
	case TextMsg:
		if msg.document == d {
			d.takeText(msg)
		}
	}
	return nil
}

func (d *Document) takeRead(msg readMsg) {
	if d.yaml && (d.err == nil) != (msg.err == nil) {
		d.pager.SetWrap(msg.err != nil) // An error is shown whole.
	}
	d.loading, d.err, d.forgot = false, msg.err, false
	if msg.err == nil {
		d.doc = msg.doc
	}
}

// renew reads the object again if the snapshot has a newer version of it, or may have
// something else to hold it against.
func (d *Document) renew(c *model.Cluster, now time.Time) tea.Cmd {
	if d.forgot || c != nil && (d.outdated(c) || d.aged(now) || d.worthRetry(c)) {
		return d.Refresh()
	}
	return nil
}

// outdated reports whether the snapshot has a newer version of the object.
func (d *Document) outdated(c *model.Cluster) bool {
	known, ok := c.Find(d.object.Ref)
	return ok && d.doc.Version != 0 && known.Version > d.doc.Version
}

// agesIn is how old an object may grow that has no version to tell that it changed.
const agesIn = 10 * time.Second

// aged reports whether the object may have changed without a word.
func (d *Document) aged(now time.Time) bool {
	return d.object.Ref.Kind.Info().Bare && d.err == nil && now.Sub(d.doc.ReadAt) >= agesIn
}

func (d *Document) Crumb() string {
	if d.yaml {
		return d.object.Name + " (yaml)"
	}
	return d.object.Name
}

func (d *Document) Scopes() []keys.Scope {
	if d.object.Ref.Kind.Info().About != nil {
		return []keys.Scope{keys.Findings, keys.Text}
	}
	if d.object.Ref.Kind.Info().Resolves && !d.yaml {
		return []keys.Scope{keys.NameCheck, keys.Text}
	}
	return []keys.Scope{keys.Text}
}

// Read is the object as the engine had it when it was read last.
func (d *Document) Read() model.Document { return d.doc }

// Subjects are the object, and the one that it is about.
func (d *Document) Subjects() []screen.Object {
	out := []screen.Object{d.object}
	if ref, ok := d.data.Cluster.About(d.object.Ref); ok {
		out = append(out, screen.Object{Ref: ref, Row: d.object.Ref, Name: d.object.Name})
	}
	return out
}

func (d *Document) Interest() model.Interest { return d.data.Cluster.InterestIn(d.object.Ref) }

// Show makes the text anew if what it is made from has changed: here and now,
// or away from Update where that takes longer than a key may wait.
func (d *Document) Show(f table.Data) (cmd tea.Cmd) {
	if f.Cluster != d.data.Cluster || d.forgot {
		cmd = tea.Batch(d.renew(f.Cluster, f.Now), d.listen(f.Cluster, f.Now))
	}
	d.data = f
	made := d.made()
	switch {
	case made == d.drawn, d.making:
	case d.heavy():
		d.making = true
		w := d.text()
		if d.pager.Len() == 0 {
			d.pager.SetLines(d.reading())
		}
		cmd = tea.Batch(cmd, func() tea.Msg { return TextMsg{d, made, detail.Measure(w.lines())} })
	default:
		d.drawn = made
		d.pager.SetLines(d.text().lines())
	}
	return cmd
}

// made is what the text would be made from now. YAML shows neither ages nor
// anything of the snapshot.
func (d *Document) made() drawn {
	made := drawn{d.data.Cluster, d.doc.Version, d.doc.ReadAt, d.data.Now.Truncate(ageStep), d.unmask, "", d.env.Glyphs(), d.listening.reads}
	if d.yaml {
		made.cluster, made.now = nil, time.Time{}
	}
	if d.err != nil {
		made.err = model.MaskError(d.err)
	}
	return made
}

// Sleep implements screen.Sleeper. What is long is read again.
func (d *Document) Sleep() {
	if d.heavy() {
		d.forgot, d.doc = true, model.Document{}
		d.pager.SetText(detail.Text{})
	}
	d.forgot = d.forgot || d.loading // The answer would find nobody.
	d.data, d.drawn, d.loading, d.making, d.listening = table.Data{}, drawn{}, false, false, listening{}
}

// heavy reports whether the text takes long to make.
func (d *Document) heavy() bool {
	c := d.data.Cluster
	return len(d.doc.Raw) > heavyDocument || !d.yaml && c != nil && c.KnownTasks() > heavyTasks
}

// TextMsg brings a text that was made away from Update.
type TextMsg struct {
	document *Document
	made     drawn
	text     detail.Text
}

func (d *Document) takeText(msg TextMsg) {
	if !d.making {
		return // It slept meanwhile.
	}
	d.making, d.drawn = false, msg.made
	d.pager.SetText(msg.text)
}

func (d *Document) reading() []detail.Line {
	return []detail.Line{{{Text: "reading" + d.env.Glyphs().Ellipsis, Role: theme.Dim}}}
}

// text is all that the lines are made from. Nothing in it changes.
type text struct {
	yaml    bool
	err     error
	width   int
	reading []detail.Line
	in      detail.Input
}

func (d *Document) text() text {
	return text{d.yaml, d.err, d.width, d.reading(), detail.Input{
		Cluster: d.data.Cluster, Doc: d.doc, Ref: d.object.Ref,
		Now: d.data.Now, Unmask: d.unmask, UnmaskKey: d.env.Key(keys.Unmask), MendKey: d.env.Key(keys.Mend), Glyphs: d.env.Glyphs(),
		Words: d.listening.words, Listening: d.listening.asking,
	}}
}

// lines makes the lines. What was read before an error stays below it.
func (w text) lines() []detail.Line {
	if w.err == nil {
		return w.content()
	}
	what := "This could not be read:"
	if w.in.Doc.Raw != nil {
		what = "This is as it was; it could not be read again:"
	}
	out := []detail.Line{{{Text: what, Role: theme.Broken}}}
	// YAML is not wrapped, an error has to be whole.
	for _, l := range strings.Split(model.MaskError(w.err), "\n") {
		out = append(out, detail.Plain(theme.Plain, strings.Join(viewport.Wrap(table.Clean(l), w.width), "\n"))...)
	}
	if w.in.Doc.Raw == nil && w.yaml {
		return out
	}
	return append(append(out, nil), w.content()...)
}

func (w text) content() []detail.Line {
	if !w.yaml {
		return detail.Describe(w.in)
	}
	if w.in.Doc.Raw == nil {
		return w.reading
	}
	lines, err := detail.YAML(w.in.Doc.Raw, w.in.Unmask)
	if err != nil {
		return []detail.Line{{{Text: table.Clean(model.MaskError(err)), Role: theme.Broken}}}
	}
	return lines
}

func (d *Document) Resize(width, height int) {
	again := d.err != nil && d.width != width
	d.width, d.height = width, height
	if again {
		d.drawn = drawn{}
		d.pager.SetLines(d.text().lines())
	}
}

// Do implements screen.Screen.
func (d *Document) Do(e screen.Env, cmd keys.Command) tea.Cmd {
	switch cmd {
	case keys.Unmask:
		d.unmask = !d.unmask
	case keys.Search:
		e.Ask(cmd)
	default:
		d.pager.Do(cmd)
	}
	return nil
}

// Scroll implements screen.Scroller.
func (d *Document) Scroll(rows int) { d.pager.Scroll(rows) }

func (d *Document) Render(th *theme.Theme) []string { return d.pager.Render(th, d.width, d.height) }
func (d *Document) Info() string                    { return d.pager.Info() }

// NextChange is by the ages of a description. Which ones it shows is not
// asked: while the object is moving they are of seconds, later of minutes.
func (d *Document) NextChange() time.Duration {
	switch {
	case d.yaml:
		return 0
	case d.young():
		return ageStep - d.data.Now.Sub(d.data.Now.Truncate(ageStep))
	}
	return time.Minute
}

// ageStep is the step of ages below a minute; see table.Age.
const ageStep = 5 * time.Second

// young reports whether something about the object happened within the last
// minute.
func (d *Document) young() bool {
	known, ok := d.data.Cluster.Find(d.object.Ref)
	return ok && d.data.Now.Sub(known.Moved) < time.Minute
}

// worthRetry reports whether what could not be read may be there now.
func (d *Document) worthRetry(c *model.Cluster) bool {
	return d.err != nil && !errors.Is(d.err, model.ErrGone) && c.Outage == nil
}

func (d *Document) SetPattern(p string) error { return d.pager.SetPattern(p) }

func (d *Document) Pattern() string { return d.pager.Pattern() }
func (d *Document) Text() string    { return d.pager.Text() }

// Reason implements screen.Reasoner.
func (d *Document) Reason(cmd keys.Command) string {
	switch info := d.object.Ref.Kind.Info(); {
	case cmd == keys.Unmask && (info.Resolves || info.About != nil):
		return "nothing is masked here"
	case cmd == keys.Unmask && info.Sealed:
		return "what looks secret stays hidden here"
	}
	return ""
}
