package detail

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"skep/model"
	"skep/ui/theme"
)

// maxDepth is how deep an object may be nested. The engine's are not a third
// of it; every level costs indentation in each line below.
const maxDepth = 64

// YAML is an object as the engine has it, for reading: keys in the engine's
// order, numbers digit by digit. Unless unmask is set, the values of
// secret-looking variables, options and arguments are hidden, and the text is
// then no longer the object. The error says why raw is no JSON.
func YAML(raw json.RawMessage, unmask bool) ([]Line, error) {
	root, err := readRoot(raw)
	if err != nil {
		return nil, err
	}
	if !unmask {
		root.hide("")
	}
	w := yamlWriter{}
	w.value(root, 0)
	w.flush()
	return w.lines, nil
}

// YAMLText is an object as text for editing: nothing is hidden, and what is noted
// of a value, by its key, stands behind it as a comment.
func YAMLText(raw json.RawMessage, note func(key, value string) string) (string, error) {
	root, err := readRoot(raw)
	if err != nil {
		return "", err
	}
	w := yamlWriter{note: note}
	w.value(root, 0)
	w.flush()
	var b strings.Builder
	for _, l := range w.lines {
		b.WriteString(l.String())
		b.WriteByte('\n')
	}
	return b.String(), nil
}

func readRoot(raw json.RawMessage) (*node, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	root, err := readNode(dec, 0)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more text after the object")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the engine's answer is not valid JSON: %w", err)
	}
	return root, nil
}

// node is a JSON value that keeps the order of its keys.
type node struct {
	kind   byte // '{', '[', 's' for a string, 'n' for anything else
	keys   []string
	parts  []*node
	text   string // of a string, or as written of a number, boolean or null
	hidden bool
}

func readNode(dec *json.Decoder, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d levels", maxDepth)
	}
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch x := tok.(type) {
	case json.Delim:
		n := &node{kind: byte(x)}
		for dec.More() {
			if x == '{' {
				key, err := dec.Token()
				if err != nil {
					return nil, err
				}
				n.keys = append(n.keys, fmt.Sprint(key))
			}
			part, err := readNode(dec, depth+1)
			if err != nil {
				return nil, err
			}
			n.parts = append(n.parts, part)
		}
		_, err := dec.Token()
		return n, err
	case string:
		return &node{kind: 's', text: x}, nil
	case nil:
		return &node{kind: 'n', text: "null"}, nil
	default:
		return &node{kind: 'n', text: fmt.Sprint(x)}, nil
	}
}

// hide masks what is secret below a key.
func (n *node) hide(key string) {
	switch n.kind {
	case 's':
		n.set(model.MaskField("", key, n.text))
	case '[':
		if words, ok := n.words(); ok {
			for i, w := range model.MaskList(key, words) {
				n.parts[i].set(w)
			}
			return
		}
		for _, p := range n.parts {
			p.hide("")
		}
	case '{':
		for i, p := range n.parts {
			if p.kind == 's' {
				p.set(model.MaskField(key, n.keys[i], p.text))
				continue
			}
			p.hide(n.keys[i])
		}
	}
}

func (n *node) set(text string) { n.hidden, n.text = n.hidden || text != n.text, text }

// words are the elements of a list of strings.
func (n *node) words() ([]string, bool) {
	out := make([]string, len(n.parts))
	for i, p := range n.parts {
		if p.kind != 's' {
			return nil, false
		}
		out[i] = p.text
	}
	return out, true
}

// yamlWriter writes block style: a key or an element a line.
type yamlWriter struct {
	lines []Line
	line  Line
	note  func(key, value string) string // nil for none
}

func (w *yamlWriter) put(text string, role theme.Role) {
	w.line = append(w.line, Span{Text: text, Role: role})
}

func (w *yamlWriter) flush() {
	if len(w.line) > 0 {
		w.lines = append(w.lines, w.line)
	}
	w.line = nil
}

func (w *yamlWriter) indent(depth int) {
	if depth > 0 {
		w.put(strings.Repeat("  ", depth), theme.Plain)
	}
}

// value writes a value. The present line holds what leads to it; a collection
// goes on below, at depth.
func (w *yamlWriter) value(n *node, depth int) {
	switch {
	case n.kind == '{' && len(n.parts) == 0:
		w.put("{}", theme.Dim)
	case n.kind == '[' && len(n.parts) == 0:
		w.put("[]", theme.Dim)
	case n.kind == '{':
		w.object(n, depth)
	case n.kind == '[':
		w.list(n, depth)
	case n.kind == 's':
		w.text(n, depth)
	case n.text == "null":
		w.put(n.text, theme.Dim)
	default:
		w.put(n.text, theme.Key)
	}
}

// object writes a pair a line. The first stands in the present line, if that
// holds the dash of a list and nothing else.
func (w *yamlWriter) object(n *node, depth int) {
	for i, p := range n.parts {
		if i > 0 || len(w.line) == 0 {
			w.flush()
			w.indent(depth)
		}
		w.put(scalar(n.keys[i]), theme.Accent)
		w.put(":", theme.Dim)
		w.below(p, depth)
		if w.note != nil && len(p.parts) == 0 && !strings.Contains(p.text, "\n") {
			if note := w.note(n.keys[i], p.text); note != "" {
				w.put(" # "+note, theme.Dim)
			}
		}
	}
}

func (w *yamlWriter) list(n *node, depth int) {
	for i, p := range n.parts {
		if i > 0 || len(w.line) == 0 {
			w.flush()
			w.indent(depth)
		}
		w.put("- ", theme.Dim)
		w.value(p, depth+1)
	}
}

// below writes the value of a key: a collection begins in the next line, a
// scalar in the same.
func (w *yamlWriter) below(n *node, depth int) {
	if len(n.parts) > 0 {
		w.flush()
		w.value(n, depth+1)
		return
	}
	w.put(" ", theme.Plain)
	w.value(n, depth+1)
}

// text writes a string: as it is where YAML reads it back so, as a block where
// it has several lines, else in quotes.
func (w *yamlWriter) text(n *node, depth int) {
	role := theme.Plain
	if n.hidden {
		role = theme.Dim
	}
	chomp, ok := blockStyle(n.text)
	if !ok {
		w.put(scalar(n.text), role)
		return
	}
	w.put("|"+chomp, theme.Dim)
	for _, l := range strings.Split(strings.TrimSuffix(n.text, "\n"), "\n") {
		w.flush()
		if l == "" {
			w.lines = append(w.lines, Line{})
			continue
		}
		w.indent(max(1, depth))
		w.put(l, role)
	}
}
