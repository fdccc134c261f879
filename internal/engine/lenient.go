package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// decodeLenient decodes raw into v, a pointer, and leaves out what does not
// fit. It returns what it left out and why, or an empty string.
//
// encoding/json gives up the whole value when one part of it refuses its text,
// as a netip.Addr does with the "8.8.8.8:53" that older engines accept.
func decodeLenient(raw []byte, v any) (damage string) {
	if decodeShort(raw, v) == nil {
		return ""
	}
	d := lenient{}
	d.decode(raw, reflect.ValueOf(v).Elem(), "")
	if measure(raw).cut > 0 {
		shortenAll(reflect.ValueOf(v))
	}
	return strings.Join(d.damage, "; ")
}

// maxDamage bounds the parts that are named; a list of thousands of bad
// elements needs no thousand sentences.
const maxDamage = 8

// maxDamaged is how many bytes are kept of the name of a part and of what is
// wrong with it: both can hold what the engine sent.
const maxDamaged = 200

type lenient struct{ damage []string }

func (d *lenient) decode(raw []byte, v reflect.Value, at string) {
	v.SetZero()
	err := json.Unmarshal(raw, v.Addr().Interface())
	if err == nil {
		return
	}
	v.SetZero()
	if v.Kind() == reflect.Pointer {
		inner := reflect.New(v.Type().Elem())
		d.decode(raw, inner.Elem(), at)
		v.Set(inner)
		return
	}
	if !d.descend(raw, v, at) {
		d.note(at, err)
	}
}

// descend decodes the parts of a value one by one, and reports whether it has
// any.
func (d *lenient) descend(raw []byte, v reflect.Value, at string) bool {
	if _, whole := v.Addr().Interface().(json.Unmarshaler); whole {
		return false
	}
	switch v.Kind() {
	case reflect.Struct:
		var parts map[string]json.RawMessage
		if json.Unmarshal(raw, &parts) != nil {
			return false
		}
		for _, name := range inOrder(parts) {
			if field, ok := fieldNamed(v, name); ok {
				d.decode(parts[name], field, join(at, name))
			}
		}
	case reflect.Map:
		var parts map[string]json.RawMessage
		if v.Type().Key().Kind() != reflect.String || json.Unmarshal(raw, &parts) != nil {
			return false
		}
		v.Set(reflect.MakeMap(v.Type()))
		for _, name := range inOrder(parts) {
			element := reflect.New(v.Type().Elem()).Elem()
			d.decode(parts[name], element, join(at, name))
			v.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), element)
		}
	case reflect.Slice:
		var parts []json.RawMessage
		if json.Unmarshal(raw, &parts) != nil {
			return false
		}
		for i, part := range parts {
			before := len(d.damage)
			element := reflect.New(v.Type().Elem()).Elem()
			d.decode(part, element, fmt.Sprintf("%s[%d]", at, i))
			// An element of which nothing is left would be a lie: an address
			// that was not there.
			if len(d.damage) == before || !element.IsZero() {
				v.Set(reflect.Append(v, element))
			}
		}
	default:
		return false
	}
	return true
}

// inOrder is the names in an order that is the same each time, so that the
// same damage is told in the same words.
func inOrder(parts map[string]json.RawMessage) []string {
	return slices.Sorted(maps.Keys(parts))
}

func (d *lenient) note(at string, err error) {
	if at == "" {
		at = "the object"
	}
	switch {
	case len(d.damage) < maxDamage:
		d.damage = append(d.damage, shorten(at, maxDamaged)+": "+shorten(err.Error(), maxDamaged))
	case len(d.damage) == maxDamage:
		d.damage = append(d.damage, "and more")
	}
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// fieldNamed finds the field that encoding/json would decode the name into,
// those of embedded structs included.
func fieldNamed(v reflect.Value, name string) (reflect.Value, bool) {
	var folded reflect.Value
	for _, f := range reflect.VisibleFields(v.Type()) {
		if f.Anonymous || !f.IsExported() {
			continue
		}
		called, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if called == "-" {
			continue
		}
		if called == "" {
			called = f.Name
		}
		if called == name {
			return v.FieldByIndex(f.Index), true
		}
		if !folded.IsValid() && strings.EqualFold(called, name) {
			folded = v.FieldByIndex(f.Index)
		}
	}
	return folded, folded.IsValid()
}
