package actions

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"skep/model"
)

// TextError is what is wrong with an edited text.
type TextError struct{ Problems []Problem }

// Problem is one thing wrong with a text.
type Problem struct {
	// Line is where, counted from 1; 0 for nowhere in particular.
	Line int
	Why  string
}

// Error lists the problems.
func (e *TextError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.in(0)
	}
	return strings.Join(lines, "; ")
}

// in is a problem with its place in a text that has so many lines more above.
func (p Problem) in(above int) string {
	if p.Line == 0 {
		return p.Why
	}
	return fmt.Sprintf("line %d: %s", p.Line+above, p.Why)
}

const (
	// maxProblems are told at once: who pasted something else needs no more.
	maxProblems = 8
	// maxText and maxNesting are beyond any specification.
	maxText, maxNesting = 4 << 20, 64
)

// readYAML reads a specification that was edited as YAML, of a Go type. What is no
// YAML, what no such specification has, and what a field cannot hold is a
// [TextError]; but fields and values that were in the base already are the
// engine's, and stand, whether the type knows them or not.
func readYAML(text string, of reflect.Type, base json.RawMessage) (json.RawMessage, error) {
	r := yamlReader{had: map[string]bool{}}
	r.note("", base)
	root, err := parseYAML(text)
	if err != nil {
		return nil, err
	}
	r.value(root, of, "", "", 0)
	if len(r.problems) > 0 {
		told := r.problems
		if more := len(told) - maxProblems; more > 0 {
			told = append(told[:maxProblems:maxProblems], Problem{Why: fmt.Sprintf("and %d more", more)})
		}
		return nil, &TextError{told}
	}
	return r.out.Bytes(), nil
}

// atLine finds the line in what the YAML library says.
var atLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func parseYAML(text string) (*yaml.Node, error) {
	wrong := func(line int, why string) error { return &TextError{[]Problem{{line, why}}} }
	if len(text) > maxText {
		return nil, wrong(0, "the text is longer than any specification")
	}
	dec := yaml.NewDecoder(strings.NewReader(text))
	var doc, more yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, wrong(0, "the text is empty")
	case err != nil:
		found := atLine.FindStringSubmatch(err.Error())
		if found == nil {
			return nil, wrong(0, err.Error())
		}
		line, _ := strconv.Atoi(found[1])
		return nil, wrong(line, err.Error()[len(found[0]):])
	case !errors.Is(dec.Decode(&more), io.EOF):
		return nil, wrong(more.Line, "the text goes on behind its end: --- begins another document")
	case len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode:
		return nil, wrong(doc.Line, "this is no specification: fields, each with a colon, were expected")
	}
	return doc.Content[0], nil
}

// yamlReader writes YAML as JSON, in the order of the keys and with the digits of
// the numbers.
type yamlReader struct {
	out      bytes.Buffer
	problems []Problem
	// had are the fields that the base has, and their values, by their path with
	// [] for each element of a list.
	had map[string]bool
}

// note takes down what the base has.
func (r *yamlReader) note(path string, raw json.RawMessage) {
	held, list, err := members(raw, whole(raw))
	if err != nil {
		r.had[path+"\x00"+string(bytes.TrimSpace(raw))] = true
		return
	}
	r.had[path+"\x00"+string(raw[whole(raw).from])] = true
	for _, m := range held {
		below := path + "." + m.name
		if list {
			below = path + "[]"
		}
		r.had[below] = true
		r.note(below, raw[m.value.from:m.value.to])
	}
}

func (r *yamlReader) wrong(n *yaml.Node, format string, args ...any) {
	r.problems = append(r.problems, Problem{n.Line, fmt.Sprintf(format, args...)})
}

// value writes a value of a type; nil for one that is not known.
func (r *yamlReader) value(n *yaml.Node, t reflect.Type, path, key string, depth int) {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case depth > maxNesting:
		r.wrong(n, "this is nested too deep")
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.wrong(n, "anchors and aliases (& and *) are not taken here: write the value out")
	case n.Kind == yaml.MappingNode:
		r.object(n, t, path, depth)
	case n.Kind == yaml.SequenceNode:
		r.list(n, t, path, key, depth)
	default:
		from := r.out.Len()
		if r.scalar(n, t, path, key) {
			r.fits(n, t, path, key, bytes.Clone(r.out.Bytes()[from:]))
		}
	}
}

func (r *yamlReader) object(n *yaml.Node, t reflect.Type, path string, depth int) {
	switch {
	case t == nil || t.Kind() == reflect.Struct && !wordy(t) || t.Kind() == reflect.Map:
	case r.had[path+"\x00{"]:
		t = nil
	default:
		r.wrong(n, "%s is no object with fields", lastOf(path))
		return
	}
	r.out.WriteByte('{')
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		below := path + "." + name.Value
		switch {
		case name.Kind != yaml.ScalarNode || name.ShortTag() == "!!merge" || name.Anchor != "":
			r.wrong(name, "a field needs a plain name")
			continue
		case seen[name.Value]:
			r.wrong(name, "%s comes twice", name.Value)
			continue
		}
		seen[name.Value] = true
		of, known := fieldType(t, name.Value)
		if !known && !r.had[below] {
			r.wrong(name, "there is no field %s%s%s", name.Value, in(path), meant(t, name.Value))
			continue
		}
		if r.out.Bytes()[r.out.Len()-1] != '{' {
			r.out.WriteByte(',')
		}
		text, _ := encode(name.Value)
		r.out.Write(text)
		r.out.WriteByte(':')
		r.value(value, of, below, name.Value, depth+1)
	}
	r.out.WriteByte('}')
}

