package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Golden is the file of answers that every swarm has to give field by field. A
// real swarm has written it:
//
//	SKEP_LAB=1 go test ./internal/simswarm/contract -run Real -update
type Golden struct {
	Path string
	// Update writes the answers of this swarm to the file.
	Update bool
}

// answers are what a swarm has answered, by what was asked.
type answers map[string]any

// differs are the fields in which the simulated swarm is known not to be like
// the real one that wrote the file, an engine of 20.10, and why. They are left
// out. The path is that of the field in the answer, [] an element of a list.
var differs = []struct{ answer, path, because string }{
	{"", "Volumes", "engines from 23.0 on have cluster volumes"},
	{"", "[].Volumes", "engines from 23.0 on have cluster volumes"},
	{"", "EnableIPv4", "engines from 28.0 on tell it"},
	{"", "Containers", "there is no data plane, so no container is on a network of this node"},
	{"", "Peers", "there is no data plane, so no gossip"},
	{"", "Description.Engine.Plugins", "engines from 25.0 on lack the log driver logentries"},
	{"task rejected", "Status.Err", "engines from 29.7 on pass the error of the pull on"},
	{"task failed to start", "Status.Err", "the words are those of the version of runc"},
	{"task that is lost with its node", "Slot", "which slots a node gets is chance"},
	{"task whose node came back", "Slot", "which slots a node gets is chance"},
	{"task of a node that was removed", "Slot", "which slots a node gets is chance"},
}

// differing tells whether a field is left out.
func differing(answer, path string) bool {
	for _, d := range differs {
		if (d.answer == "" || d.answer == answer) && d.path == path {
			return true
		}
	}
	return false
}

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

// blank puts names in the place of what differs from run to run, and takes out
// what is known to differ between the swarms.
func blank(answer, path string, v any) any {
	for field, name := range fluid {
		if path == field || strings.HasSuffix(path, "."+field) {
			return name
		}
	}
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			inner := strings.TrimPrefix(path+"."+k, ".")
			if differing(answer, inner) {
				delete(v, k)
				continue
			}
			v[k] = blank(answer, inner, x)
		}
	case []any:
		for i, x := range v {
			v[i] = blank(answer, path+"[]", x)
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

// compare blanks what differs from run to run and compares the rest with the
// file.
func (g Golden) compare(t *testing.T, got answers) {
	t.Helper()
	want := answers{}
	if data, err := os.ReadFile(g.Path); err == nil {
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatalf("%s: %v", g.Path, err)
		}
	} else if !g.Update {
		t.Fatal(err)
	}
	if g.Update {
		maps.Copy(want, got)
		if err := os.MkdirAll(filepath.Dir(g.Path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(g.Path, written(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if d := difference(string(written(want[name])), string(written(got[name]))); d != "" {
			t.Errorf("%s differs (- what %s says, + this swarm):\n%s", name, g.Path, d)
		}
	}
}

func written(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // it came out of JSON
	return b.Bytes()
}

// difference shows the lines that only one of the two has, by their longest
// common sequence; empty if they are equal.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
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
