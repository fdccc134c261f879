package actions_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/actions"
	"skep/internal/testkit"
	"skep/model"
	"skep/ui/detail"
)

// odd has what skep's types do not know, numbers that no float holds, escapes, and
// lists in an order of their own.
const odd = `{"Name":"web","Labels":{"z":"<&>","a":"1","n":"2"},"TaskTemplate":{"ContainerSpec":{"Image":"app:1","Env":["Z=1","A=\u0032","DB_PASSWORD=hunter2"],` +
	`"Mounts":[{"Type":"tmpfs","Target":"\/zz","TmpfsOptions":{"Mode":448}},{"Target":"/aa","Source":"data","Type":"volume","Future":{"x":1.10}}],` +
	`"DNSConfig":{"Nameservers":["8.8.8.8:53"]},"StopGracePeriod":10000000000,"Novel":9007199254740993,"Args":["-c","a: b\n# c\n"]},` +
	`"Resources":{"Limits":{"NanoCPUs":500000000,"MemoryBytes":67108864},"Reservations":{}},"ForceUpdate":18446744073709551615},"Mode":{"Replicated":{"Replicas":3}}}`

func textOf(t testing.TB, verb, spec string) (actions.Action, string) {
	t.Helper()
	a, ok := actions.Find(model.KindService, verb)
	if !ok {
		t.Fatal(verb)
	}
	text, err := detail.YAMLText(a.Text.Of(json.RawMessage(spec)), actions.Note(nil))
	if err != nil {
		t.Fatal(err)
	}
	return a, text
}

func planText(t testing.TB, verb, base, now, text string, more ...string) (actions.Plan, error) {
	t.Helper()
	a, _ := actions.Find(model.KindService, verb)
	s := testkit.Service(testkit.Replicas(3))
	c := testkit.Cluster(testkit.Services(s), testkit.Nodes(testkit.Node()))
	in := actions.Input{Cluster: c, Target: actions.ServiceTarget(s), Values: map[string]string{actions.BaseValue: base, actions.TextValue: text}}
	for _, m := range more {
		in.Values[m] = "yes"
	}
	in.Doc = model.Document{Ref: in.Target.Ref, Name: "web", Version: 7, Spec: json.RawMessage(now), Raw: json.RawMessage(`{}`)}
	return a.Plan(in)
}

