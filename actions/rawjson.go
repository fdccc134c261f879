package actions

import (
	"encoding/json"
	"fmt"
)

// span is a part of a text: from inclusive, to exclusive.
type span struct{ from, to int }

// trim takes the spaces off both ends.
func (s span) trim(in []byte) span {
	for s.from < s.to && isSpace(in[s.from]) {
		s.from++
	}
	for s.to > s.from && isSpace(in[s.to-1]) {
		s.to--
	}
	return s
}

// member is one member of an object: where its key (with the quotes) and its
// value stand, and what the key says.
type member struct {
	key, value span
	name       string
}

// objectMembers finds the members of the object at a span of valid JSON.
func objectMembers(in []byte, at span) ([]member, error) {
	if at.from >= at.to || in[at.from] != '{' {
		return nil, fmt.Errorf("%w: an object was expected", ErrSpec)
	}
	var out []member
	for i := skipSpace(in, at.from+1); in[i] != '}'; {
		m := member{key: span{i, skipString(in, i)}}
		if err := json.Unmarshal(in[m.key.from:m.key.to], &m.name); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSpec, err)
		}
		i = skipSpace(in, skipSpace(in, m.key.to)+1) // Over the colon.
		m.value = span{i, skipValue(in, i)}
		out = append(out, m)
		if i = skipSpace(in, m.value.to); in[i] == ',' {
			i = skipSpace(in, i+1)
		}
	}
	return out, nil
}

// findMember finds a key; -1 for none. A key that comes twice means different
// things to different readers, so it is refused.
func findMember(members []member, key string) (int, error) {
	found := -1
	for i, m := range members {
		if m.name != key {
			continue
		}
		if found >= 0 {
			return -1, fmt.Errorf("%w: %q comes twice", ErrSpec, key)
		}
		found = i
	}
	return found, nil
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func skipSpace(in []byte, i int) int {
	for isSpace(in[i]) {
		i++
	}
	return i
}

// skipString is the place after the string that starts at i.
func skipString(in []byte, i int) int {
	for i++; in[i] != '"'; i++ {
		if in[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// skipValue is the place after the value that starts at i.
func skipValue(in []byte, i int) int {
	switch in[i] {
	case '"':
		return skipString(in, i)
	case '{', '[':
		for depth := 0; ; {
			switch in[i] {
			case '"':
				i = skipString(in, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
			if i++; depth == 0 {
				return i
			}
		}
	}
	for i < len(in) && !isSpace(in[i]) && in[i] != ',' && in[i] != '}' && in[i] != ']' {
		i++
	}
	return i
}
