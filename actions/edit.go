package actions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Edit changes one field of a specification, one element of a list in it, or all
// of it.
type Edit struct {
	// Path leads to the field through objects, by the engine's own names, and
	// through lists, by the index from 0; [Last] is the one behind the last. Of a
	// list of words, [Named] and [Word] find one wherever it is, and are behind the
	// last one where it is not. Without a path the edit is for the specification as
	// a whole.
	Path []string
	// Value is written there, as JSON. Objects on the way that do not exist
	// are made.
	Value any
	// Delete takes the field away instead.
	Delete bool
}

// Last stands in a path for the index behind the last element of a list, as in a
// JSON Pointer (RFC 6901).
const Last = "-"

// Named stands in a path for the element NAME=value of a list of words, and for
// a bare NAME, as in the environment of a container.
func Named(name string) string { return name + "=" }

// Word stands in a path for the element of a list of words that is the word.
func Word(word string) string { return "=" + word }

// isSelector reports whether a step of a path finds an element by what it is.
func isSelector(key string) bool {
	return len(key) > 1 && (key[0] == '=' || key[len(key)-1] == '=')
}

// selects reports whether a step of a path finds an element of a list.
func selects(key string, element []byte) bool {
	var word string
	if !isSelector(key) || len(element) == 0 || element[0] != '"' || json.Unmarshal(element, &word) != nil {
		return false
	}
	if want, is := strings.CutPrefix(key, "="); is {
		return word == want
	}
	return strings.HasPrefix(word, key) || word == key[:len(key)-1]
}

// adds reports whether a step of a path stands for the index behind the last where
// a list does not have what it is for.
func adds(key string) bool { return key == Last || isSelector(key) }

// String is the edit's path as the preview names it.
func (e Edit) String() string { return strings.Join(e.Path, ".") }

// ErrSpec means that a specification is not of the form that an edit needs.
var ErrSpec = errors.New("the spec is not of the expected form")

// Apply makes the edits in a copy of a specification and leaves every other byte
// of it as it is.
func Apply(spec json.RawMessage, edits []Edit) (json.RawMessage, error) {
	if !json.Valid(spec) {
		return nil, fmt.Errorf("%w: it is not JSON", ErrSpec)
	}
	if spec[whole(spec).from] != '{' {
		return nil, fmt.Errorf("%w: it is no object", ErrSpec)
	}
	out := bytes.Clone(spec)
	for _, e := range edits {
		next, err := applyOne(out, e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e, err)
		}
		out = next
	}
	return out, nil
}

func applyOne(spec []byte, e Edit) ([]byte, error) {
	var value []byte
	if !e.Delete {
		var err error
		if value, err = encode(e.Value); err != nil {
			return nil, err
		}
	}
	at := whole(spec)
	if len(e.Path) == 0 {
		if len(value) == 0 || value[0] != '{' || spec[at.from] != '{' {
			return nil, fmt.Errorf("%w: an edit without a path is of one whole specification", ErrSpec)
		}
		return splice(spec, at, value), nil
	}
	for depth, key := range e.Path {
		if string(spec[at.from:at.to]) == "null" {
			return missing(spec, at, e, depth, value, false, false)
		}
		held, list, err := members(spec, at)
		if err != nil {
			return nil, err
		}
		i, err := findMember(spec, held, list, key)
		if err != nil {
			return nil, err
		}
		switch last := depth == len(e.Path)-1; {
		case i >= 0 && last && !e.Delete && list && isSelector(key) && !selects(key, value):
			return nil, misnamed(key)
		case i < 0 && list && !adds(key) && !e.Delete:
			return nil, fmt.Errorf("%w: the list has no element %s", ErrSpec, key)
		case i < 0:
			return missing(spec, at, e, depth, value, list, len(held) > 0)
		case last && e.Delete:
			return splice(spec, withComma(held, i), nil), nil
		case last:
			return splice(spec, held[i].value, value), nil
		}
		at = held[i].value
	}
	return spec, nil
}

