package actions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Edit changes one field of a specification.
type Edit struct {
	// Path leads to the field through objects, by the engine's own names.
	Path []string
	// Value is written there, as JSON. Objects on the way that do not exist
	// are made.
	Value any
	// Delete takes the field away instead.
	Delete bool
}

// String is the edit's path as the preview names it.
func (e Edit) String() string { return strings.Join(e.Path, ".") }

// ErrSpec means that a specification is not of the form that an edit needs.
var ErrSpec = errors.New("the spec is not of the expected form")

// Apply makes the edits in a specification and leaves every other byte of it as
// it is.
func Apply(spec json.RawMessage, edits []Edit) (json.RawMessage, error) {
	if !json.Valid(spec) {
		return nil, fmt.Errorf("%w: it is not JSON", ErrSpec)
	}
	out := spec
	for _, e := range edits {
		next, err := applyOne(out, e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e, err)
		}
		out = next
	}
	if len(edits) == 0 {
		out = bytes.Clone(spec)
	}
	return out, nil
}

func applyOne(spec []byte, e Edit) ([]byte, error) {
	if len(e.Path) == 0 {
		return nil, fmt.Errorf("%w: an edit without a path", ErrSpec)
	}
	var value []byte
	if !e.Delete {
		var err error
		if value, err = encode(e.Value); err != nil {
			return nil, err
		}
	}
	at := span{0, len(spec)}.trim(spec)
	for depth, key := range e.Path {
		if string(spec[at.from:at.to]) == "null" {
			return missing(spec, at, e, depth, value, false)
		}
		members, err := objectMembers(spec, at)
		if err != nil {
			return nil, err
		}
		i, err := findMember(members, key)
		if err != nil {
			return nil, err
		}
		switch last := depth == len(e.Path)-1; {
		case i < 0:
			return missing(spec, at, e, depth, value, len(members) > 0)
		case last && e.Delete:
			return splice(spec, withComma(members, i), nil), nil
		case last:
			return splice(spec, members[i].value, value), nil
		}
		at = members[i].value
	}
	return nil, fmt.Errorf("%w: an edit without a path", ErrSpec)
}

// missing adds the rest of a path, from e.Path[depth] on, to the object (or
// null) at a span.
func missing(spec []byte, at span, e Edit, depth int, value []byte, others bool) ([]byte, error) {
	if e.Delete {
		return spec, nil
	}
	for i := len(e.Path) - 1; i > depth; i-- {
		key, err := encode(e.Path[i])
		if err != nil {
			return nil, err
		}
		value = fmt.Appendf(nil, "{%s:%s}", key, value)
	}
	key, err := encode(e.Path[depth])
	if err != nil {
		return nil, err
	}
	member := fmt.Appendf(nil, "%s:%s", key, value)
	switch {
	case spec[at.from] == 'n':
		return splice(spec, at, fmt.Appendf(nil, "{%s}", member)), nil
	case others:
		member = append([]byte{','}, member...)
	}
	end := at.to - 1 // The closing brace.
	return splice(spec, span{end, end}, member), nil
}

// withComma is a member with the comma that has to go with it.
func withComma(members []member, i int) span {
	switch {
	case i > 0:
		return span{members[i-1].value.to, members[i].value.to}
	case len(members) > 1:
		return span{members[0].key.from, members[1].key.from}
	default:
		return span{members[0].key.from, members[0].value.to}
	}
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
		return raw, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// field reads the value at a path; nil for none.
func field(spec json.RawMessage, path ...string) json.RawMessage {
	if !json.Valid(spec) {
		return nil
	}
	at := span{0, len(spec)}.trim(spec)
	for _, key := range path {
		members, err := objectMembers(spec, at)
		if err != nil {
			return nil
		}
		i, err := findMember(members, key)
		if err != nil || i < 0 {
			return nil
		}
		at = members[i].value
	}
	if string(spec[at.from:at.to]) == "null" {
		return nil
	}
	return spec[at.from:at.to]
}

// decodeField reads the value at a path into v and leaves v alone where there
// is none, or one of another type.
func decodeField(spec json.RawMessage, v any, path ...string) {
	if raw := field(spec, path...); raw != nil {
		_ = json.Unmarshal(raw, v)
	}
}
