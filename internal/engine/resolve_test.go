package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"skep/model"
)

// dockerHome writes a docker configuration folder with a context for each pair
// of name and address, and returns the folder.
func dockerHome(t testing.TB, current string, contexts map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "docker")
	write(t, filepath.Join(dir, "config.json"), fmt.Sprintf(`{"currentContext":%q,"HttpHeaders":{"X-Mine":"yes"}}`, current))
	for name, host := range contexts {
		sum := sha256.Sum256([]byte(name))
		write(t, filepath.Join(dir, "contexts", "meta", hex.EncodeToString(sum[:]), "meta.json"),
			fmt.Sprintf(`{"Name":%q,"Metadata":{},"Endpoints":{"docker":{"Host":%q,"SkipTLSVerify":false}}}`, name, host))
	}
	return dir
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestResolve_Order(t *testing.T) {
	dir := dockerHome(t, "current", map[string]string{
		"current": "tcp://current:2375", "named": "ssh://me@named", "variable": "unix:///variable.sock",
	})
	socket := "unix:///var/run/docker.sock"
	if runtime.GOOS == "windows" {
		socket = "npipe:////./pipe/docker_engine"
	}
	for name, c := range map[string]struct {
		options Options
		env     map[string]string
		want    []Endpoint
	}{
		"hosts before all else": {
			Options{Hosts: []string{"tcp://a", "ssh://me@b:2222", "unix://"}, Context: "named"},
			map[string]string{"DOCKER_HOST": "tcp://env:1", "DOCKER_CONTEXT": "variable"},
			[]Endpoint{
				{Host: "tcp://a:2375", Source: "-H"}, {Host: "ssh://me@b:2222", Source: "-H"}, {Host: "unix:///var/run/docker.sock", Source: "-H"},
			},
		},
		"the context flag before the environment": {
			Options{Context: "named"}, map[string]string{"DOCKER_HOST": "tcp://env:1", "DOCKER_CONTEXT": "variable"},
			[]Endpoint{{Host: "ssh://me@named", Source: "context named", Context: "named"}},
		},
		"DOCKER_HOST before DOCKER_CONTEXT": {
			Options{}, map[string]string{"DOCKER_HOST": "tcp://env:1", "DOCKER_CONTEXT": "variable"},
			[]Endpoint{{Host: "tcp://env:1", Source: "DOCKER_HOST"}},
		},
		"DOCKER_CONTEXT before the current context": {
			Options{}, map[string]string{"DOCKER_CONTEXT": "variable"},
			[]Endpoint{{Host: "unix:///variable.sock", Source: "context variable", Context: "variable"}},
		},
		"the current context before the socket": {
			Options{}, nil, []Endpoint{{Host: "tcp://current:2375", Source: "context current", Context: "current"}},
		},
		"the context default is the socket": {
			Options{Context: "default"}, nil, []Endpoint{{Host: socket, Source: "the default socket"}},
		},
		"the context default is DOCKER_HOST": {
			Options{Context: "default"}, map[string]string{"DOCKER_HOST": "tcp://env:1"},
			[]Endpoint{{Host: "tcp://env:1", Source: "DOCKER_HOST"}},
		},
		"no configuration at all": {
			Options{}, map[string]string{"DOCKER_CONFIG": "/nowhere/at/all"}, []Endpoint{{Host: socket, Source: "the default socket"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			vars := map[string]string{"DOCKER_CONFIG": dir}
			for k, v := range c.env {
				vars[k] = v
			}
			c.options.Env = environment(t, vars)
			got, err := Resolve(c.options)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(c.want) {
				t.Fatalf("got %v, want %v", got, c.want)
			}
			for i := range got {
				if got[i].Host != c.want[i].Host || got[i].Source != c.want[i].Source || got[i].Context != c.want[i].Context {
					t.Errorf("got %+v, want %+v", got[i], c.want[i])
				}
				if vars["DOCKER_CONFIG"] == dir && got[i].headers["X-Mine"] != "yes" {
					t.Error("the headers of docker's configuration are lost")
				}
			}
		})
	}
}

func TestResolve_HomeFolder(t *testing.T) {
	home := t.TempDir()
	if err := os.Rename(dockerHome(t, "prod", map[string]string{"prod": "tcp://prod:2375"}), filepath.Join(home, ".docker")); err != nil {
		t.Fatal(err)
	}
	got, err := Resolve(Options{Env: environment(t, map[string]string{"HOME": home, "USERPROFILE": home})})
	if err != nil || len(got) != 1 || got[0].Context != "prod" {
		t.Fatalf("got %v, %v", got, err)
	}
}

func TestResolve_Trouble(t *testing.T) {
	dir := dockerHome(t, "", map[string]string{"broken": "tcp://a b", "empty": ""})
	for name, c := range map[string]struct {
		options Options
		env     map[string]string
		want    model.Situation
		source  string
	}{
		"unknown context":          {Options{Context: "nope"}, nil, model.UnknownContext, "-c"},
		"a context like a path":    {Options{Context: "../../etc"}, nil, model.UnknownContext, "-c"},
		"unknown context variable": {Options{}, map[string]string{"DOCKER_CONTEXT": "nope"}, model.UnknownContext, "DOCKER_CONTEXT"},
		"a context of rubbish":     {Options{Context: "broken"}, nil, model.BadHost, "context broken"},
		"a context of nothing":     {Options{Context: "empty"}, nil, model.BadHost, "context empty"},
		"rubbish":                  {Options{Hosts: []string{"tcp://a", "what is this"}}, nil, model.BadHost, "-H"},
		"nothing":                  {Options{Hosts: []string{""}}, nil, model.BadHost, "-H"},
		"rubbish in DOCKER_HOST":   {Options{}, map[string]string{"DOCKER_HOST": "ftp://a"}, model.BadHost, "DOCKER_HOST"},
		"certificates missing":     {Options{Hosts: []string{"tcp://a"}}, map[string]string{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": dir}, model.CertificateError, "-H"},
	} {
		t.Run(name, func(t *testing.T) {
			vars := map[string]string{"DOCKER_CONFIG": dir}
			for k, v := range c.env {
				vars[k] = v
			}
			c.options.Env = environment(t, vars)
			_, err := Resolve(c.options)
			trouble := wantSituation(t, err, c.want)
			if trouble.Source != c.source {
				t.Errorf("got source %q, want %q", trouble.Source, c.source)
			}
			if trouble.Cause == nil {
				t.Error("the cause is missing")
			}
		})
	}
}

func TestResolve_TLS(t *testing.T) {
	ca := newAuthority(t)
	dir := t.TempDir()
	ca.writeClient(t, dir)
	for name, c := range map[string]struct {
		host          string
		env           map[string]string
		tls, insecure bool
	}{
		"verify":                 {"tcp://a:2376", map[string]string{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": dir}, true, false},
		"TLS without verifying":  {"tcp://a:2376", map[string]string{"DOCKER_TLS": "1", "DOCKER_CERT_PATH": dir}, true, true},
		"the path alone is none": {"tcp://a:2376", map[string]string{"DOCKER_CERT_PATH": dir}, false, false},
		"not for sockets":        {"unix:///a", map[string]string{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/nowhere"}, false, false},
		"not for ssh":            {"ssh://a", map[string]string{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/nowhere"}, false, false},
		"the configuration's":    {"tcp://a:2376", map[string]string{"DOCKER_TLS_VERIFY": "1", "DOCKER_CONFIG": dir}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Resolve(Options{Hosts: []string{c.host}, Env: environment(t, c.env)})
			if err != nil {
				t.Fatal(err)
			}
			cfg := got[0].tls
			if (cfg != nil) != c.tls {
				t.Fatalf("got TLS configuration %v, want one: %t", cfg, c.tls)
			}
			if cfg == nil {
				return
			}
			if cfg.InsecureSkipVerify != c.insecure || cfg.RootCAs == nil || len(cfg.Certificates) != 1 {
				t.Errorf("got %+v", cfg)
			}
		})
	}
}

func TestResolve_CertificatesOfAContext(t *testing.T) {
	ca := newAuthority(t)
	dir := dockerHome(t, "", map[string]string{"prod": "tcp://prod:2376"})
	sum := sha256.Sum256([]byte("prod"))
	at := filepath.Join(dir, "contexts", "tls", hex.EncodeToString(sum[:]), "docker")
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	ca.writeClient(t, at)
	o := Options{Context: "prod", Env: environment(t, map[string]string{"DOCKER_CONFIG": dir, "DOCKER_CERT_PATH": "/nowhere"})}
	got, err := Resolve(o)
	if err != nil || got[0].tls == nil || len(got[0].tls.Certificates) != 1 {
		t.Fatalf("got %+v, %v", got, err)
	}
	write(t, filepath.Join(at, "cert.pem"), "this is no certificate")
	_, err = Resolve(o)
	wantSituation(t, err, model.CertificateError)
	if err := os.Remove(filepath.Join(at, "cert.pem")); err != nil {
		t.Fatal(err)
	}
	_, err = Resolve(o)
	wantSituation(t, err, model.CertificateError)
}

func TestContexts_ListsAllAndTheCurrentOne(t *testing.T) {
	dir := dockerHome(t, "prod", map[string]string{"prod": "tcp://prod:2376", "a-lab": "ssh://lab"})
	broken := filepath.Join(dir, "contexts", "meta", "broken")
	if err := os.Mkdir(broken, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(broken, "meta.json"), `{"Name":"bro`)
	got := Contexts(Options{Env: environment(t, map[string]string{"DOCKER_CONFIG": dir})})
	want := []model.Context{{Name: "default", Host: got[0].Host}, {Name: "a-lab", Host: "ssh://lab"}, {Name: "prod", Host: "tcp://prod:2376", Current: true}}
	if fmt.Sprint(got) != fmt.Sprint(want) || got[0].Host == "" {
		t.Errorf("got %v, want %v", got, want)
	}
	got = Contexts(Options{Env: environment(t, map[string]string{"DOCKER_CONFIG": dir, "DOCKER_HOST": "tcp://here:1"})})
	if !got[0].Current || got[0].Host != "tcp://here:1" || got[2].Current {
		t.Errorf("with DOCKER_HOST: got %v", got)
	}
	got = Contexts(Options{Env: environment(t, nil)})
	if len(got) != 1 || !got[0].Current {
		t.Errorf("without a configuration: got %v", got)
	}
}

// snapshot is everything that can be known of a folder: names, modes, times
// and contents.
func snapshot(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s %s %d", path, info.Mode(), info.ModTime().UnixNano())
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, " %x", sha256.Sum256(data))
		}
		b.WriteByte('\n')
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return b.String()
}

// TestDockerConfiguration_IsOnlyRead runs everything that looks at docker's
// configuration, with one that is there, one that is empty and one that is
// missing, and compares the folders.
func TestDockerConfiguration_IsOnlyRead(t *testing.T) {
	full := dockerHome(t, "prod", map[string]string{"prod": "tcp://prod:2376"})
	write(t, filepath.Join(full, "config.json"), `{"currentContext":"prod","auths":{"registry.example.com":{"auth":"dXNlcjpwYXNz"},
"old.example.com":{"username":"u","password":"p"}},"credHelpers":{"helped.example.com":"not-there"},"unknown":{"kept":true}}`)
	empty := t.TempDir()
	missing := filepath.Join(t.TempDir(), "not", "there")
	for _, dir := range []string{full, empty, missing} {
		home := filepath.Dir(dir)
		o := Options{Env: environment(t, map[string]string{"DOCKER_CONFIG": dir})}
		before := snapshot(t, home)
		_, _ = Resolve(o)
		_, _ = Resolve(Options{Env: o.Env, Context: "nope"})
		_ = Contexts(o)
		s := newShared(o)
		for _, image := range []string{"app:1", "registry.example.com/app:1", "old.example.com/app", "helped.example.com/app"} {
			_, _ = s.credentials(t.Context(), image)
		}
		if after := snapshot(t, home); after != before {
			t.Errorf("%s changed from\n%s\nto\n%s", dir, before, after)
		}
	}
}

func TestOpen_BatchAsksForNoPassword(t *testing.T) {
	for _, batch := range []bool{false, true} {
		p, err := Open(Options{Hosts: []string{"ssh://m1", "ssh://m2"}, Batch: batch})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range p.endpoints {
			if got := slices.Contains(e.sshOptions(), "-oBatchMode=yes"); got != batch {
				t.Errorf("batch %v: ssh gets %q", batch, e.sshOptions())
			}
		}
	}
}