func (r *yamlReader) list(n *yaml.Node, t reflect.Type, path, key string, depth int) {
	var of reflect.Type
	switch {
	case t == nil:
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		of = t.Elem()
	case r.had[path+"\x00["]:
	default:
		r.wrong(n, "%s is no list", lastOf(path))
		return
	}
	r.out.WriteByte('[')
	for i, e := range n.Content {
		if i > 0 {
			r.out.WriteByte(',')
		}
		r.value(e, of, path+"[]", key, depth+1)
	}
	r.out.WriteByte(']')
}

// jsonNumber is what JSON takes for one.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// scalar writes a word, a number or nothing, and reports whether it is one. Where
// the type wants a word, a number is one, and where it wants a number, a text
// with a unit is.
func (r *yamlReader) scalar(n *yaml.Node, t reflect.Type, path, key string) bool {
	tag, plain := n.ShortTag(), false
	number := t != nil && t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64
	switch tag {
	case "!!int", "!!float", "!!bool":
		plain = t == nil || !wordy(t) || r.had[path+"\x00"+n.Value]
	}
	word, _ := encode(n.Value)
	switch {
	case tag == "!!null":
		r.out.WriteString("null")
	case plain && tag == "!!bool":
		r.out.WriteString(strings.ToLower(n.Value))
	case plain && jsonNumber.MatchString(n.Value):
		r.out.WriteString(n.Value)
	case plain && tag == "!!int": // In hexadecimal digits, say.
		var v int64
		if err := n.Decode(&v); err != nil {
			r.wrong(n, "%s: %q is no number", lastOf(path), n.Value)
			return false
		}
		r.out.WriteString(strconv.FormatInt(v, 10))
	case plain, tag == "!!binary", tag != "!!str" && tag != "!!timestamp" && tag != "!!int" && tag != "!!float" && tag != "!!bool":
		r.wrong(n, "%s: %q is not taken here", lastOf(path), n.Value)
		return false
	case number && !r.had[path+"\x00"+string(word)]:
		v, err := model.ReadQuantity(key, n.Value)
		if err != nil {
			r.wrong(n, "%s: %v", lastOf(path), err)
			return false
		}
		r.out.WriteString(strconv.FormatInt(v, 10))
	default:
		r.out.Write(word)
	}
	return true
}

// wordy reports whether a type is written as a string.
func wordy(t reflect.Type) bool {
	return t.Kind() == reflect.String || reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) ||
		t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

// fits says where a type cannot hold a value, and the engine would take it for
// something else or refuse it with less to go by.
func (r *yamlReader) fits(n *yaml.Node, t reflect.Type, path, key string, raw []byte) {
	if t == nil || string(raw) == "null" || r.had[path+"\x00"+string(raw)] {
		return
	}
	if err := json.Unmarshal(raw, reflect.New(t).Interface()); err != nil {
		what := "a word"
		switch k := t.Kind(); {
		case k >= reflect.Int && k <= reflect.Uint64:
			what = "a whole number of its size"
		case k == reflect.Float32 || k == reflect.Float64:
			what = "a number"
		case k == reflect.Bool:
			what = "true or false"
		case k == reflect.Struct && !wordy(t), k == reflect.Map:
			what = "an object with fields"
		case k == reflect.Slice && !wordy(t):
			what = "a list"
		case wordy(t) && k != reflect.String:
			what = "what it has to hold"
		}
		r.wrong(n, "%s is %s, and %s is not", key, what, raw)
	}
}

// fieldType is the type of a field; known is set where there is such a field,
// also of what is not known itself.
func fieldType(t reflect.Type, name string) (of reflect.Type, known bool) {
	switch {
	case t == nil:
		return nil, true
	case t.Kind() == reflect.Map:
		return t.Elem(), true
	}
	for _, f := range fieldsOf(t) {
		if f.name == name {
			return f.of, true
		}
	}
	return nil, false
}

type namedType struct {
	name string
	of   reflect.Type
}

// fieldsOf are the fields of a struct by the names that they have in JSON.
func fieldsOf(t reflect.Type) []namedType {
	var out []namedType
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported():
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			out = append(out, fieldsOf(f.Type)...)
		case name == "":
			out = append(out, namedType{f.Name, f.Type})
		default:
			out = append(out, namedType{name, f.Type})
		}
	}
	return out
}

// meant names the field that is most likely meant, or all that there are where
// those are few.
func meant(t reflect.Type, name string) string {
	if t == nil || t.Kind() != reflect.Struct {
		return ""
	}
	var names []string
	for _, f := range fieldsOf(t) {
		if strings.EqualFold(f.name, name) {
			return ": it is written " + f.name
		}
		names = append(names, f.name)
	}
	i := slices.IndexFunc(names, func(n string) bool {
		n, name := strings.ToLower(n), strings.ToLower(name)
		return strings.HasPrefix(n, name) || strings.HasPrefix(name, n)
	})
	if i >= 0 {
		return ": " + names[i] + " is one"
	}
	return ": there are " + strings.Join(names, ", ")
}

// in says in what a field is.
func in(path string) string {
	if path == "" {
		return ""
	}
	return " in " + lastOf(path)
}

// lastOf is the last name of a path.
func lastOf(path string) string {
	path = strings.TrimSuffix(path, "[]")
	return path[strings.LastIndexByte(path, '.')+1:]
}
