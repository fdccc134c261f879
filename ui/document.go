package ui

import (
	"context"
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

// DocumentMsg brings an object as the engine has it.
type DocumentMsg struct {
	from *workspace
	ref  model.Ref
	doc  model.Document
	err  error
}

// document shows one object: described for people, or as YAML.
type document struct {
	app     *App
	object  screen.Object
	yaml    bool
	unmask  bool
	loading bool
	doc     model.Document
	err     error
	frame   table.Frame
	pager   *detail.Pager
	width   int
	height  int
	drawn   drawn
	making  bool // the text is being made, away from Update
	forgot  bool // the object has to be read again
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
}

// describe opens an object.
func (a *App) describe(o screen.Object, yaml bool) tea.Cmd {
	d := &document{app: a, object: o, yaml: yaml, pager: detail.NewPager()}
	d.pager.SetWrap(!yaml)
	a.push(d)
	return a.loadDocument(d)
}

// loadDocument reads the object of a description. What the engine does not keep,
// as stacks, is described from the snapshot.
func (a *App) loadDocument(d *document) tea.Cmd {
	if d.loading || d.object.Ref.Kind.Info().Path == "" {
		return nil
	}
	d.loading = true
	ctx, docs, from, ref := a.ctx, a.backend.Documents, a.workspace, d.object.Ref
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, inspectTimeout)
		defer cancel()
		doc, err := docs.Inspect(ctx, ref)
		return DocumentMsg{from: from, ref: ref, doc: doc, err: err}
	}
}

func (a *App) takeDocument(msg DocumentMsg) {
	if msg.from != a.workspace {
		return
	}
	for _, s := range a.screens {
		if d, ok := s.(*document); ok && d.object.Ref == msg.ref {
			if d.yaml && (d.err == nil) != (msg.err == nil) {
				d.pager.SetWrap(msg.err != nil) // An error is shown whole.
			}
			d.loading, d.err, d.forgot = false, msg.err, false
			if msg.err == nil {
				d.doc = msg.doc
			}
		}
	}
}

// outdated tells whether the picture has a newer version of the object.
func (d *document) outdated(c *model.Cluster) bool {
	known, ok := c.Find(d.object.Ref)
	return ok && d.doc.Version != 0 && known.Version > d.doc.Version
}

func (d *document) Crumb() string {
	if d.yaml {
		return d.object.Name + " (yaml)"
	}
	return d.object.Name
}

func (d *document) Scopes() []keys.Scope {
	if d.object.Ref.Kind.Info().About != nil {
		return []keys.Scope{keys.Findings, keys.Text}
	}
	return []keys.Scope{keys.Text}
}

// Subjects are the object, and the one that it is about.
func (d *document) Subjects() []screen.Object {
	out := []screen.Object{d.object}
	if ref, ok := d.frame.Cluster.About(d.object.Ref); ok {
		out = append(out, screen.Object{Ref: ref, Row: d.object.Ref, Name: d.object.Name})
	}
	return out
}

func (d *document) Interest() model.Interest { return d.app.cluster.InterestIn(d.object.Ref) }

// Show makes the text anew if what it is made from has changed: here and now,
// or away from Update where that takes longer than a key may wait.
func (d *document) Show(f table.Frame) {
	d.frame = f
	made := d.made()
	switch {
	case made == d.drawn, d.making:
	case d.heavy():
		d.making = true
		w := d.text()
		d.app.later = append(d.app.later, func() tea.Msg { return textMsg{d, made, detail.Measure(w.lines())} })
		if d.pager.Len() == 0 {
			d.pager.SetLines(d.reading())
		}
	default:
		d.drawn = made
		d.pager.SetLines(d.text().lines())
	}
}

// made is what the text would be made from now. YAML shows neither ages nor
// anything of the snapshot.
func (d *document) made() drawn {
	made := drawn{d.frame.Cluster, d.doc.Version, d.doc.ReadAt, d.frame.Now.Truncate(ageStep), d.unmask, "", d.app.theme.Glyphs}
	if d.yaml {
		made.cluster, made.now = nil, time.Time{}
	}
	if d.err != nil {
		made.err = model.MaskError(d.err)
	}
	return made
}

