package actions

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// assigned are values by names that one line of a form sets and takes away:
// labels, and the environment.
type assigned struct {
	// key is the value of the form, verb what does it, and noun one of them.
	key, verb, noun string
	// add and remove are the options of docker's commands.
	add, remove string
	// today are the values that there are.
	today func(spec json.RawMessage) map[string]string
	// edit sets one.
	edit func(key, value string) Edit
}

// assignment is one value that is set, or taken away.
type assignment struct {
	key, value string
	gone       bool
}

func (a assigned) check(text string) error { _, err := a.parse(text); return err }

// parse reads changes, as kubectl takes those of labels.
func (a assigned) parse(text string) ([]assignment, error) {
	words, err := splitWords(text)
	if err != nil {
		return nil, err
	}
	var out []assignment
	for _, w := range words {
		key, value, sets := strings.Cut(w, "=")
		c := assignment{key: key, value: value, gone: !sets}
		if !sets {
			if c.key = strings.TrimSuffix(w, "-"); c.key == w {
				return nil, fmt.Errorf("%q neither sets a %s (NAME=VALUE) nor takes one away (NAME-)", w, a.noun)
			}
		}
		switch {
		case c.key == "":
			return nil, fmt.Errorf("%q names no %s", w, a.noun)
		case slices.ContainsFunc(out, func(o assignment) bool { return o.key == c.key }):
			return nil, fmt.Errorf("the %s %s comes twice", a.noun, c.key)
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("which %s? NAME=VALUE sets one, NAME- takes it away", a.noun)
	}
	return out, nil
}

// splitWords splits a text at its spaces, but for those in double quotes. A quote
// begins with a word or after its first =; anywhere else it is part of the value, as
// in JSON. In quotes \" is a quote and \\ a backslash.
func splitWords(text string) ([]string, error) {
	var out []string
	var word strings.Builder
	quoted, begun := false, false
	take := func() {
		if begun {
			out = append(out, word.String())
		}
		word.Reset()
		begun = false
	}
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case r == '"' && (quoted || !begun || strings.IndexByte(word.String(), '=') == word.Len()-1):
			quoted, begun = !quoted, true
			continue
		case !quoted && (r == ' ' || r == '\t'):
			take()
			continue
		case quoted && r == '\\' && i+1 < len(runes) && (runes[i+1] == '"' || runes[i+1] == '\\'):
			i++
			r = runes[i]
		}
		word.WriteRune(r)
		begun = true
	}
	if quoted {
		return nil, errors.New("a quote is not closed")
	}
	take()
	return out, nil
}

// JoinWords makes the line of a form from changes that are whole already, as the
// arguments of a command are.
func JoinWords(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(w) + `"`
	}
	return strings.Join(out, " ")
}

// plan is the part of a plan that says what is set. The word names the target to
// docker's command; empty where there is none.
func (a assigned) plan(in Input, word string, risk Tier) (Plan, error) {
	changes, err := a.parse(in.Values[a.key])
	if err != nil {
		return Plan{}, err
	}
	today := a.today(in.Doc.Spec)
	var edits []Edit
	var does, undoes, said []string
	for _, c := range changes {
		before, had := today[c.key]
		e := a.edit(c.key, c.value)
		switch {
		case c.gone && !had, !c.gone && had && before == c.value:
			continue
		case c.gone:
			e.Value, e.Delete = nil, true
			does, said = append(does, a.remove, c.key), append(said, c.key+" goes")
		default:
			does, said = append(does, a.add, c.key+"="+c.value), append(said, c.key+" is set")
		}
		if had {
			undoes = append(undoes, a.add, c.key+"="+before)
		} else {
			undoes = append(undoes, a.remove, c.key)
		}
		edits = append(edits, e)
	}
	if len(edits) == 0 {
		return Plan{}, fmt.Errorf("%w: %s has these %ss already", ErrNoChange, in.Target.Name, a.noun)
	}
	p, err := newPlan(in, a.verb, risk, edits...)
	if err != nil {
		return Plan{}, err
	}
	p.Title = fmt.Sprintf("change the %ss of %s: %s", a.noun, in.Target.Name, list(said))
	p.Undo.Sentence = fmt.Sprintf("give the %ss their former values", a.noun)
	if word != "" {
		update := []string{string(in.Target.Ref.Kind), "update"}
		p.Commands = []string{command(slices.Concat(update, does, []string{word})...)}
		p.Undo.Commands = []string{command(slices.Concat(update, undoes, []string{word})...)}
	}
	return p, nil
}

var labels = assigned{
	key: "labels", verb: "label", noun: "label", add: "--label-add", remove: "--label-rm",
	today: func(spec json.RawMessage) map[string]string {
		var out map[string]string
		decodeField(spec, &out, "Labels")
		return out
	},
	edit: func(key, value string) Edit { return Edit{Path: []string{"Labels", key}, Value: value} },
}

var pathEnv = []string{"TaskTemplate", "ContainerSpec", "Env"}

var variables = assigned{
	key: "env", verb: "env", noun: "variable", add: "--env-add", remove: "--env-rm",
	today: func(spec json.RawMessage) map[string]string {
		var words []string
		decodeField(spec, &words, pathEnv...)
		out := map[string]string{}
		for _, w := range words {
			name, value, _ := strings.Cut(w, "=")
			out[name] = value
		}
		return out
	},
	edit: func(key, value string) Edit { return Edit{Path: at(pathEnv, Named(key)), Value: key + "=" + value} },
}
