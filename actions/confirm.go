package actions

import (
	"cmp"
	"strings"
	"unicode/utf8"
)

// Gate is how a plan is confirmed.
type Gate string

// The gates.
const (
	// GateKey asks for a key.
	GateKey Gate = "key"
	// GateName asks for a name to be typed.
	GateName Gate = "name"
	// GateNone lets nothing through.
	GateNone Gate = "refused"
)

// Confirm is what it takes to run a plan.
type Confirm struct {
	Gate Gate
	// Name has to be typed at [GateName]. Short does as well, where there is one.
	Name, Short string
	// Why is the reason for [GateNone].
	Why string
}

// Word is what people are asked to type.
func (c Confirm) Word() string { return cmp.Or(c.Short, c.Name) }

// Takes reports whether a text is what has to be typed.
func (c Confirm) Takes(text string) bool {
	return text != "" && (text == c.Name || text == c.Short)
}

// Begins reports whether a text may still become what has to be typed.
func (c Confirm) Begins(text string) bool {
	return strings.HasPrefix(c.Name, text) || strings.HasPrefix(c.Short, text)
}

// confirm sets the gate that goes with the plan's risk. In production the name of
// the context has to be typed for all that restarts, moves or takes away, and the
// name of what is taken away with it.
func (p *Plan) confirm() {
	name := ""
	switch p.Risk {
	case Refused:
		p.Confirm.Gate = GateNone
		p.Steps = nil
		return
	case Destructive:
		name = p.Target.Name
		if p.Production != "" {
			name = p.Production + "/" + name
		}
	case Disruptive:
		name = p.Production
	case Reversible:
	}
	p.Confirm = Confirm{Gate: GateKey}
	if name != "" {
		p.Confirm = Confirm{Gate: GateName, Name: name, Short: shortWord(name)}
	}
}

const (
	// longName is the length from which nobody types a name without a slip, and
	// shortLength what is asked for in its place at most.
	longName, shortLength = 30, 16
	// tailLength is of a name without parts that could be typed.
	tailLength = 8
)

// shortWord is what is typed in place of a long name: its end, where it differs
// from its neighbours, from the beginning of a part on. It is empty for a name that
// is short itself.
func shortWord(name string) string {
	if utf8.RuneCountInString(name) <= longName {
		return ""
	}
	end := []rune(name)
	end = end[len(end)-shortLength-1:]
	for i, r := range end[:len(end)-tailLength/2] {
		if strings.ContainsRune("_.-/:", r) {
			return string(end[i+1:])
		}
	}
	return string(end[len(end)-tailLength:])
}
