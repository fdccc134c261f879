package engine

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/docker/go-units"
)

// Whoever answers decides how much there is to read; what it may cost is decided
// here. An answer is bounded three times: in bytes while it is read, in what it
// takes in memory when it is decoded, and in the length of a single text.

// elements reads a JSON list one element after the other, and refuses what
// would take more memory than a list may.
type elements struct {
	dec  *json.Decoder
	body elementReader
	raw  json.RawMessage
	size int // of the last element as it came, in bytes
	kept int // of all, in bytes of memory, by estimate
	n    int
}

func newElements(r io.Reader) *elements {
	e := &elements{body: elementReader{body: r}}
	e.dec = json.NewDecoder(&e.body)
	return e
}

// next returns the next element as it came; it is valid until the next call.
// Its weight is taken for what will be kept of it.
func (e *elements) next() ([]byte, error) {
	if err := e.into(&e.raw); err != nil {
		return nil, err
	}
	weight, err := weigh(e.raw)
	if err != nil {
		return nil, err
	}
	return e.raw, e.keep(weight + elementWeight)
}

// into decodes the next element into v. What is kept of it is to be told by
// keep.
func (e *elements) into(v any) error {
	e.body.read = 0
	e.n++
	begin := e.dec.InputOffset()
	err := e.dec.Decode(v)
	e.size = int(e.dec.InputOffset() - begin)
	return err
}

// keep notes that so many bytes more are kept.
func (e *elements) keep(bytes int) error {
	if e.kept += bytes; e.kept > maxKept {
		return fmt.Errorf("%w: more than %d objects, which would take more than %s of memory", errTooLong, e.n-1, units.BytesSize(maxKept))
	}
	return nil
}

// elementReader refuses an element that is too long to be one.
type elementReader struct {
	body io.Reader
	read int
}

func (r *elementReader) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	if r.read += n; r.read > maxElement {
		return n, fmt.Errorf("%w: one object has more than %s", errTooLong, units.BytesSize(maxElement))
	}
	return n, err
}

// weigh estimates what JSON takes in memory when it is decoded. Each of its
// parts may become a struct although it takes three bytes of text, as in a
// list of empty mounts.
func weigh(raw []byte) (int, error) {
	m := measure(raw)
	if m.parts > maxParts {
		return 0, fmt.Errorf("%w: one object has %d parts, more than %d", errTooLong, m.parts, maxParts)
	}
	return len(raw) - m.cut + m.parts*partWeight, nil
}

// measured is what JSON holds: how many parts, and how many bytes of texts that
// are beyond what is kept of each.
type measured struct{ parts, cut int }

// measure reads over JSON.
func measure(raw []byte) (m measured) {
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case ',', '{', '[':
			m.parts++
		case '"':
			begin := i
			for i++; i < len(raw) && raw[i] != '"'; i++ {
				if raw[i] == '\\' {
					i++
				}
			}
			m.cut += max(0, i-begin-1-maxText)
		}
	}
	return m
}

// decodeShort is json.Unmarshal, with every text shortened.
func decodeShort(raw []byte, v any) error {
	err := json.Unmarshal(raw, v)
	if measure(raw).cut > 0 {
		shortenAll(reflect.ValueOf(v))
	}
	return err
}

// shorten cuts a text of more than so many bytes. It ends with its length and a
// sum then, so that different texts stay different.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	h := fnv.New64a()
	_, _ = io.WriteString(h, s)
	end := fmt.Sprintf("... (%s in all, sum %s)", units.BytesSize(float64(len(s))), hex.EncodeToString(h.Sum(nil)))
	head := s[:max(0, most-len(end))]
	for range utf8.UTFMax { // Not within a character.
		if r, size := utf8.DecodeLastRuneInString(head); r != utf8.RuneError || size != 1 {
			break
		}
		head = head[:len(head)-1]
	}
	return strings.Clone(head) + end // The whole does not stay in memory.
}

// shortenAll shortens every text within a value.
func shortenAll(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			shortenAll(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				shortenAll(v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return // A payload, which is not shown.
		}
		for i := range v.Len() {
			shortenAll(v.Index(i))
		}
	case reflect.Map:
		shortenMap(v)
	case reflect.String:
		if v.CanSet() && v.Len() > maxText {
			v.SetString(shorten(v.String(), maxText))
		}
	}
}

// shortenMap shortens the keys and the values of a map, which can only be
// replaced.
func shortenMap(v reflect.Value) {
	for _, key := range v.MapKeys() {
		value := v.MapIndex(key)
		newKey, newValue := reflect.New(key.Type()).Elem(), reflect.New(value.Type()).Elem()
		newKey.Set(key)
		newValue.Set(value)
		shortenAll(newKey)
		shortenAll(newValue)
		v.SetMapIndex(key, reflect.Value{})
		v.SetMapIndex(newKey, newValue)
	}
}

// shortError is an error whose text is shortened; what it wraps is not lost.
type shortError struct{ error }

func (e shortError) Error() string { return shorten(e.error.Error(), maxSaid) }
func (e shortError) Unwrap() error { return e.error }
