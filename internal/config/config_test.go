package config

import (
	"slices"
	"testing"

	"github.com/charmbracelet/colorprofile"
)

func TestComplete_Environment(t *testing.T) {
	for _, tt := range []struct {
		name   string
		env    map[string]string
		screen bool
		want   Config
	}{
		{"local", map[string]string{"LANG": "en_US.UTF-8", "TERM": "xterm"}, true, Config{FPS: 60}},
		{"through ssh", map[string]string{"SSH_CONNECTION": "a 1 b 22"}, true, Config{FPS: 30, Slow: true}},
		{"LANG=C", map[string]string{"LANG": "C"}, true, Config{FPS: 60, ASCII: true}},
		{"LC_ALL wins", map[string]string{"LC_ALL": "POSIX", "LANG": "de_DE.utf8"}, true, Config{FPS: 60, ASCII: true}},
		{"the Linux console", map[string]string{"LANG": "C.UTF-8", "TERM": "linux"}, true, Config{FPS: 60, ASCII: true}},
		{"no locale", nil, true, Config{FPS: 60}},
		{"a pipe", nil, false, Config{FPS: 60, Plain: true}},
		{"dumb terminal", map[string]string{"TERM": "dumb"}, true, Config{FPS: 60, Plain: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got Config
			got.Complete(func(k string) string { return tt.env[k] }, tt.screen)
			if got.FPS != tt.want.FPS || got.Slow != tt.want.Slow || got.ASCII != tt.want.ASCII || got.Plain != tt.want.Plain {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestEnviron_AnyValueOfNoColorCounts(t *testing.T) {
	for value, want := range map[string]colorprofile.Profile{
		"": colorprofile.TrueColor, "1": colorprofile.ASCII, "yes": colorprofile.ASCII, "0": colorprofile.ASCII, "false": colorprofile.ASCII, " ": colorprofile.ASCII,
	} {
		if got := colorprofile.Env(Environ([]string{"TERM=xterm-256color", "COLORTERM=truecolor", "NO_COLOR=" + value})); got != want {
			t.Errorf("NO_COLOR=%q gives %s, want %s", value, got, want)
		}
	}
}

func TestComplete_ThemeOfTheFlagFirst(t *testing.T) {
	env := func(k string) string { return map[string]string{"SKEP_THEME": "contrast"}[k] }
	for flag, want := range map[string]string{"": "contrast", "colorblind": "colorblind"} {
		c := Config{Theme: flag}
		c.Complete(env, true)
		if c.Theme != want {
			t.Errorf("--theme %q gives %q", flag, c.Theme)
		}
	}
}

func TestComplete_Multiplexer(t *testing.T) {
	for _, tt := range []struct {
		name, term, tmux, sty string
		want                  string
		buffer                bool
	}{
		{"a terminal", "xterm-256color", "", "", "", false},
		{"nothing", "", "", "", "", false},
		{"tmux", "tmux-256color", "/tmp/tmux-0/default,1,0", "", "tmux", true},
		{"tmux that calls itself screen", "screen", "/tmp/tmux-0/default,1,0", "", "tmux", true},
		{"tmux over SSH", "tmux-256color", "", "", "tmux", false},
		{"screen", "screen.xterm-256color", "", "12.habits", "screen", false},
		{"screen with a terminal of its own", "xterm", "", "12.habits", "screen", false},
		{"one of the two over SSH", "screen-256color", "", "", "screen", false},
		{"screen in tmux", "screen.tmux-256color", "/tmp/tmux-0/default,1,0", "12.habits", "screen", true},
		{"tmux in screen", "tmux-256color", "/tmp/tmux-0/default,1,0", "12.habits", "tmux", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c Config
			env := map[string]string{"TERM": tt.term, "TMUX": tt.tmux, "STY": tt.sty}
			c.Complete(func(k string) string { return env[k] }, true)
			if c.Multiplexer != tt.want || c.Buffer != tt.buffer {
				t.Errorf("%q, buffer %v", c.Multiplexer, c.Buffer)
			}
		})
	}
}

func TestEnviron_HidesTheTerminalOfSSHOnly(t *testing.T) {
	got := Environ([]string{"A=1", "SSH_TTY=/dev/pts/1", "SSH_CONNECTION=x"})
	if want := []string{"A=1", "SSH_CONNECTION=x"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
