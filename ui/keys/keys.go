// Package keys is the one table of everything a key can do. Dispatch, the
// footer, the help screen, the command palette and the README are all made
// from it, so they cannot disagree.
package keys

import (
	"regexp"
	"slices"
	"strings"
)

// Command is what a key, or a name typed after ":", asks for.
type Command string

// Scope is where a binding holds. A screen has several, the narrowest first.
type Scope string

// The scopes.
const (
	Everywhere  Scope = "everywhere"
	List        Scope = "lists"
	Services    Scope = "services"
	Tasks       Scope = "tasks"
	TaskList    Scope = "lists of tasks"
	Nodes       Scope = "nodes"
	Stacks      Scope = "stacks"
	Parts       Scope = "networks, secrets, configs, volumes"
	ProblemList Scope = "problems"
	Records     Scope = "the journal"
	Releases    Scope = "releases"
	Findings    Scope = "one problem"
	NameCheck   Scope = "names on a network"
	Text        Scope = "describe and YAML"
	Compose     Scope = "a compose file"
	Logs        Scope = "logs"
	Prompts     Scope = "what is typed after : or /"
	Forms       Scope = "forms"
	Previews    Scope = "previews"
	Connecting  Scope = "while connecting"
	Quitting    Scope = "the question whether to quit"
	OtherSwarm  Scope = "another swarm answers"
)

// Binding is one thing that can be done, and its keys.
type Binding struct {
	Command Command
	Scope   Scope
	// Keys are the keys by Bubble Tea's names; the first is the one shown.
	Keys []string
	// Title is for the footer: a word or two. Help says it in a sentence.
	Title, Help string
	// Footer is the position among the footer's hints, from 1; 0 for none.
	Footer int
	// Verb is the action behind it, by its name in actions; empty for what
	// changes nothing in the swarm.
	Verb string
}

// Writes reports whether it changes the swarm: read-only takes it away.
func (b Binding) Writes() bool { return b.Verb != "" }

// guests are the screens on which the keys of an object work too, because the
// screen is about such an object; each by its own scopes.
var guests = map[Scope][][]Scope{
	Services: {{Tasks, TaskList, List}, {ProblemList, List}, {Findings, Text}, {Text}, {Logs}},
	Tasks:    {{Text}, {Logs}},
	Nodes:    {{Tasks, TaskList, List}, {ProblemList, List}, {Findings, Text}, {Text}, {Logs}},
	Stacks:   {{Text}, {Compose, Text}, {Logs}},
	Parts:    {{Text}},
	Records:  {{Text}},
	Releases: {{Text}},
}

// Guest is a screen on which keys work as well that are bound for an object.
type Guest struct {
	Screen Scope
	// But are the keys that the screen itself has taken.
	But []string
}

// Guests are the other screens on which the keys of a scope work, where those
// are about such an object.
func (t Table) Guests(s Scope) []Guest {
	var out []Guest
	for _, screen := range guests[s] {
		g := Guest{Screen: screen[0]}
		for _, b := range t {
			for _, k := range b.Keys {
				if _, taken := t.Find(screen, k); taken && b.Scope == s {
					g.But = append(g.But, k)
				}
			}
		}
		out = append(out, g)
	}
	return out
}

