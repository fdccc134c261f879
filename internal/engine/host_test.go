package engine

import (
	"runtime"
	"strings"
	"testing"

	"github.com/moby/moby/client"
)

func TestParseHost_Table(t *testing.T) {
	for host, want := range map[string]string{
		"unix:///run/docker.sock":     "unix:///run/docker.sock",
		"unix://":                     "unix:///var/run/docker.sock",
		"  tcp://m1:2376  ":           "tcp://m1:2376",
		"tcp://m1":                    "tcp://m1:2375",
		"m1":                          "tcp://m1:2375",
		"m1:1234":                     "tcp://m1:1234",
		"tcp://[::1]:2375":            "tcp://[::1]:2375",
		"tcp://m1:2375/proxy/path":    "tcp://m1:2375/proxy/path",
		"ssh://user@m1":               "ssh://user@m1",
		"ssh://user@m1:22/run/d.sock": "ssh://user@m1:22/run/d.sock",

		"/var/run/docker.sock":               "",
		"./docker.sock":                      "",
		"tcp://m 1":                          "",
		"tcp://m1:port":                      "",
		"tcp://m1:0":                         "",
		"tcp://m1:70000":                     "",
		"tcp://user@m1:2375":                 "",
		"tcp://m1:2375?a=b":                  "",
		"http://m1":                          "",
		"ftp://m1":                           "",
		"fd://":                              "",
		"://m1":                              "",
		"ssh://":                             "",
		"ssh://user:password@m1":             "",
		"ssh://m1?option=1":                  "",
		"tcp://m1\x1b[31m":                   "",
		"unix://" + strings.Repeat("a", 200): "",
	} {
		got, err := parseHost(host)
		if want == "" {
			if err == nil {
				t.Errorf("%q: got %q, want an error", host, got)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", host, got, err, want)
		}
	}
	if runtime.GOOS != "windows" {
		if _, err := parseHost("npipe:////./pipe/docker_engine"); err == nil {
			t.Error("named pipes exist on Windows only")
		}
	}
}

// FuzzParseHost checks that what is taken for an address can be used: it
// parses, it parses to itself, and a client can be made for it.
func FuzzParseHost(f *testing.F) {
	for _, seed := range []string{"unix:///a", "tcp://[::1]:1", "m1", "ssh://u@h:22/p", "tcp://%zz", "npipe://x", "://", "tcp://a:b:c", "unix://tcp://", "ssh://0%80", "ssh://0://%80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, host string) {
		full, err := parseHost(host)
		if err != nil {
			return
		}
		if again, err := parseHost(full); err != nil || again != full {
			t.Fatalf("%q became %q, and that %q, %v", host, full, again, err)
		}
		if _, err := client.ParseHostURL(full); err != nil && !strings.HasPrefix(full, "ssh://") {
			t.Fatalf("%q became %q: %v", host, full, err)
		}
		if _, err := newClient(Endpoint{Host: full}, newShared(Options{})); err != nil {
			t.Fatalf("%q became %q, which no client takes: %v", host, full, err)
		}
	})
}
