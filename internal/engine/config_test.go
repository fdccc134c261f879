package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skep/model"
)

// configs are files with something wrong in them. Each holds or held the
// context "prod"; docker says "WARNING: Error parsing config file" to all.
var configs = map[string]struct {
	text string
	// lost is set where the current context cannot be known. Docker then goes
	// to the engine of its machine.
	lost bool
	told string
}{
	"a field of the wrong type": {`{"psFormat":1,"currentContext":"prod"}`, false, `"psFormat" must not be a JSON number`},
	"a part of the wrong type":  {`{"currentContext":"prod","credHelpers":["a"]}`, false, `"credHelpers" must not be a JSON array`},
	"a header of a wrong type":  {`{"HttpHeaders":{"X-A":true},"currentContext":"prod"}`, false, `"HttpHeaders" must not be a JSON bool`},
	"a login that is no base64": {`{"auths":{"registry.example.com":{"auth":"%%%"}},"currentContext":"prod"}`, false, `a login under "auths" is malformed`},
	"a login without a colon":   {`{"auths":{"registry.example.com":{"auth":"YWJj"}},"currentContext":"prod"}`, false, `a login under "auths" is malformed`},
	"a byte order mark":         {"\ufeff" + `{"currentContext":"prod"}`, true, "it is not JSON"},
	"a cut end":                 {`{"currentContext":"prod","auths":{`, true, "it is not JSON"},
	"a comma too many":          {`{"currentContext":"prod",}`, true, "it is not JSON"},
	"UTF-16":                    {"\xff\xfe{\x00}\x00", true, "it is not JSON"},
	"a context that is none":    {`{"currentContext":7}`, true, `"currentContext" must not be a JSON number`},
	"both wrong":                {`{"psFormat":1,"currentContext":["prod"]}`, true, `"psFormat"`},
	"a list":                    {`[{"currentContext":"prod"}]`, true, "it must not be a JSON array"},
}

func TestResolve_WhatIsWrongInTheConfiguration(t *testing.T) {
	for name, c := range configs {
		t.Run(name, func(t *testing.T) {
			dir := dockerHome(t, "prod", map[string]string{"prod": "tcp://prod:2375"})
			write(t, filepath.Join(dir, "config.json"), c.text)
			o := Options{Env: environment(t, map[string]string{"DOCKER_CONFIG": dir})}
			got, err := Resolve(o)
			if c.lost {
				trouble := wantSituation(t, err, model.BadConfig)
				if !strings.Contains(trouble.Error(), "config.json") || !strings.Contains(trouble.Cause.Error(), c.told) {
					t.Errorf("got %v, want it to say %q", trouble, c.told)
				}
			} else if err != nil || got[0].Host != "tcp://prod:2375" || got[0].Context != "prod" {
				t.Fatalf("got %+v, %v", got, err)
			}
			// Where the swarm is named, the file is not needed for it.
			o.Context = "prod"
			p, err := Open(o)
			if err != nil || p.Endpoint().Host != "tcp://prod:2375" {
				t.Fatalf("with -c: %v", err)
			}
			if w := p.Warning(); !strings.Contains(w, c.told) || !strings.Contains(w, "config.json") {
				t.Errorf("got the warning %q, want %q in it", w, c.told)
			}
			o.Context = "default"
			if got, err = Resolve(o); err != nil || got[0].Source != "the default socket" {
				t.Errorf("with -c default: %+v, %v", got, err)
			}
			o.Hosts = []string{"tcp://other"}
			if got, err = Resolve(o); err != nil || got[0].Host != "tcp://other:2375" {
				t.Errorf("with -H: %+v, %v", got, err)
			}
		})
	}
}

func TestResolve_AFileThatSaysNothingIsNothingWrong(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "blank": "\n", "no context": `{}`, "null": `{"currentContext":null}`, "more behind it": `{} }`,
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "config.json"), text)
		p := openPool(t, Options{Env: environment(t, map[string]string{"DOCKER_CONFIG": dir})})
		if p.Endpoint().Source != "the default socket" || p.Warning() != "" {
			t.Errorf("%s: got %+v, warning %q", name, p.Endpoint(), p.Warning())
		}
	}
}

func TestResolve_AConfigurationThatCanNotBeOpened(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "config.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Resolve(Options{Env: environment(t, map[string]string{"DOCKER_CONFIG": dir})})
	wantSituation(t, err, model.BadConfig)
}

// TestLogin_OthersDoNotSuffer asks for logins of a file in which something else
// is wrong.
func TestLogin_OthersDoNotSuffer(t *testing.T) {
	for _, wrong := range []string{`"psFormat":1`, `"currentContext":1`, `"auths":{"bad":{"auth":"%%%"},"good":{"auth":"dXNlcjpwYXNz"}}`} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "config.json"), `{"auths":{"good":{"auth":"dXNlcjpwYXNz"}},`+wrong+`}`)
		cfg := loadDockerConfig(Options{Env: environment(t, map[string]string{"DOCKER_CONFIG": dir})})
		if auth, err := cfg.login("good"); err != nil || auth.Username != "user" || auth.Password != "pass" {
			t.Errorf("%s: got %+v, %v", wrong, auth, err)
		}
		if _, err := cfg.login("bad"); strings.Contains(wrong, "bad") == (err == nil) {
			t.Errorf("%s: the bad one: %v", wrong, err)
		}
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "config.json"), `{"auths":{"good":`)
	cfg := loadDockerConfig(Options{Env: environment(t, map[string]string{"DOCKER_CONFIG": dir})})
	if _, err := cfg.login("good"); !errors.Is(err, cfg.err) || err == nil {
		t.Errorf("of a file that is cut: %v", err)
	}
}