// missing adds the rest of a path, from e.Path[depth] on, to the object, list or
// null at a span.
func missing(spec []byte, at span, e Edit, depth int, value []byte, list, others bool) ([]byte, error) {
	if e.Delete {
		return spec, nil
	}
	for i := len(e.Path) - 1; i >= depth; i-- {
		switch key, err := encode(e.Path[i]); {
		case err != nil:
			return nil, err
		case adds(e.Path[i]) && (list || i > depth || spec[at.from] == 'n'):
			if isSelector(e.Path[i]) && !selects(e.Path[i], value) {
				return nil, misnamed(e.Path[i])
			}
			if i > depth || !list {
				value = fmt.Appendf(nil, "[%s]", value)
			}
		case i > depth || spec[at.from] == 'n':
			value = fmt.Appendf(nil, "{%s:%s}", key, value)
		default:
			value = fmt.Appendf(nil, "%s:%s", key, value)
		}
	}
	if spec[at.from] == 'n' {
		return splice(spec, at, value), nil
	}
	if others {
		value = append([]byte{','}, value...)
	}
	end := at.to - 1 // The closing bracket.
	return splice(spec, span{end, end}, value), nil
}

// misnamed is why an element is not written: it would not be found by its name again.
func misnamed(name string) error {
	return fmt.Errorf("%w: the new element is not %s", ErrSpec, name)
}

// withComma is a member with the comma that has to go with it.
func withComma(held []member, i int) span {
	switch {
	case i > 0:
		return span{held[i-1].whole.to, held[i].whole.to}
	case len(held) > 1:
		return span{held[0].whole.from, held[1].whole.from}
	default:
		return held[0].whole
	}
}

// watched is the part of a specification on which depends what the edit does:
// the field, or the list as a whole that it is in, because nobody knows what
// stands at an index of a list that has changed. What is found by what it is stays
// itself, whatever becomes of the others.
func (e Edit) watched(spec json.RawMessage) []string {
	if !json.Valid(spec) {
		return e.Path
	}
	at := whole(spec)
	for depth, key := range e.Path {
		held, list, err := members(spec, at)
		if (list || err == nil && key == Last) && !isSelector(key) {
			return e.Path[:depth]
		}
		i, found := findMember(spec, held, list, key)
		if err != nil || found != nil || i < 0 {
			break
		}
		at = held[i].value
	}
	if i := slices.Index(e.Path, Last); i >= 0 {
		return e.Path[:i]
	}
	return e.Path
}

func splice(in []byte, at span, with []byte) []byte {
	out := make([]byte, 0, len(in)-(at.to-at.from)+len(with))
	out = append(out, in[:at.from]...)
	out = append(out, with...)
	return append(out, in[at.to:]...)
}

// encode is json.Marshal without the escapes for HTML, which would make an
// image or a label look changed.
func encode(v any) ([]byte, error) {
	if raw, ok := v.(json.RawMessage); ok {
		if !json.Valid(raw) {
			return nil, fmt.Errorf("%w: the new value is not JSON", ErrSpec)
		}
		return bytes.TrimSpace(raw), nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// lookup reads the value at a path; false for none.
func lookup(spec json.RawMessage, path ...string) (json.RawMessage, bool) {
	if !json.Valid(spec) {
		return nil, false
	}
	at := whole(spec)
	for _, key := range path {
		held, list, err := members(spec, at)
		if err != nil {
			return nil, false
		}
		i, err := findMember(spec, held, list, key)
		if err != nil || i < 0 {
			return nil, false
		}
		at = held[i].value
	}
	return spec[at.from:at.to], true
}

// field reads the value at a path; nil for none, and for null.
func field(spec json.RawMessage, path ...string) json.RawMessage {
	value, found := lookup(spec, path...)
	if !found || string(value) == "null" {
		return nil
	}
	return value
}

// decodeField reads the value at a path into v and leaves v alone where there
// is none, or one of another type.
func decodeField(spec json.RawMessage, v any, path ...string) {
	if raw := field(spec, path...); raw != nil {
		_ = json.Unmarshal(raw, v)
	}
}