func written(t testing.TB, p actions.Plan) string {
	t.Helper()
	out, err := actions.Apply(p.Steps[0].Seen.Spec, p.Steps[0].Edits)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestText_ChangesWhatWasChanged: every other byte of the specification stays, and
// the preview says what becomes of the tasks.
func TestText_ChangesWhatWasChanged(t *testing.T) {
	for name, tt := range map[string]struct{ verb, from, to, was, is string }{
		"a number":      {"edit", "Replicas: 3", "Replicas: 5", `"Replicas":3`, `"Replicas":5`},
		"a span":        {"edit", "StopGracePeriod: 10000000000 # 10s", "StopGracePeriod: 1m30s", `"StopGracePeriod":10000000000`, `"StopGracePeriod":90000000000`},
		"a size":        {"edit", "MemoryBytes: 67108864 # 64MiB", "MemoryBytes: 128MiB", `67108864`, `134217728`},
		"cores":         {"edit", "NanoCPUs: 500000000 # 0.5 cores", "NanoCPUs: 1.5 cores", `500000000`, `1500000000`},
		"a file mode":   {"mounts", "Mode: 448 # 0700", "Mode: 0755", `"Mode":448`, `"Mode":493`},
		"a label":       {"edit", `"n": "2"`, `"n": 3`, `"n":"2"`, `"n":"3"`},
		"a variable":    {"edit", "DB_PASSWORD=hunter2", "DB_PASSWORD=hunter3", `DB_PASSWORD=hunter2`, `DB_PASSWORD=hunter3`},
		"an odd field":  {"edit", "Novel: 9007199254740993", "Novel: 9007199254740995", `9007199254740993`, `9007199254740995`},
		"an element":    {"mounts", "Source: data", "Source: other", `"Source":"data"`, `"Source":"other"`},
		"a new field":   {"edit", "Image: app:1", "Image: app:1\n    Hostname: h", `"Args":["-c","a: b\n# c\n"]`, `"Args":["-c","a: b\n# c\n"],"Hostname":"h"`},
		"several lines": {"edit", "# c", "# d", `# c`, `# d`},
	} {
		t.Run(name, func(t *testing.T) {
			_, text := textOf(t, tt.verb, odd)
			edited := strings.Replace(text, tt.from, tt.to, 1)
			if edited == text {
				t.Fatalf("%q is not in\n%s", tt.from, text)
			}
			p, err := planText(t, tt.verb, odd, odd, edited)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := written(t, p), strings.Replace(odd, tt.was, tt.is, 1); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if len(p.Impact.Sentences) == 0 {
				t.Error("nothing is said of the tasks")
			}
			if text := strings.Join(append(p.Warnings, p.Title, p.Undo.Sentence), " "); strings.Contains(text, "hunter") {
				t.Errorf("secrets: %s", text)
			}
		})
	}
}

func TestText_ComesBack(t *testing.T) {
	_, text := textOf(t, "edit", odd)
	replace := func(from, to string) string {
		if !strings.Contains(text, from) {
			t.Fatalf("no %q in\n%s", from, text)
		}
		return strings.Replace(text, from, to, 1)
	}
	for name, tt := range map[string]struct{ text, want string }{
		"no YAML":             {replace("Name: web", "Name: [web"), "line "},
		"empty":               {"# nothing\n", "the text is empty"},
		"a word":              {"web", "no specification"},
		"two documents":       {text + "---\nName: x\n", "begins another document"},
		"an unknown field":    {replace("Image: app:1", "Imge: app:1"), "line 8: there is no field Imge in ContainerSpec"},
		"another case":        {replace("Image: app:1", "image: app:1"), "it is written Image"},
		"a field of the top":  {text + "Replicas: 3\n", "there is no field Replicas: there are Name, Labels"},
		"twice":               {replace("Image: app:1", "Image: app:1\n    Image: app:2"), "Image comes twice"},
		"no number":           {replace("Replicas: 3", "Replicas: many"), `Replicas: "many" is no number`},
		"no whole number":     {replace("Replicas: 3", "Replicas: 2.5"), "Replicas is a whole number of its size, and 2.5 is not"},
		"a negative number":   {replace("Replicas: 3", "Replicas: -1"), "Replicas is a whole number of its size"},
		"no span":             {replace("StopGracePeriod: 10000000000", "StopGracePeriod: 10x"), "no time span"},
		"a list for a field":  {replace("Image: app:1", "Image: [app]"), "Image is no list"},
		"a field for a list":  {replace(`    Args:`, "    Command: x\n    Args:"), "Command is a list"},
		"an alias":            {replace("Image: app:1", "Image: &a app:1"), "anchors and aliases"},
		"a name":              {replace("Name: web", "Name: api"), "renames no service"},
		"a mode":              {replace("  Replicated:\n    Replicas: 3", "  Global: {}"), "does not change the mode"},
		"a binary":            {replace("Image: app:1", "Image: !!binary aGk="), "not taken here"},
		"more than the limit": {replace("Reservations: {}", "Reservations:\n      MemoryBytes: 1GiB"), "more memory would be reserved"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := planText(t, "edit", odd, odd, tt.text)
			var wrong *actions.TextError
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v (%v), want %q", err, p.Title, tt.want)
			}
		})
	}
	if _, err := planText(t, "edit", odd, odd, text); !errors.Is(err, actions.ErrNoChange) {
		t.Errorf("unchanged: %v", err)
	}
}

// TestText_NamesTheLineInTheFile: the lines that tell what is wrong count.
func TestText_NamesTheLineInTheFile(t *testing.T) {
	a, text := textOf(t, "edit", odd)
	_, err := planText(t, "edit", odd, odd, strings.Replace(strings.Replace(text, "Image:", "Imag:", 1), "Replicas: 3", "Replicas: x", 1))
	target := actions.Target{Name: "web"}
	file := a.Text.File(target, text, err)
	lines := strings.Split(file, "\n")
	for what, in := range map[string]string{"field Imag ": "Image:", `"x" is no`: "Replicas: 3"} {
		i := strings.Index(file, what)
		at := strings.LastIndex(file[:i], "line ")
		var n int
		for _, c := range file[at+5:] {
			if c < '0' || c > '9' {
				break
			}
			n = n*10 + int(c-'0')
		}
		if n == 0 || !strings.Contains(lines[n-1], in) {
			t.Errorf("%q names line %d in\n%s", what, n, file)
		}
	}
	for _, wrong := range []error{nil, err, errors.New("a\nb"), &actions.DriftError{}} {
		if got := a.Text.Body(a.Text.File(target, text, wrong)); got != text {
			t.Errorf("after %v the body is\n%s", wrong, got)
		}
	}
}

