package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/adrg/xdg"
	"go.yaml.in/yaml/v3"
)

// Settings are what the configuration files say.
type Settings struct {
	// Contexts are the guards of docker contexts by their names, or of engines by
	// their addresses.
	Contexts map[string]Guard `yaml:"contexts"`
	// Proxies are rules for proxies that skep does not know, by their names.
	Proxies map[string]Proxy `yaml:"proxies"`
}

// Guard is what keeps a context from a slip.
type Guard struct {
	// Production asks for the context's name before anything that restarts, moves
	// or takes away.
	Production bool `yaml:"production"`
	// ReadOnly refuses every change.
	ReadOnly bool `yaml:"read_only"`
}

// Proxy is a rule for a proxy: what its labels begin with, and which of them say what
// (skep/model.ProxyRule).
type Proxy struct {
	Labels  []string `yaml:"labels"`
	Host    string   `yaml:"host"`
	Port    string   `yaml:"port"`
	Off     string   `yaml:"off"`
	Shares  bool     `yaml:"shares"`
	Weight  string   `yaml:"weight"`
	Notices string   `yaml:"notices"`
}

// Files are where the settings may stand: in the user's folder, and in those of
// the machine. A manager that everybody logs in to is marked once for all.
func Files() []string {
	var out []string
	for _, dir := range append([]string{xdg.ConfigHome}, xdg.ConfigDirs...) {
		out = append(out, filepath.Join(dir, "skep", "config.yaml"))
	}
	return out
}

// ReadSettings reads the files that there are. Guards add up: no file takes back
// what another one guards. A file that cannot be read, or that says what skep
// does not know, is an error: a guard that is silently none is worse than none.
func ReadSettings(files ...string) (Settings, error) {
	out := Settings{Contexts: map[string]Guard{}, Proxies: map[string]Proxy{}}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return out, fmt.Errorf("skep's configuration: %w", err)
		}
		one, err := parseSettings(string(text))
		if err != nil {
			return out, fmt.Errorf("skep's configuration %s: %w", file, err)
		}
		for name, g := range one.Contexts {
			out.Contexts[name] = out.Contexts[name].and(g)
		}
		for name, rule := range one.Proxies {
			if _, said := out.Proxies[name]; !said { // The user's own file comes first.
				out.Proxies[name] = rule
			}
		}
	}
	return out, nil
}

func parseSettings(text string) (Settings, error) {
	var out Settings
	d := yaml.NewDecoder(strings.NewReader(text))
	d.KnownFields(true)
	err := d.Decode(&out)
	var wrong *yaml.TypeError
	switch {
	case err == nil:
		return out, nil
	case errors.Is(err, io.EOF): // An empty file says nothing.
		return Settings{}, nil
	case errors.As(err, &wrong):
		err = errors.New(goless.Replace(strings.Join(wrong.Errors, "; ")) + "; it knows contexts: NAME: production, read_only; and proxies: NAME: labels, host, port, off, shares, weight, notices")
	}
	return Settings{}, err
}

// goless takes the names of Go out of an error.
var goless = strings.NewReplacer(" in type config.Settings", "", " in type config.Guard", "", "into config.Guard", "as a context", "into map[string]config.Guard", "as contexts",
	" in type config.Proxy", "", "into config.Proxy", "as a proxy", "into map[string]config.Proxy", "as proxies")

func (g Guard) and(other Guard) Guard {
	return Guard{Production: g.Production || other.Production, ReadOnly: g.ReadOnly || other.ReadOnly}
}

// Of is the guard of an engine that goes by several names, and the first of them
// under which it is marked as production; empty for none.
func (s Settings) Of(names ...string) (g Guard, production string) {
	for _, name := range names {
		one := s.Contexts[name]
		if g = g.and(one); one.Production && production == "" {
			production = name
		}
	}
	return g, production
}
