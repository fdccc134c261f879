// Package export is the screen of a stack as a compose file: what `skep export`
// prints, to be read, searched, copied and saved.
package export

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/detail"
	"skep/ui/file"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/table"
	"skep/ui/theme"
)

// Maker makes the compose file of a stack as it runs, and counts the values that are
// hidden in it where that is asked for. It looks up what a snapshot does not have.
type Maker func(c *model.Cluster, look func(model.Ref) (model.Document, error), stack string, hide bool) (text string, hidden int, err error)

// Screen shows the compose file of a stack. It is made anew when the services of the
// stack have changed.
type Screen struct {
	env    screen.Env
	object screen.Object
	data   table.Data
	pager  *detail.Pager
	width  int
	height int

	unmask bool
	hidden int
	err    error
	made   version
	making bool
}

// version is what the file was made from.
type version struct {
	services, networks int
	sum                uint64
	unmask             bool
}

// madeMsg brings the file.
type madeMsg struct {
	screen *Screen
	of     version
	text   string
	hidden int
	err    error
}

// savedMsg says that the file was written.
type savedMsg struct {
	screen *Screen
	path   string
	lines  int
	hidden int
	err    error
}

// New makes the screen of a stack.
func New(e screen.Env, stack screen.Object) *Screen {
	s := &Screen{env: e, object: stack, pager: detail.NewPager()}
	s.pager.SetWrap(false)
	s.pager.SetLines(detail.Plain(theme.Dim, "reading"+e.Glyphs().Ellipsis))
	return s
}

// Crumb implements screen.Screen, as do the others.
func (s *Screen) Crumb() string { return s.object.Name + " (compose file)" }

func (s *Screen) Scopes() []keys.Scope      { return []keys.Scope{keys.Compose, keys.Text} }
func (s *Screen) Subjects() []screen.Object { return []screen.Object{s.object} }
func (s *Screen) Interest() model.Interest {
	return model.InterestIn(model.KindNetwork.All())
}

// Show makes the file away from Update, once the networks are known by their names.
func (s *Screen) Show(f table.Data) tea.Cmd {
	s.data = f
	at, known := s.version()
	if !known || s.making || at == s.made {
		return nil
	}
	s.making = true
	e, c, stack := s.env, f.Cluster, s.object.Name
	return func() tea.Msg {
		msg := madeMsg{screen: s, of: at}
		msg.text, msg.hidden, msg.err = e.Export(c, stack, !at.unmask)
		return msg
	}
}

// version is what the file would be made from now; false as long as that is not
// known.
func (s *Screen) version() (version, bool) {
	c := s.data.Cluster
	if c == nil || !c.Ready() || !c.Set(model.KindNetwork).Known() {
		return version{}, false
	}
	v := version{networks: c.Set(model.KindNetwork).Len(), unmask: s.unmask}
	for _, one := range c.Services() {
		if one.Stack().Ref() == s.object.Ref {
			v.services++
			v.sum += one.Version.Index
		}
	}
	return v, true
}

// Update implements screen.Updater.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case madeMsg:
		if msg.screen == s && s.making { // Else it slept meanwhile.
			return s.take(msg)
		}
	case savedMsg:
		if msg.screen == s {
			s.tellSaved(msg)
		}
	}
	return nil
}

func (s *Screen) take(msg madeMsg) tea.Cmd {
	s.making, s.made, s.hidden, s.err = false, msg.of, msg.hidden, msg.err
	s.pager.SetWrap(msg.err != nil)
	if msg.err != nil {
		s.pager.SetLines(detail.Plain(theme.Broken, table.Clean(model.MaskError(msg.err))))
		return nil
	}
	s.pager.SetLines(s.lines(msg.text))
	return s.Show(s.data) // It may be another one meanwhile.
}

// key is what a line of YAML begins with.
var key = regexp.MustCompile(`^([ -]*)([^\s:#"'|>-][^\s:]*)(:)( .*)?$`)