// Sleep implements screen.Sleeper. What is long is read again.
func (d *document) Sleep() {
	if d.heavy() {
		d.forgot, d.doc = true, model.Document{}
		d.pager.SetText(detail.Text{})
	}
	d.forgot = d.forgot || d.loading // The answer would find nobody.
	d.frame, d.drawn, d.loading = table.Frame{}, drawn{}, false
}

// heavy reports whether the text takes long to make.
func (d *document) heavy() bool {
	c := d.frame.Cluster
	return len(d.doc.Raw) > heavyDocument || !d.yaml && c != nil && c.KnownTasks() > heavyTasks
}

// textMsg brings a text that was made away from Update.
type textMsg struct {
	document *document
	made     drawn
	text     detail.Text
}

func (d *document) takeText(msg textMsg) {
	if d.making = false; d.frame.Cluster != nil { // It may sleep by now.
		d.drawn = msg.made
		d.pager.SetText(msg.text)
	}
}

func (d *document) reading() []detail.Line {
	return []detail.Line{{{Text: "reading" + d.app.theme.Glyphs.Ellipsis, Role: theme.Dim}}}
}

// text is all that the lines are made from. Nothing in it changes.
type text struct {
	yaml    bool
	err     error
	width   int
	reading []detail.Line
	in      detail.Input
}

func (d *document) text() text {
	return text{d.yaml, d.err, d.width, d.reading(), detail.Input{
		Cluster: d.frame.Cluster, Doc: d.doc, Ref: d.object.Ref,
		Now: d.frame.Now, Unmask: d.unmask, UnmaskKey: d.app.keyOf(keys.Unmask), MendKey: d.app.keyOf(keys.Mend), Glyphs: d.app.theme.Glyphs,
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
		out = append(out, plainLines(theme.Plain, strings.Join(viewport.Wrap(table.Clean(l), w.width), "\n"))...)
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

func (d *document) Resize(width, height int) {
	again := d.err != nil && d.width != width
	d.width, d.height = width, height
	if again {
		d.drawn = drawn{}
		d.Show(d.frame)
	}
}

func (d *document) Run(cmd keys.Command) bool {
	if cmd == keys.Unmask {
		d.unmask = !d.unmask
		return true
	}
	return d.pager.Run(cmd)
}

// Scroll implements screen.Scroller.
func (d *document) Scroll(rows int) { d.pager.Scroll(rows) }

func (d *document) Render(th *theme.Theme) []string { return d.pager.Render(th, d.width, d.height) }
func (d *document) Info() string                    { return d.pager.Info() }

// NextChange is by the ages of a description. Which ones it shows is not
// asked: while the object is moving they are of seconds, later of minutes.
func (d *document) NextChange() time.Duration {
	switch {
	case d.yaml:
		return 0
	case d.young():
		return ageStep - d.frame.Now.Sub(d.frame.Now.Truncate(ageStep))
	}
	return time.Minute
}

// ageStep is the step of ages below a minute; see table.Age.
const ageStep = 5 * time.Second

// young tells whether something about the object happened within the last
// minute.
func (d *document) young() bool {
	known, ok := d.frame.Cluster.Find(d.object.Ref)
	return ok && d.frame.Now.Sub(known.Moved) < time.Minute
}

// worthRetry tells whether what could not be read may be there now.
func (d *document) worthRetry(c *model.Cluster) bool {
	return d.err != nil && !errors.Is(d.err, model.ErrGone) && c.Outage == nil
}

func (d *document) SetPattern(p string) error { return d.pager.SetPattern(p) }

func (d *document) Pattern() string { return d.pager.Pattern() }
func (d *document) Text() string    { return d.pager.Text() }

// unmaskReason is why there is nothing to unmask.
func (a *App) unmaskReason(keys.Binding) string {
	if d, ok := a.top().(*document); ok && d.object.Ref.Kind.Info().About != nil {
		return "nothing is masked here"
	}
	return ""
}
