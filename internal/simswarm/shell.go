package simswarm

import (
	"strconv"
	"strings"
	"time"
)

const (
	// scriptLines bounds what a script may say before its endless loop.
	scriptLines = 20000
	// shellStep is how long a command takes that does not sleep. Without it a
	// loop that only echoes would be infinitely fast.
	shellStep = time.Millisecond
)

// runScript works a script out.
func runScript(text string) program {
	r := &shell{words: splitScript(text)}
	r.block(nil)
	p := program{out: script{once: r.once, loop: r.loop, start: r.loopStart, period: max(r.period, shellStep)}, runs: r.at, code: r.code, ignoresStop: !r.trapped}
	if r.endless {
		p.runs = forever
	}
	return p
}

// shell runs a script in imaginary time.
type shell struct {
	words [][]string // the commands, each as words
	pos   int

	at        time.Duration
	once      []said
	loop      []said
	loopStart time.Duration
	period    time.Duration
	endless   bool
	exited    bool
	trapped   bool
	code      int
	status    int // of the last command
}

// splitScript splits a script into commands and those into words, with quotes
// and nothing else of the shell's grammar.
func splitScript(text string) [][]string {
	var commands [][]string
	var command []string
	var word strings.Builder
	inWord := false
	quote := rune(0)
	endWord := func() {
		if inWord {
			command = append(command, word.String())
			word.Reset()
			inWord = false
		}
	}
	endCommand := func() {
		endWord()
		if len(command) > 0 {
			commands = append(commands, command)
			command = nil
		}
	}
	for _, c := range strings.ReplaceAll(text, "&&", ";") {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
				continue
			}
			word.WriteRune(c)
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case c == ';' || c == '\n':
			endCommand()
		case c == ' ' || c == '\t':
			endWord()
			if len(command) == 1 && (command[0] == "do" || command[0] == "then") {
				endCommand()
			}
		default:
			word.WriteRune(c)
			inWord = true
		}
	}
	endCommand()
	return commands
}

// block runs commands until "done" or the end.
func (r *shell) block(vars map[string]string) {
	for r.pos < len(r.words) && !r.exited && !r.endless && len(r.once) < scriptLines {
		c := r.words[r.pos]
		r.pos++
		switch c[0] {
		case "done":
			return
		case "do":
		case "while":
			r.while(vars)
		case "for":
			r.each(c, vars)
		default:
			r.command(c, vars)
		}
	}
	if !r.exited {
		r.code = r.status
	}
}

// body gives the commands between do and done and moves past them.
func (r *shell) body() [][]string {
	from := r.pos
	for depth := 0; r.pos < len(r.words); r.pos++ {
		switch r.words[r.pos][0] {
		case "while", "for":
			depth++
		case "done":
			if depth == 0 {
				r.pos++
				return r.words[from : r.pos-1]
			}
			depth--
		}
	}
	return r.words[from:]
}

func (r *shell) while(vars map[string]string) {
	inner := &shell{words: r.body()}
	with := map[string]string{"i": loopCounter, "n": loopCounter}
	for k, v := range vars {
		with[k] = v
	}
	inner.block(with)
	if inner.exited || inner.endless {
		r.adopt(inner)
		return
	}
	r.endless = true
	r.loop, r.loopStart, r.period = inner.once, r.at, inner.at
	r.trapped = r.trapped || inner.trapped
}

// adopt continues r as what inner came to.
func (r *shell) adopt(inner *shell) {
	for _, l := range inner.once {
		l.at += r.at
		r.once = append(r.once, l)
	}
	r.loop, r.loopStart, r.period, r.endless = inner.loop, r.at+inner.loopStart, inner.period, inner.endless
	r.at += inner.at
	r.exited, r.code, r.status = inner.exited, inner.code, inner.status
	r.trapped = r.trapped || inner.trapped
}

// each runs "for x in ...; do ...; done". A list of $(seq n) is counted.
func (r *shell) each(c []string, vars map[string]string) {
	body := r.body()
	if len(c) < 3 {
		return
	}
	values := c[3:]
	if len(values) >= 2 && strings.HasSuffix(values[0], "(seq") {
		n, _ := strconv.Atoi(strings.TrimRight(values[len(values)-1], ")`"))
		values = nil
		for i := 1; i <= min(n, scriptLines); i++ {
			values = append(values, strconv.Itoa(i))
		}
	}
	for _, v := range values {
		if r.exited || r.endless || len(r.once) >= scriptLines {
			return
		}
		with := map[string]string{c[1]: v}
		for k, x := range vars {
			if k != c[1] {
				with[k] = x
			}
		}
		inner := &shell{words: body}
		inner.block(with)
		r.adopt(inner)
	}
}

func (r *shell) command(c []string, vars map[string]string) {
	stream := byte(1)
	kept := c[:0:0]
	for _, w := range c {
		if w == ">&2" || w == "1>&2" {
			stream = 2
			continue
		}
		for name, v := range vars {
			w = strings.ReplaceAll(strings.ReplaceAll(w, "${"+name+"}", v), "$"+name, v)
		}
		kept = append(kept, w)
	}
	if len(kept) == 0 {
		return
	}
	if kept[0] == "exec" && len(kept) > 1 {
		kept = kept[1:]
	}
	r.status = 0
	arg := ""
	if len(kept) > 1 {
		arg = kept[1]
	}
	switch kept[0] {
	case "sleep":
		seconds, _ := strconv.ParseFloat(strings.TrimSuffix(arg, "s"), 64)
		r.at += time.Duration(seconds * float64(time.Second))
		if arg == "infinity" {
			r.endless = true
		}
		return
	case "echo":
		r.once = append(r.once, said{r.at, stream, strings.Join(kept[1:], " ")})
	case "seq":
		n, _ := strconv.Atoi(arg)
		for i := 1; i <= min(n, scriptLines); i++ {
			r.once = append(r.once, said{r.at, stream, strconv.Itoa(i)})
		}
	case "exit":
		r.exited = true
		r.code, _ = strconv.Atoi(arg)
		if arg == "" {
			r.code = 0
		}
	case "kill":
		r.exited, r.code = true, 137
	case "false":
		r.status = 1
	case "trap":
		r.trapped = true
	}
	r.at += shellStep
}