// lines are the file's in colour. Where values are hidden, that is said first: such a
// text is not to be deployed.
func (s *Screen) lines(text string) []detail.Line {
	var out []detail.Line
	if s.hidden > 0 {
		out = detail.Plain(theme.Warning, fmt.Sprintf("# %s hidden here; %s shows everything, and %s saves it so.",
			valuesAre(s.hidden), s.env.Key(keys.Unmask), s.env.Key(keys.SaveFile)))
	}
	for _, l := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		l = table.Clean(l)
		part := key.FindStringSubmatch(l)
		switch {
		case strings.HasPrefix(l, "#"):
			out = append(out, detail.Plain(theme.Dim, l)...)
		case part != nil:
			out = append(out, detail.Line{{Text: part[1]}, {Text: part[2], Role: theme.Accent}, {Text: part[3], Role: theme.Dim}, {Text: part[4]}})
		default:
			out = append(out, detail.Plain(theme.Plain, l)...)
		}
	}
	return out
}

func valuesAre(n int) string {
	if n == 1 {
		return "1 value is"
	}
	return fmt.Sprintf("%d values are", n)
}

// Do implements screen.Screen.
func (s *Screen) Do(e screen.Env, cmd keys.Command) tea.Cmd {
	switch cmd {
	case keys.Unmask:
		s.unmask = !s.unmask
		return s.Show(s.data)
	case keys.Search, keys.SaveFile:
		e.Ask(cmd)
	default:
		s.pager.Do(cmd)
	}
	return nil
}

// Asks implements screen.Asker.
func (s *Screen) Asks(cmd keys.Command) (label, value string) {
	if cmd != keys.SaveFile {
		return "", ""
	}
	return "save to", file.Name(s.object.Name, ".yaml", s.data.Now)
}

// Answer implements screen.Asker: the file is saved whole, whatever the screen hides,
// so that it can be deployed.
func (s *Screen) Answer(_ keys.Command, text string) (tea.Cmd, error) {
	to, err := file.Parse(text)
	if err != nil {
		return nil, err
	}
	e, c, stack := s.env, s.data.Cluster, s.object.Name
	return func() tea.Msg {
		msg := savedMsg{screen: s, path: to.Path}
		var content string
		if _, msg.hidden, msg.err = e.Export(c, stack, true); msg.err == nil {
			content, _, msg.err = e.Export(c, stack, false)
		}
		if msg.err == nil {
			msg.lines, msg.err = to.Write(func(w io.Writer) (int, error) {
				_, err := io.WriteString(w, content)
				return strings.Count(content, "\n"), err
			})
		}
		return msg
	}, nil
}

func (s *Screen) tellSaved(msg savedMsg) {
	switch {
	case msg.err != nil:
		s.env.Say(theme.Broken, "not saved: "+model.MaskError(msg.err))
	case msg.hidden > 0:
		s.env.Say(theme.Warning, fmt.Sprintf("saved %s to %s; %s not hidden in it", model.Plural(msg.lines, "line"), msg.path, valuesAre(msg.hidden)))
	default:
		s.env.Say(theme.Good, fmt.Sprintf("saved %s to %s", model.Plural(msg.lines, "line"), msg.path))
	}
}

// Reason implements screen.Reasoner.
func (s *Screen) Reason(cmd keys.Command) string {
	switch {
	case cmd == keys.SaveFile && s.made == version{}:
		return "it has not been read"
	case cmd == keys.SaveFile && s.err != nil:
		return "there is no such file"
	}
	return ""
}

// Sleep implements screen.Sleeper.
func (s *Screen) Sleep() { s.data, s.made, s.making = table.Data{}, version{}, false }

// Scroll implements screen.Scroller.
func (s *Screen) Scroll(rows int) { s.pager.Scroll(rows) }

func (s *Screen) Resize(width, height int)        { s.width, s.height = width, height }
func (s *Screen) Render(th *theme.Theme) []string { return s.pager.Render(th, s.width, s.height) }
func (s *Screen) Info() string                    { return s.pager.Info() }
func (s *Screen) NextChange() time.Duration       { return 0 }
func (s *Screen) SetPattern(p string) error       { return s.pager.SetPattern(p) }
func (s *Screen) Pattern() string                 { return s.pager.Pattern() }
func (s *Screen) Text() string                    { return s.pager.Text() }
