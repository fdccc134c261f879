package main

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"skep/internal/simswarm"
	"skep/internal/testkit"
	"skep/ui/theme"
)

// complete presses Tab behind the last of the words, and returns what is
// offered, without and with descriptions, and the directive to the shell.
func complete(t *testing.T, words ...string) (offers, whole []string, directive string) {
	t.Helper()
	out, errs, code := skep(t, append([]string{"__complete"}, words...)...)
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if code != 0 || strings.TrimPrefix(errs, "Completion ended with directive: ") == errs {
		t.Fatalf("%q: exit code %d, %q, %q", words, code, out, errs)
	}
	whole, directive = lines[:len(lines)-1], lines[len(lines)-1]
	for _, line := range whole {
		offer, _, _ := strings.Cut(line, "\t")
		offers = append(offers, offer)
	}
	return offers, whole, directive
}

const onlyThese, onlyTheseNoSpace = ":4", ":6"

func TestComplete_LiveNames(t *testing.T) {
	t.Parallel()
	host := shop(t)
	for _, tt := range []struct{ view, typed, want string }{
		{"services", "shop_c", "shop_cart"},
		{"svc", "edge", "edge_traefik"},
		{"stacks", "", "batch data edge monitoring shop"},
		{"nodes", "fra1-m", "fra1-mgr1 fra1-mgr2 fra1-mgr3"},
		{"tasks", "shop_web", "shop_web.1 shop_web.2 shop_web.3 shop_web.4"},
		{"services", "nosuch", ""},
		{"frob", "", ""},
	} {
		if got, directive := offered(t, tt.want, "-H", host, tt.view, tt.typed); got != tt.want || directive != onlyThese {
			t.Errorf("skep %s %s: %q %s", tt.view, tt.typed, got, directive)
		}
	}
	for _, tt := range []struct{ command, typed, want string }{
		{"scale", "shop_c", "shop_cart"}, {"drain", "fra1-m", "fra1-mgr1 fra1-mgr2 fra1-mgr3"}, {"explain", "shop_c", "shop_cart"},
		{"logs", "monitoring", "monitoring_grafana monitoring_loki monitoring_node-exporter monitoring_prometheus monitoring"}, {"export", "sh", "shop"},
	} {
		if got, directive := offered(t, tt.want, "-H", host, tt.command, tt.typed); got != tt.want || directive != onlyThese {
			t.Errorf("skep %s %s: %q %s", tt.command, tt.typed, got, directive)
		}
	}
	if got, _, _ := complete(t, "-H", host, "services", "shop_web", ""); len(got) > 0 {
		t.Errorf("a third argument is offered: %q", got)
	}
	if got, _ := offered(t, "shop", "--demo", "stacks", "s"); got != "shop" {
		t.Errorf("of the demo: %q", got)
	}
}

// offered presses Tab until that is offered, as one would where nothing came in time:
// completion waits for a second only, which may be short on a busy machine.
func offered(t *testing.T, want string, words ...string) (offers, directive string) {
	t.Helper()
	for range 10 {
		var got []string
		if got, _, directive = complete(t, words...); strings.Join(got, " ") == want {
			return want, directive
		} else if len(got) > 0 {
			return strings.Join(got, " "), directive
		}
	}
	return "", directive
}

func TestComplete_ViewsWithAliases(t *testing.T) {
	got, whole, directive := complete(t, "")
	for _, want := range append(viewNames(), "version", "completion") {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not offered: %q", want, got)
		}
	}
	if slices.Contains(got, "svc") || directive != onlyThese || !slices.ContainsFunc(whole, func(s string) bool {
		return strings.HasPrefix(s, "services\t") && strings.HasSuffix(s, "(svc, s, service)")
	}) {
		t.Errorf("got %q %s", whole, directive)
	}
	if got, whole, _ := complete(t, "sv"); len(got) != 1 || whole[0] != "svc\tthe same as services" {
		t.Errorf("sv: %q", whole)
	}
}

func TestComplete_Flags(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"prod", "$(id)"} {
		sum := sha256.Sum256([]byte(name))
		meta := filepath.Join(dir, "contexts", "meta", hex.EncodeToString(sum[:]))
		if err := os.MkdirAll(meta, 0o700); err != nil {
			t.Fatal(err)
		}
		text := `{"Name":"` + name + `","Metadata":{},"Endpoints":{"docker":{"Host":"ssh://ops@m1"}}}`
		if err := os.WriteFile(filepath.Join(meta, "meta.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("DOCKER_CONFIG", dir)
	got, whole, directive := complete(t, "-c", "")
	slices.Sort(got)
	if strings.Join(got, " ") != "default prod" || directive != onlyThese || !slices.Contains(whole, "prod\tssh://ops@m1") {
		t.Errorf("-c: %q %s", whole, directive)
	}
	if got, _, directive := complete(t, "-H", "s"); strings.Join(got, " ") != "ssh://" || directive != onlyTheseNoSpace {
		t.Errorf("-H: %q %s", got, directive)
	}
	if got, _, directive := complete(t, "--demo-size", ""); len(got) > 0 || directive != onlyThese {
		t.Errorf("--demo-size: %q %s", got, directive)
	}
	if got, _, directive := complete(t, "--theme", ""); !slices.Equal(got, theme.Names()) || directive != onlyThese {
		t.Errorf("--theme: %q %s", got, directive)
	}
	if got, _, directive := complete(t, "completion", ""); strings.Join(got, " ") != "bash zsh fish powershell" || directive != onlyThese {
		t.Errorf("completion: %q %s", got, directive)
	}
}

// An engine that is not there, and one that takes the connection and says
// nothing: neither offers anything, and neither says anything.
func TestComplete_IsSilentWithoutASwarm(t *testing.T) {
	t.Parallel()
	path := testkit.Sock(t)
	mute, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	for _, words := range [][]string{
		{"-H", "unix:///nonexistent/docker.sock", "services", ""},
		{"-H", "unix://" + path, "services", ""},
		{"-H", "gopher://x", "services", ""},
		{"-c", "nosuch", "services", ""},
		{"--demo-size", "x", "services", ""},
	} {
		if got, whole, directive := complete(t, words...); len(got) > 0 || directive != onlyThese {
			t.Errorf("%q: %q %s", words, whole, directive)
		}
	}
}

// Others may have named what is in the swarm, and the names go into a line that
// a shell reads.
func TestComplete_OffersNoNameThatAShellReadsOtherwise(t *testing.T) {
	s := simswarm.New()
	defer s.Close()
	host, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	for name, stack := range map[string]string{"a": "$(touch x)", "b": "good-1.2", "c": "-rf", "d": "x y", "e": "größe", "f": "`id`", "g": "x;id"} {
		body := `{"Name":"` + name + `","Labels":{"com.docker.stack.namespace":"` + stack + `"},"TaskTemplate":{"ContainerSpec":{"Image":"app:1"}}}`
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest("POST", "/services/create", strings.NewReader(body)))
		if w.Code/100 != 2 {
			t.Fatal(w.Code, w.Body)
		}
	}
	if got, _, _ := complete(t, "-H", host, "stacks", ""); strings.Join(got, " ") != "good-1.2 größe" {
		t.Errorf("got %q", got)
	}
}

func TestCompletion_OfEveryShell(t *testing.T) {
	for _, s := range shells {
		out, errs, code := skep(t, "completion", s.name)
		again, _, _ := skep(t, "completion", s.name)
		if code != 0 || errs != "" || !strings.Contains(out, "__complete") || out != again {
			t.Errorf("%s: exit code %d, %q, %d bytes", s.name, code, errs, len(out))
		}
	}
}