// AlsoIn says that in a sentence, for the manuals; empty for nowhere.
func (t Table) AlsoIn(s Scope, quote string) string {
	var parts []string
	for _, g := range t.Guests(s) {
		part := string(g.Screen)
		for i, k := range g.But {
			part += []string{" (except ", ", "}[min(i, 1)] + quote + Show(k) + quote
		}
		if len(g.But) > 0 {
			part += ")"
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return ""
	}
	return "these keys also work on other screens that are about one: " + strings.Join(parts, ", ")
}

// Taken is the binding of a narrower scope that has the first key of one, where
// none of its keys is left.
func (t Table) Taken(scopes []Scope, b Binding) (Binding, bool) {
	for _, k := range b.Keys {
		if other, ok := t.Find(scopes, k); !ok || other.Scope == b.Scope {
			return Binding{}, false
		}
	}
	return t.Find(scopes, b.Keys[0])
}

// Table is a list of bindings.
type Table []Binding

// Find is the binding of a key in the first of the scopes that has one.
func (t Table) Find(scopes []Scope, key string) (Binding, bool) {
	for _, s := range scopes {
		for i := range t {
			if t[i].Scope == s && slices.Contains(t[i].Keys, key) {
				return t[i], true
			}
		}
	}
	return Binding{}, false
}

// All are the bindings of the scopes, in the order of the scopes.
func (t Table) All(scopes []Scope) []Binding {
	var out []Binding
	for _, s := range scopes {
		for _, b := range t {
			if b.Scope == s {
				out = append(out, b)
			}
		}
	}
	return out
}

// In are the bindings of the scopes, in the order of the scopes, without those
// whose every key a narrower scope has taken.
func (t Table) In(scopes []Scope) []Binding {
	var out []Binding
	taken := map[string]bool{}
	for _, s := range scopes {
		var here []string
		for i := range t {
			b := &t[i]
			if b.Scope != s || !slices.ContainsFunc(b.Keys, func(k string) bool { return !taken[k] }) {
				continue
			}
			out = append(out, *b)
			here = append(here, b.Keys...)
		}
		for _, k := range here {
			taken[k] = true
		}
	}
	return out
}

// Of is the binding of a command that holds in one of the scopes; the zero one,
// which has no key, for none.
func (t Table) Of(scopes []Scope, cmd Command) Binding {
	i := slices.IndexFunc(t, func(b Binding) bool { return b.Command == cmd && slices.Contains(scopes, b.Scope) })
	if i < 0 {
		return Binding{}
	}
	return t[i]
}

// Overlays are the scopes of what lies over a screen.
func Overlays() []Scope { return []Scope{Prompts, Forms, Previews, Connecting, Quitting, OtherSwarm} }

// Elsewhere are the bindings of a key in other scopes than those. What leaves an
// overlay, or moves about in it, is none of them.
func (t Table) Elsewhere(scopes []Scope, key string) []Binding {
	return slices.DeleteFunc(slices.Clone(t), func(b Binding) bool {
		return slices.Contains(scopes, b.Scope) || !slices.Contains(b.Keys, key) ||
			slices.Contains(Overlays(), b.Scope) && b.Command != Apply && b.Command != GoOver
	})
}

// Over is the command of a key in an overlay, which lets none through to what
// lies below but the one that quits; empty for none.
func (t Table) Over(s Scope, key string) Command {
	b, ok := t.Find([]Scope{s, Everywhere}, key)
	if !ok || b.Scope == Everywhere && b.Command != Quit {
		return ""
	}
	return b.Command
}

// Scopes are where keys work, in the order of the table.
func (t Table) Scopes() []Scope {
	var out []Scope
	for _, b := range t {
		if !slices.Contains(out, b.Scope) {
			out = append(out, b.Scope)
		}
	}
	return out
}

// Footer are the bindings to hint at, in their order.
func (t Table) Footer(scopes []Scope) []Binding {
	out := slices.DeleteFunc(t.In(scopes), func(b Binding) bool { return b.Footer == 0 })
	slices.SortStableFunc(out, func(a, b Binding) int { return a.Footer - b.Footer })
	return out
}

// Spell puts keys into a text in place of commands in braces, as in "{back} goes
// back": that of the first of the scopes that binds the command, or else of any.
// Show is how a key is written.
func (t Table) Spell(text string, scopes []Scope, show func(key string) string) string {
	return inBraces.ReplaceAllStringFunc(text, func(m string) string {
		cmd := Command(m[1 : len(m)-1])
		for _, s := range append(slices.Clone(scopes), t.Scopes()...) {
			if b := t.Of([]Scope{s}, cmd); len(b.Keys) > 0 {
				return show(b.Keys[0])
			}
		}
		return m
	})
}

var inBraces = regexp.MustCompile(`\{[a-z][a-z0-9-]+\}`)

// Show is a key as a person reads it.
func Show(key string) string {
	if s, ok := shown[key]; ok {
		return s
	}
	return key
}

var shown = map[string]string{
	"shift+left": "⇧←", "shift+right": "⇧→", "pgdown": "pgdn", "up": "↑", "down": "↓", "left": "←", "right": "→",
}

// Names are the binding's keys for people, each between quotes.
func (b Binding) Names(quote, between string) string {
	if b.Command == RecentStack {
		return quote + "1-9" + quote
	}
	out := make([]string, len(b.Keys))
	for i, k := range b.Keys {
		out[i] = quote + Show(k) + quote
	}
	return strings.Join(out, between)
}
