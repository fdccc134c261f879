package model

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Hide puts away what is secret in a JSON value: keep is called for each text that
// is, with what may be shown of it, and gives what stands in its place. The order
// of keys is not kept.
func Hide(raw json.RawMessage, keep func(shown, text string) string) (json.RawMessage, error) {
	v, err := decodeWhole(raw)
	if err != nil {
		return nil, err
	}
	return encodeWhole(hideIn(v, hide("", "", v), keep))
}

// hideIn goes through a value and the same one masked, side by side.
func hideIn(v, shown any, keep func(shown, text string) string) any {
	switch x := v.(type) {
	case string:
		if s, ok := shown.(string); ok && s != x {
			return keep(s, x)
		}
	case []any:
		s, _ := shown.([]any)
		for i := range x {
			x[i] = hideIn(x[i], s[i], keep)
		}
	case map[string]any:
		s, _ := shown.(map[string]any)
		for k := range x {
			x[k] = hideIn(x[k], s[k], keep)
		}
	}
	return v
}

// Reveal puts texts back that Hide has put away: find gives the text that belongs
// in the place of another one; false for one that stands for itself.
func Reveal(raw json.RawMessage, find func(text string) (string, bool)) (json.RawMessage, error) {
	v, err := decodeWhole(raw)
	if err != nil {
		return nil, err
	}
	return encodeWhole(revealIn(v, find))
}

func revealIn(v any, find func(text string) (string, bool)) any {
	switch x := v.(type) {
	case string:
		if text, ok := find(x); ok {
			return text
		}
	case []any:
		for i := range x {
			x[i] = revealIn(x[i], find)
		}
	case map[string]any:
		for k := range x {
			x[k] = revealIn(x[k], find)
		}
	}
	return v
}

// decodeWhole reads one JSON value. Numbers stay as they are written.
func decodeWhole(raw json.RawMessage) (any, error) {
	if !json.Valid(raw) {
		return nil, fmt.Errorf("it is not JSON")
	}
	return decodeJSON(raw), nil
}

func encodeWhole(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}
