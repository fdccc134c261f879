package logs

import (
	"strings"

	"skep/internal/logstream"
	"skep/ui/theme"
	"skep/ui/viewport"
)

// levelWithin is how far into a line its level is looked for, in bytes.
const levelWithin = 160

// levels are the words for how bad a line is, and how each looks. What goes well
// is said by most lines, and has no colour.
var levels = map[string]theme.Role{
	"emerg": theme.Broken, "emergency": theme.Broken, "alert": theme.Broken, "panic": theme.Broken, "fatal": theme.Broken,
	"crit": theme.Broken, "critical": theme.Broken, "severe": theme.Broken,
	"err": theme.Fault, "error": theme.Fault, "eror": theme.Fault, "fail": theme.Fault,
	"wrn": theme.Warning, "warn": theme.Warning, "warning": theme.Warning,
	"info": theme.Plain, "inf": theme.Plain, "notice": theme.Plain, "log": theme.Plain, "information": theme.Plain,
	"dbg": theme.Dim, "dbug": theme.Dim, "debug": theme.Dim, "trace": theme.Dim, "trc": theme.Dim, "trce": theme.Dim, "verbose": theme.Dim,
}

// levelKeys are before a level, where it is a field.
var levelKeys = []string{"level", "lvl", "severity", "levelname", "loglevel", "log.level"}

// painted is a line in its colours: those that it was written in, or else its
// level in that of the level.
func (p *Pane) painted(l *logstream.Line, role theme.Role) viewport.Line {
	if aside(l) {
		return viewport.Line{{Text: l.Text, Role: role}}
	}
	var out viewport.Line
	if spans := l.Style.Spans(); len(spans) > 0 {
		at, sgr := 0, ""
		for _, s := range spans {
			out = append(out, viewport.Span{Text: l.Text[at:s.At], SGR: sgr, Role: role})
			at, sgr = s.At, s.SGR
		}
		return append(out, viewport.Span{Text: l.Text[at:], SGR: sgr, Role: role})
	}
	word, is := levelIn(l.Text)
	if is == theme.Plain {
		return viewport.Line{{Text: l.Text, Role: role}}
	}
	return viewport.Line{
		{Text: l.Text[:word.From], Role: role}, {Text: l.Text[word.From:word.To], Role: is}, {Text: l.Text[word.To:], Role: role},
	}
}

// levelIn finds the word that says how bad a line is: a field of that name, a word
// in capitals or in brackets, or one before a colon at the begin. A word that
// stands in a sentence is none.
func levelIn(text string) (viewport.Row, theme.Role) {
	head := text[:min(len(text), levelWithin)]
	if len(head) > 5 && klog(head) {
		return viewport.Row{To: 1}, map[byte]theme.Role{'E': theme.Fault, 'F': theme.Broken, 'W': theme.Warning}[head[0]]
	}
	for from := 0; from < len(head); from++ {
		if !letter(head[from]) {
			continue
		}
		to := from + 1
		for to < len(head) && letter(head[to]) {
			to++
		}
		if to-from >= 3 && (to < len(head) || len(head) == len(text)) && saysLevel(text, from, to) {
			if role, ok := levels[strings.ToLower(text[from:to])]; ok {
				return viewport.Row{From: from, To: to}, role
			}
		}
		from = to
	}
	return viewport.Row{}, theme.Plain
}

// saysLevel reports whether a word stands where a level does.
func saysLevel(text string, from, to int) bool {
	before, after := byte(' '), byte(' ')
	if from > 0 {
		before = text[from-1]
	}
	if to < len(text) {
		after = text[to]
	}
	switch {
	case digit(before) || digit(after) || before == '_' || after == '_':
		return false
	case before == '[' && after == ']', before == '<' && after == '>', before == '(' && after == ')':
		return true
	case from == 0 && after == ':':
		return true
	case (before == '=' || before == '"' || before == ':' || before == ' ') && fieldBefore(text[:from]):
		return true
	}
	return strings.ToUpper(text[from:to]) == text[from:to] && strings.IndexByte(" [|(:\t", before) >= 0 && strings.IndexByte(" ]|):\t,", after) >= 0
}

// fieldBefore reports whether what stands before a value is the key of a level, as
// in level=, "level":" and level: .
func fieldBefore(text string) bool {
	key := strings.TrimRight(text, "\" ")
	if n := len(key); n == 0 || key[n-1] != '=' && key[n-1] != ':' {
		return false
	}
	key = strings.TrimRight(key[:len(key)-1], "\" ")
	for _, k := range levelKeys {
		if n := len(key) - len(k); n >= 0 && strings.EqualFold(key[n:], k) && (n == 0 || !letter(key[n-1])) {
			return true
		}
	}
	return false
}

// klog reports whether a line begins as those of Kubernetes' programs do: E0504.
func klog(text string) bool {
	return strings.IndexByte("IWEF", text[0]) >= 0 && digit(text[1]) && digit(text[2]) && digit(text[3]) && digit(text[4]) && text[5] == ' '
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func digit(c byte) bool  { return '0' <= c && c <= '9' }
