package actions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// span is a part of a text: from inclusive, to exclusive.
type span struct{ from, to int }

// member is one member of an object, or one element of a list: where it stands
// as a whole, its value in that, and what its key says; of an element that is its
// index, from 0.
type member struct {
	whole, value span
	name         string
}

// members finds what the object or the list at a span of valid JSON holds.
func members(in []byte, at span) (out []member, list bool, err error) {
	if at.from >= at.to || in[at.from] != '{' && in[at.from] != '[' {
		return nil, false, fmt.Errorf("%w: an object was expected", ErrSpec)
	}
	list = in[at.from] == '['
	dec := json.NewDecoder(bytes.NewReader(in[at.from:at.to]))
	if _, err := dec.Token(); err != nil {
		return nil, list, fmt.Errorf("%w: %w", ErrSpec, err)
	}
	end := at.from + 1
	for dec.More() {
		m := member{name: strconv.Itoa(len(out))}
		m.whole.from = end + bytes.IndexFunc(in[end:], func(r rune) bool { return r != ',' && !isSpace(r) })
		if !list {
			key, err := dec.Token()
			if err != nil {
				return nil, list, fmt.Errorf("%w: %w", ErrSpec, err)
			}
			m.name, _ = key.(string)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, list, fmt.Errorf("%w: %w", ErrSpec, err)
		}
		end = at.from + int(dec.InputOffset())
		m.whole.to, m.value = end, span{end - len(value), end}
		out = append(out, m)
	}
	return out, list, nil
}

// findMember finds a key of an object, or what a path says of the elements of a
// list; -1 for none. What comes twice means different things to different
// readers, so it is refused.
func findMember(in []byte, members []member, list bool, key string) (int, error) {
	found := -1
	for i, m := range members {
		if m.name != key && !(list && selects(key, in[m.value.from:m.value.to])) {
			continue
		}
		if found >= 0 {
			return -1, fmt.Errorf("%w: %q comes twice", ErrSpec, key)
		}
		found = i
	}
	return found, nil
}

func isSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }

// whole is the one value that a valid text holds.
func whole(in []byte) span {
	from := len(in) - len(bytes.TrimLeftFunc(in, isSpace))
	return span{from, len(bytes.TrimRightFunc(in, isSpace))}
}
