package simswarm_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Golden is where the answers are that every swarm has to give field by field:
// a file for each engine that one of them was recorded on, such as 28.5.json. A
// real swarm writes that of its own engine:
//
//	SKEP_LAB=1 SKEP_LAB_DOCKERD=$(lab/engine 28.5) go test ./internal/simswarm -run Real -update
type Golden struct {
	Dir string
	// Simulated has the answers compared with those of every engine, but for
	// what the table says.
	Simulated bool
	// Update writes the answers of this swarm to the file of its engine.
	Update bool
	// Sleep lets time go by in the swarm, for several tests at once; nil where its
	// clock is the real one.
	Sleep func(time.Duration)
}

// answers are what a swarm has answered, by what was asked.
type answers map[string]any

// fluid are the fields whose values are those of one machine or one run.
var fluid = map[string]string{
	"Version.Index": "<version>", "time": "<time>", "timeNano": "<time>",
	"TrustRoot": "<certificate>", "CertIssuerSubject": "<certificate>", "CertIssuerPublicKey": "<certificate>",
	"JoinTokens.Manager": "<token>", "JoinTokens.Worker": "<token>",
	"Engine.EngineVersion": "<engine>", "Description.Resources.NanoCPUs": "<cpus>", "Description.Resources.MemoryBytes": "<memory>",
	"com.docker.network.driver.overlay.vxlanid_list": "<number>",
	"DefaultAddrPool": "<null until the first election>",
}

// fluidText are the forms of texts that differ from run to run.
var fluidText = []struct {
	form *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`^[0-9a-z]{25}$`), "<id>"},
	{regexp.MustCompile(`^[0-9a-f]{64}$`), "<hex>"},
	{regexp.MustCompile(`^\d{4}-\d\d-\d\dT[0-9:.]+Z$`), "<time>"},
	{regexp.MustCompile(`^\d+\.\d+\.\d+\.\d+(/\d+)?(:2377)?$`), "<address>"},
	{regexp.MustCompile(`^(manager|worker)\d+$`), "<node>"},
}

// blank puts names in the place of what differs from run to run.
func blank(path string, v any) any {
	for field, name := range fluid {
		if path == field || strings.HasSuffix(path, "."+field) {
			return name
		}
	}
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = blank(strings.TrimPrefix(path+"."+k, "."), x)
		}
	case []any:
		for i, x := range v {
			v[i] = blank(path+"[]", x)
		}
	case string:
		for _, f := range fluidText {
			if f.form.MatchString(v) {
				return f.name
			}
		}
	case float64:
		if strings.HasSuffix(path, ".PID") && v != 0 {
			return "<process>"
		}
	}
	return v
}

// check compares the answers with what was recorded: a real swarm's with the
// file of its engine, the simulated one's with every file.
func (g Golden) check(e *engine, got answers) {
	e.t.Helper()
	if g.Simulated {
		for _, engine := range engines {
			for _, wrong := range compare(engine, g.read(e.t, engine), got, differences) {
				e.t.Error(wrong)
			}
		}
		return
	}
	engine := e.version()
	if g.Update {
		all := g.read(e.t, engine)
		maps.Copy(all, got)
		if err := os.WriteFile(g.path(engine), written(all), 0o644); err != nil {
			e.t.Fatal(err)
		}
	}
	if !slices.Contains(engines, engine) {
		e.t.Logf("no answers of engine %s are recorded to compare with", engine)
		return
	}
	for _, wrong := range compare(engine, g.read(e.t, engine), got, nil) {
		e.t.Error(wrong)
	}
}

func (g Golden) path(engine string) string { return filepath.Join(g.Dir, engine+".json") }

// read gives the recorded answers of an engine; none where the file is still to
// be written.
func (g Golden) read(t *testing.T, engine string) answers {
	t.Helper()
	all := answers{}
	data, err := os.ReadFile(g.path(engine))
	if g.Update && errors.Is(err, fs.ErrNotExist) {
		return all
	}
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// version is the engine's, without its last number.
func (e *engine) version() string {
	e.t.Helper()
	var v struct{ Version string }
	e.must("GET", "/version", nil, &v)
	if parts := strings.SplitN(v.Version, ".", 3); len(parts) == 3 {
		return parts[0] + "." + parts[1]
	}
	return v.Version
}

func written(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // it came out of JSON
	return b.Bytes()
}

// diff shows the lines that only one of the two has, by their longest common
// sequence; empty if they are equal.
func diff(want, got any) string {
	w, g := strings.Split(string(written(want)), "\n"), strings.Split(string(written(got)), "\n")
	common := make([][]int, len(w)+1) // of w[i:] and g[j:]
	for i := range common {
		common[i] = make([]int, len(g)+1)
	}
	for i := len(w) - 1; i >= 0; i-- {
		for j := len(g) - 1; j >= 0; j-- {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); w[i] == g[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	var out strings.Builder
	for i, j := 0, 0; i < len(w) || j < len(g); {
		switch {
		case i < len(w) && j < len(g) && w[i] == g[j]:
			i, j = i+1, j+1
		case j == len(g) || i < len(w) && common[i+1][j] >= common[i][j+1]:
			fmt.Fprintf(&out, "- %s\n", w[i])
			i++
		default:
			fmt.Fprintf(&out, "+ %s\n", g[j])
			j++
		}
	}
	return out.String()
}
