package detail

import (
	"encoding/json"
	"reflect"
)

// Objects of the engine are not nested deeper than this where it matters.
const maxLenient = 10

// decode reads a JSON object of the engine into what dst points to. Parts that do not fit are
// left out, so that one odd value hides no more than itself; the error is about
// the first of them.
func decode(raw json.RawMessage, dst any) error {
	if len(raw) == 0 {
		return nil
	}
	err := json.Unmarshal(raw, dst)
	if err == nil {
		return nil
	}
	into := reflect.ValueOf(dst).Elem()
	fits := func(part json.RawMessage) bool {
		return json.Unmarshal(part, reflect.New(into.Type()).Interface()) == nil
	}
	into.SetZero()
	if part := sound(raw, fits, 0); part != nil {
		_ = json.Unmarshal(part, dst)
	}
	return err
}

// sound is the part of a JSON value that fits; nil where nothing of it does.
func sound(raw json.RawMessage, fits func(json.RawMessage) bool, depth int) json.RawMessage {
	if fits(raw) {
		return raw
	}
	if depth == maxLenient {
		return nil
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) == nil {
		for key, part := range object {
			in := func(part json.RawMessage) json.RawMessage { return mustJSON(map[string]json.RawMessage{key: part}) }
			if part = sound(part, func(p json.RawMessage) bool { return fits(in(p)) }, depth+1); part != nil {
				object[key] = part
			} else {
				delete(object, key)
			}
		}
		return whole(mustJSON(object), fits)
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	kept := list[:0]
	for _, part := range list {
		in := func(part json.RawMessage) json.RawMessage { return mustJSON([]json.RawMessage{part}) }
		if part = sound(part, func(p json.RawMessage) bool { return fits(in(p)) }, depth+1); part != nil {
			kept = append(kept, part)
		}
	}
	return whole(mustJSON(kept), fits)
}

// whole is a value if it fits, now that its parts do.
func whole(raw json.RawMessage, fits func(json.RawMessage) bool) json.RawMessage {
	if raw == nil || !fits(raw) {
		return nil
	}
	return raw
}

// mustJSON puts JSON values together, which cannot fail for valid ones.
func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return b
}
