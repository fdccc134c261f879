// Package config turns flags, environment and configuration files into what the
// console is told at its start. It writes nothing.
package config

import (
	"cmp"
	"strings"
)

// Config is how one run of skep was asked for.
type Config struct {
	// Hosts are the values of -H, Context that of -c.
	Hosts   []string
	Context string
	// View and Pattern are what to open first.
	View, Pattern string
	ReadOnly      bool
	// Output is the format of what a command prints: text or json.
	Output string
	ASCII  bool
	// Theme is the name of the look; empty for the standard one.
	Theme string
	// Demo runs on a swarm inside the program, DemoSize says how large it is
	// where it is not the shop.
	Demo     bool
	DemoSize string
	// Mouse takes clicks and the wheel from the start.
	Mouse bool
	// LogSize is how much memory the lines of a log take, LogBytes the same in
	// bytes; 0 for as much as usual.
	LogSize  string
	LogBytes int
	// Multiplexer is the program between this one and the terminal: "tmux",
	// "screen" (which over SSH may be tmux as well), or empty for none.
	Multiplexer string
	// Buffer is set where tmux can be told to fill its buffer.
	Buffer bool
	// Plain prints a report instead of drawing a screen.
	Plain bool
	// FPS is how many frames a second are drawn at most.
	FPS int
	// Slow is set for a link on which every byte counts.
	Slow bool
}

// Frames a second: a local terminal shows more than a link through SSH should
// be asked to carry.
const (
	localFPS  = 60
	remoteFPS = 30
)

// Complete fills in what follows from the environment. screen reports whether
// both ends of the program are a terminal.
func (c *Config) Complete(env func(string) string, screen bool) {
	c.Slow = env("SSH_CONNECTION") != ""
	c.FPS = localFPS
	if c.Slow {
		c.FPS = remoteFPS
	}
	// The fonts of the Linux console lack most of our glyphs.
	c.ASCII = c.ASCII || !utf8(env) || env("TERM") == "linux"
	c.Theme = cmp.Or(c.Theme, env("SKEP_THEME"))
	c.Plain = c.Plain || !screen || env("TERM") == "dumb"
	c.Multiplexer = multiplexer(env)
	c.Buffer = env("TMUX") != ""
}

// multiplexer tells what the terminal is reached through. TMUX and STY are not
// handed on by SSH, TERM is. With both set one runs in the other, and only GNU
// screen calls its terminal "screen." and what it runs in.
func multiplexer(env func(string) string) string {
	term := env("TERM")
	switch {
	case strings.HasPrefix(term, "screen.") || env("STY") != "" && env("TMUX") == "":
		return "screen"
	case env("TMUX") != "" || strings.HasPrefix(term, "tmux"):
		return "tmux"
	case strings.HasPrefix(term, "screen"):
		return "screen"
	}
	return ""
}

// utf8 reports whether the locale is one that can show more than ASCII. The
// variables are looked at in the order in which POSIX gives them force. A
// locale that is not set at all is taken for a modern one: containers and
// service units have none.
func utf8(env func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := env(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}

// Environ is the environment for Bubble Tea: without SSH_TTY, because of which
// it would not ask the terminal for synchronized output, and that is what keeps
// a slow link from showing half a frame. NO_COLOR counts with any value
// (no-color.org), but is understood only where the value means yes.
func Environ(all []string) []string {
	out := make([]string, 0, len(all))
	for _, kv := range all {
		switch name, value, _ := strings.Cut(kv, "="); {
		case name == "SSH_TTY":
		case name == "NO_COLOR" && value != "":
			out = append(out, "NO_COLOR=1")
		default:
			out = append(out, kv)
		}
	}
	return out
}