// TestText_OfAPartThatIsNotThere: what is shown in its place is not lost when one
// value of it changes.
func TestText_OfAPartThatIsNotThere(t *testing.T) {
	_, text := textOf(t, "rollout-config", odd)
	p, err := planText(t, "rollout-config", odd, odd, strings.Replace(text, "Parallelism: 1", "Parallelism: 2", 1))
	if err != nil {
		t.Fatal(err)
	}
	var spec swarm.ServiceSpec
	if err := json.Unmarshal([]byte(strings.Replace(written(t, p), `"8.8.8.8:53"`, `"8.8.8.8"`, 1)), &spec); err != nil {
		t.Fatal(err)
	}
	if u := spec.UpdateConfig; u == nil || u.Parallelism != 2 || u.Monitor != 5e9 || spec.RollbackConfig != nil || p.Risk != actions.Reversible {
		t.Errorf("%+v, %+v", u, spec.RollbackConfig)
	}
}

// TestText_Conflicts: what others changed elsewhere stays, and what both changed is
// asked about.
func TestText_Conflicts(t *testing.T) {
	_, text := textOf(t, "edit", odd)
	edited := strings.NewReplacer("Replicas: 3", "Replicas: 5", "Image: app:1", "Image: app:2", "A=2", "A=3").Replace(text)
	elsewhere := strings.NewReplacer(`"a":"1"`, `"a":"9"`, `"Z=1"`, `"Z=9"`).Replace(odd)
	p, err := planText(t, "edit", odd, elsewhere, edited)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer(`"Replicas":3`, `"Replicas":5`, "app:1", "app:2", `A=\u0032`, "A=3").Replace(elsewhere)
	if got := written(t, p); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	same := strings.Replace(odd, `"Replicas":3`, `"Replicas":5`, 1)
	if p, err := planText(t, "edit", odd, same, edited); err != nil || strings.Contains(p.Title, "Replicas") {
		t.Errorf("somebody else did a part of it: %v, %s", err, p.Title)
	}
	theirs := strings.NewReplacer(`"Replicas":3`, `"Replicas":7`, "app:1", "app:9").Replace(odd)
	_, err = planText(t, "edit", odd, theirs, edited)
	var drift *actions.DriftError
	if !errors.As(err, &drift) || len(drift.Conflicts()) != 2 {
		t.Fatalf("%v", err)
	}
	if got := drift.Conflicts()[0]; got != (actions.Conflict{Path: "Mode.Replicated.Replicas", Shown: "3", Theirs: "7", Mine: "5"}) {
		t.Errorf("%+v", got)
	}
	p, err = planText(t, "edit", odd, theirs, edited, actions.OverValue)
	if err != nil || !strings.Contains(written(t, p), `"Replicas":5`) || !strings.Contains(written(t, p), "app:2") {
		t.Errorf("over theirs: %v", err)
	}
}

// FuzzText writes any specification as YAML and reads it back: nothing changes,
// and a change of one label changes that alone.
func FuzzText(f *testing.F) {
	f.Add(odd)
	f.Add(`{"Labels":{"a":null," ":"","0x1":"~","=":"1e3"},"Name":"","TaskTemplate":{"ContainerSpec":{"Env":["","=","A","A="]}},"x":[[],{},[{"y":-0.0}]]}`)
	f.Fuzz(func(t *testing.T, spec string) {
		raw := json.RawMessage(spec)
		if !json.Valid(raw) || !strings.HasPrefix(spec, "{") {
			return
		}
		a, _ := actions.Find(model.KindService, "edit")
		text, err := detail.YAMLText(raw, actions.Note(nil))
		if err != nil {
			return // Nested too deep, for one.
		}
		edits, err := actions.TextEdits(a, text, raw)
		if err != nil && !strings.Contains(err.Error(), "comes twice") && !strings.Contains(err.Error(), "nested too deep") {
			t.Fatalf("%v\n%s", err, text)
		}
		if err == nil && len(edits) > 0 {
			t.Fatalf("%s\nis read as changed: %v\n%s", spec, edits, text)
		}
	})
}
