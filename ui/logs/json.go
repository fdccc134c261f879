package logs

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"skep/internal/logstream"
	"skep/internal/safetext"
)

// jsonMode is how lines that are JSON objects are shown.
type jsonMode int

const (
	jsonWritten jsonMode = iota // as they were written
	jsonShort                   // some of their fields
	jsonPretty                  // a field a row
	jsonModes
)

const (
	// maxJSON is the longest line that is taken apart, in bytes.
	maxJSON = 16 << 10
	// maxFields is how many fields may be asked for, maxShaped how many lines are
	// remembered as they are shown: those of a few screens.
	maxFields = 32
	maxShaped = 512
)

// jsonView is how lines that are JSON are shown. The log keeps them as they were
// written, and so do the clipboard and files.
type jsonView struct {
	mode jsonMode
	// fields are those that are shown in short; none for the usual ones.
	fields []string
	shaped map[uint64]string
}

// usualFields are the first of each row that a line has: how bad it is, what it
// says, and why.
var usualFields = [][]string{
	{"level", "lvl", "severity", "log.level", "levelname", "loglevel", "@l"},
	{"msg", "message", "event", "short_message", "@m", "@mt"},
	{"error", "err", "error.message", "exception", "exc_info", "@x"},
}

// levelNumbers are the levels of those who write them as numbers (bunyan, pino).
var levelNumbers = map[string]string{"10": "TRACE", "20": "DEBUG", "30": "INFO", "40": "WARN", "50": "ERROR", "60": "FATAL"}

// words say how lines are shown; empty for as they were written.
func (v *jsonView) words() string {
	switch {
	case v.mode == jsonPretty:
		return "JSON pretty"
	case v.mode == jsonShort && len(v.fields) > 0:
		return "JSON " + strings.Join(v.fields, " ")
	case v.mode == jsonShort:
		return "JSON short"
	}
	return ""
}

// choose takes the names of fields as they were typed.
func (v *jsonView) choose(text string) {
	v.fields = strings.FieldsFunc(safetext.Line(text), func(r rune) bool { return r == ' ' || r == ',' })
	v.fields = v.fields[:min(len(v.fields), maxFields)]
	v.mode = jsonShort
}

// reshape shows lines in another way.
func (p *Pane) reshape() {
	clear(p.json.shaped)
	p.viewport.Forget()
	p.viewport.Clamp()
}

// shape makes a line what is shown of it.
func (p *Pane) shape(l *logstream.Line) {
	v := &p.json
	if v.mode == jsonWritten || l.Cut || aside(l) || !mayBeJSON(l.Text) {
		return
	}
	text, ok := v.shaped[l.Seq]
	if !ok {
		text = v.of(l.Text)
		if v.shaped == nil || len(v.shaped) >= maxShaped {
			v.shaped = map[uint64]string{}
		}
		v.shaped[l.Seq] = text
	}
	if text != l.Text {
		l.Text, l.Style = text, nil // The colours were those of another text.
	}
}

func mayBeJSON(text string) bool { return len(text) <= maxJSON && strings.HasPrefix(text, "{") }

// mayShow reports whether a pattern can match what is shown of a text: the view makes no
// other words than those that are written, but of escapes and of levels by number.
func mayShow(p *logstream.Pattern, text string) bool {
	if !p.MayMatch(text, levelWords) {
		return escapesLetters(text)
	}
	if p.MayMatch(text) || escapesLetters(text) {
		return true
	}
	for number, word := range levelNumbers {
		if p.MayMatch(text, word) && strings.Contains(text, number) {
			return true
		}
	}
	return false
}

// levelWords are all words that levels by number are shown as.
var levelWords = strings.Join(slices.Sorted(maps.Values(levelNumbers)), " ")

// escapesLetters reports whether a text of JSON holds an escape that is more than a sign
// between words.
func escapesLetters(text string) bool {
	for {
		i := strings.IndexByte(text, '\\')
		if i < 0 || i+1 == len(text) {
			return false
		}
		switch text[i+1] {
		case '"', '\\', '/', 'n', 't':
		default:
			return true
		}
		text = text[i+2:]
	}
}

// shows is what is shown of a text, for whoever asks beside the pane; nil where that
// is what was written.
func (v *jsonView) shows() func(text string) string {
	if v.mode == jsonWritten {
		return nil
	}
	own := jsonView{mode: v.mode, fields: v.fields}
	return func(text string) string {
		if !mayBeJSON(text) {
			return text
		}
		return own.of(text)
	}
}

// of is a text as it is shown; itself where it is no JSON object.
func (v *jsonView) of(text string) string {
	if v.mode == jsonPretty {
		var b bytes.Buffer
		if json.Indent(&b, []byte(text), "", "  ") != nil {
			return text
		}
		return b.String()
	}
	fields := fieldsOf(text)
	var out []string
	switch {
	case len(fields) == 0:
		return text
	case len(v.fields) > 0:
		for _, name := range v.fields {
			if f, ok := fieldCalled(fields, name); ok {
				out = append(out, f.value())
			}
		}
	default:
		out = usualOf(fields)
	}
	if len(out) == 0 {
		return text
	}
	return strings.Join(out, " ")
}

// usualOf are the usual fields; none of a line that does not say anything in one.
func usualOf(fields []field) (out []string) {
	for i, names := range usualFields {
		for _, name := range names {
			f, ok := fieldCalled(fields, name)
			switch {
			case !ok:
				continue
			case i == 0:
				out = append(out, levelWord(f.value()))
			case i == 1:
				out = append(out, f.value())
			default:
				out = append(out, f.String())
			}
			break
		}
		if i == 1 && len(out) == 0 {
			return nil
		}
	}
	return out
}

func levelWord(value string) string {
	if word, ok := levelNumbers[value]; ok {
		return word
	}
	return strings.ToUpper(value)
}

// field is a field of a JSON object.
type field struct {
	name string
	raw  json.RawMessage
}

// fieldsOf are the fields of an object, in order; none of what is not one.
func fieldsOf(text string) (out []field) {
	if !json.Valid([]byte(text)) {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for d.More() {
		var f field
		t, err := d.Token()
		if err != nil || d.Decode(&f.raw) != nil {
			return nil
		}
		f.name, _ = t.(string)
		out = append(out, f)
	}
	return out
}

// fieldCalled finds a field by its name, or by those on the way to it with dots between.
func fieldCalled(fields []field, path string) (field, bool) {
	for _, f := range fields {
		if f.name == path {
			return f, true
		}
	}
	for _, f := range fields {
		if rest, ok := strings.CutPrefix(path, f.name+"."); ok {
			if in, ok := fieldCalled(fieldsOf(string(f.raw)), rest); ok {
				return in, true
			}
		}
	}
	return field{}, false
}

// value is the value in one row; a text without quotes.
func (f field) value() string {
	var s string
	if json.Unmarshal(f.raw, &s) == nil && f.raw[0] == '"' {
		return safetext.Line(s)
	}
	return safetext.Line(string(f.raw))
}

// String is the field as name=value.
func (f field) String() string {
	v := f.value()
	if f.raw[0] == '"' && (v == "" || strings.ContainsAny(v, " =\"")) {
		v = strconv.Quote(v)
	}
	return safetext.Line(f.name) + "=" + v
}
