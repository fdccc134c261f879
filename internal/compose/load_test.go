package compose

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func write(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad_MergesFilesAndFillsVariablesIn(t *testing.T) {
	dir := t.TempDir()
	base := write(t, dir, "a.yaml", `
services:
  web: {image: "web:${TAG}", environment: {A: "1", B: "${MISSING}", C: "${OTHER:-c}"}, x-skep-wave: 2, depends_on: [db]}
  db: {image: "db:1"}
`)
	vars := write(t, dir, "vars", "# a comment\nexport TAG='7' # behind\n\nEMPTY=\n")
	l, err := Load(Source{Files: []string{base, "-"}, Stdin: strings.NewReader("services: {web: {environment: {A: '2'}}}"), EnvFiles: []string{vars}, Env: []string{"TAG=8", "=C:=x"}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Stack("shop")
	if err != nil {
		t.Fatal(err)
	}
	web := s.Services[1]
	c := web.Spec.TaskTemplate.ContainerSpec
	if c.Image != "web:8" || !slices.Equal(c.Env, []string{"A=2", "B=", "C=c"}) || web.Wave != 2 || !slices.Equal(web.After, []string{"shop_db"}) {
		t.Errorf("%+v: %+v", web, c)
	}
	if len(s.Warnings) != 1 || s.Warnings[0] != "not set, and so empty: MISSING" {
		t.Errorf("warned %q", s.Warnings)
	}
	if len(s.Networks) != 1 || s.Networks[0].Name != "shop_default" {
		t.Errorf("networks %+v", s.Networks)
	}
}

// docker compose reads .env by itself, and docker stack deploy does not: who has
// one there may take it for read.
func TestLoad_SaysThatDotEnvIsNotRead(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "a.yaml", `services: {web: {image: "web:$TAG"}}`)
	write(t, dir, ".env", "TAG=1\n")
	required := write(t, dir, "c.yaml", `services: {web: {image: "web:${TAG:?which}"}}`)
	for _, file := range []string{file, required} {
		if _, err := Load(Source{Files: []string{file}}); err == nil || !strings.Contains(err.Error(), "web") || !strings.Contains(err.Error(), "--env-file") {
			t.Errorf("an image without a tag behind its colon: %v", err)
		}
	}
	l, err := Load(Source{Files: []string{file}, EnvFiles: []string{filepath.Join(dir, ".env")}})
	if err != nil || l.Config.Services[0].Image != "web:1" {
		t.Errorf("%v", err)
	}
	file = write(t, dir, "b.yaml", `services: {web: {image: web, hostname: "h$TAG"}}`)
	if l, err = Load(Source{Files: []string{file}}); err != nil || len(l.Warnings) != 2 || !strings.Contains(l.Warnings[1], "--env-file") {
		t.Errorf("warned %q, %v", l.Warnings, err)
	}
}

func TestLoad_Refuses(t *testing.T) {
	for text, want := range map[string]string{
		"services: {web: {build: .}}":                                      "no image",
		"services: {web: {image: 'a b'}}":                                  "image",
		"services: {web: {image: a, extends: {service: b}}}":               "extends",
		"services: {web: {image: a, x-skep-wave: early}}":                  "no number",
		"services: {web: {image: a, networks: [back]}}":                    "undefined network",
		"services: {web: {image: a, configs: [c]}}":                        "undefined config",
		"services: {web: {image: a, deploy: {mode: global, replicas: 2}}}": "replicas",
		"services: {web: {image: a, volumes: ['data:/data']}}":             "undefined volume",
		"[]":   "mapping",
		"a: :": "",
	} {
		l, err := Load(Source{Files: []string{"-"}, Stdin: strings.NewReader(text)})
		if err == nil {
			_, err = l.Stack("shop")
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want something of %q", text, err, want)
		}
	}
	if _, err := (Loaded{}).Stack("a b"); err == nil {
		t.Error("a stack may be called so")
	}
}

// A secret's sum tells versions apart and not what is in it.
func TestSum_TellsVersionsApart(t *testing.T) {
	dir := t.TempDir()
	sums := map[string]bool{}
	for i, content := range []string{"a", "b", "a"} {
		write(t, dir, "key", content)
		file := write(t, dir, "a.yaml", "services: {web: {image: a}}\nsecrets: {key: {file: ./key}, other: {file: ./key}}\nconfigs: {key: {file: ./key}}")
		l, err := Load(Source{Files: []string{file}})
		if err != nil {
			t.Fatal(err)
		}
		s, err := l.Stack("shop")
		if err != nil || len(s.Files) != 3 {
			t.Fatalf("%+v, %v", s.Files, err)
		}
		for _, f := range s.Files[1:] {
			if sums[f.Sum] != (i == 2) || len(f.Sum) != 2*sumLength {
				t.Errorf("%s of %q has the sum %s", f.Name, content, f.Sum)
			}
			sums[f.Sum] = true
		}
	}
}

// TestLoad_WideRanges: a range of all ports would take minutes and the memory with it.
func TestLoad_WideRanges(t *testing.T) {
	for ports, wrong := range map[string]bool{"1-65535:1-65535": true, "20000-60000": true, "127.0.0.1:9000-9010:9000-9010/udp": false} {
		_, err := Load(Source{Files: []string{"-"}, Stdin: strings.NewReader("services: {web: {image: a, ports: ['" + ports + "']}}")})
		if (err != nil) != wrong || wrong && !strings.Contains(err.Error(), "service web: ports "+ports+": a range of more than 16384 ports") {
			t.Errorf("%s: %v", ports, err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("services: {web: {image: 'a:$X', deploy: {mode: global}, ports: ['80:80'], volumes: ['d:/d', {type: tmpfs, target: /t}]}}\nvolumes: {d: {}}")
	f.Add("services: {web: {image: a, x-skep-wave: 1, depends_on: [web], healthcheck: {disable: true}}}\nnetworks: {default: {ipam: {config: [{subnet: 10.0.0.0/8}]}}}")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "file") { // It would read files of this machine.
			return
		}
		l, err := Load(Source{Files: []string{"-"}, Stdin: strings.NewReader(text), Env: []string{"X=1"}})
		if err != nil {
			return
		}
		s, err := l.Stack("shop")
		if err != nil {
			return
		}
		for _, one := range s.Services {
			if one.Spec.Name != one.Name || one.Spec.TaskTemplate.ContainerSpec == nil || one.Spec.Labels["com.docker.stack.namespace"] != "shop" {
				t.Errorf("%+v", one)
			}
		}
	})
}

func FuzzParseEnv(f *testing.F) {
	f.Add("A=1\nexport B='x y' # c\n#\n")
	f.Fuzz(func(_ *testing.T, text string) {
		vars, err := parseEnv(text)
		for name := range vars {
			if name == "" && err == nil {
				panic("a variable without a name")
			}
		}
	})
}
