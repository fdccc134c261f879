package detail

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"skep/ui/table"
)

func textOf(lines []Line) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.String() + "\n")
	}
	return b.String()
}

func TestYAML_Scalars(t *testing.T) {
	for in, want := range map[string]string{
		`"web"`: "web", `""`: `""`, `"true"`: `"true"`, `"No"`: `"No"`, `"12"`: `"12"`, `"1e3"`: `"1e3"`, `"0x1f"`: `"0x1f"`,
		`"5bk3ab"`: "5bk3ab", `"10.0.0.0/24"`: "10.0.0.0/24", `"a: b"`: `"a: b"`, `"a:b"`: "a:b", `"a #b"`: `"a #b"`,
		`"- x"`: `"- x"`, `"x "`: `"x "`, `"A=b"`: "A=b", `"\u001b[31mred"`: `"\x1b[31mred"`, `"\u202eabc"`: `"\u202eabc"`,
		`"日本語"`: `"日本語"`, `"a日本"`: "a日本", `"a\"b"`: `a"b`, `"\"b"`: `"\"b"`, `"a\\b\tc"`: `"a\\b\tc"`, `null`: "null",
		`18446744073709551615`: "18446744073709551615", `123456789012345678901234567890`: "123456789012345678901234567890",
		`0.10`: "0.10", `1E400`: "1E400", `{}`: "{}", `[]`: "[]", `"2026-01-02T03:04:05Z"`: `"2026-01-02T03:04:05Z"`,
		`"2001-01-02"`: `"2001-01-02"`, `"a, b"`: "a, b", `"*x"`: `"*x"`,
	} {
		lines, err := YAML(json.RawMessage(in), true)
		if err != nil || textOf(lines) != want+"\n" {
			t.Errorf("YAML(%s) = %q, %v; want %q", in, textOf(lines), err, want)
		}
	}
}

func TestYAML_KeepsOrderAndNests(t *testing.T) {
	in := `{"Z":1,"A":{"b":[1,"x",{"k":"v","l":[]},[true,null]],"a":{}},"M":"one\n\n two\nthree","O":"x\ny\n","E":["A=1"]}`
	want := `Z: 1
A:
  b:
    - 1
    - x
    - k: v
      l: []
    - - true
      - null
  a: {}
M: |-
  one

   two
  three
O: |
  x
  y
E:
  - A=1
`
	lines, err := YAML(json.RawMessage(in), true)
	if err != nil || textOf(lines) != want {
		t.Errorf("YAML:\n%s%v\nwant:\n%s", textOf(lines), err, want)
	}
}

func TestYAML_MasksSecrets(t *testing.T) {
	in := `{"Spec":{"ContainerSpec":{"Env":["DB_PASSWORD=hunter2","URL=amqp://u:p4ss@h/","A_FILE=/x","SECRET_FILE=/run/s"],
		"Args":["run","--token","t0ken","--key=k3y","--key=/etc/key.pem"],"Secrets":[{"SecretName":"db","SecretID":"i"}]},
		"LogDriver":{"Options":{"splunk-token":"spl","tag":"x"}},"Labels":{"auth":"http://u:lab3l@x"}}}`
	lines, err := YAML(json.RawMessage(in), false)
	if err != nil {
		t.Fatal(err)
	}
	text := textOf(lines)
	for _, secret := range []string{"hunter2", "p4ss", "t0ken", "k3y", "spl\n", "lab3l"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is shown:\n%s", secret, text)
		}
	}
	for _, open := range []string{"DB_PASSWORD=******", "amqp://u:******@h/", "SECRET_FILE=/run/s", "--key=/etc/key.pem", "SecretName: db", "SecretID: i", "tag: x"} {
		if !strings.Contains(text, open) {
			t.Errorf("%q is not shown:\n%s", open, text)
		}
	}
	all, err := YAML(json.RawMessage(in), true)
	if err != nil || !strings.Contains(textOf(all), "hunter2") {
		t.Errorf("unmasked, the value is still hidden: %v", err)
	}
}

func TestYAML_RefusesWhatIsNoJSON(t *testing.T) {
	for _, in := range []string{"", "{", `{"a":}`, "nonsense", `{} {}`, `{"a":1}]`, strings.Repeat("[", 100) + strings.Repeat("]", 100)} {
		if lines, err := YAML(json.RawMessage(in), true); err == nil {
			t.Errorf("YAML(%.20q) gave %q and no error", in, textOf(lines))
		}
	}
}

func TestYAML_RealObjectsReadBack(t *testing.T) {
	r := load(t)
	for _, raw := range append(r.services, r.tasks...) {
		readsBack(t, raw)
	}
}

// readsBack checks that a YAML reader finds in the text what JSON has.
func readsBack(t *testing.T, raw json.RawMessage) {
	t.Helper()
	lines, err := YAML(raw, true)
	if err != nil {
		t.Fatalf("YAML: %v", err)
	}
	for _, l := range lines {
		if s := l.String(); table.Clean(s) != s {
			t.Fatalf("the line %q is not safe to draw", s)
		}
	}
	var want any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&want); err != nil {
		t.Fatal(err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(textOf(lines)), &root); err != nil {
		t.Fatalf("the text is no YAML: %v\n%s", err, textOf(lines))
	}
	if got := plainValue(root.Content[0]); !reflect.DeepEqual(got, want) {
		t.Fatalf("read back %#v, want %#v\n%s", got, want, textOf(lines))
	}
}

// plainValue is what JSON would have for a YAML value; numbers as written.
func plainValue(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			out[n.Content[i].Value] = plainValue(n.Content[i+1])
		}
		return out
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, c := range n.Content {
			out[i] = plainValue(c)
		}
		return out
	}
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return n.Value == "true"
	case "!!int", "!!float":
		return json.Number(n.Value)
	default:
		return n.Value
	}
}

func FuzzYAML(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":"c\nd"}],"x":""}`, `"\u001b"`, `["- a",": b","#c","|","1_0","0b1","é\u0301"]`, `{"":null,"? ":{}}`, `"a\n\n"`, `{"k":"l1\n  l2\n"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			if _, err := YAML(raw, true); err == nil {
				t.Fatalf("%q is no JSON, and no error", raw)
			}
			return
		}
		lines, err := YAML(raw, true)
		if err != nil || duplicates(raw) || longKey(lines) {
			return // Too deep; or what YAML readers refuse, and the engine never writes.
		}
		readsBack(t, raw)
		if _, err := YAML(raw, false); err != nil {
			t.Fatal(err)
		}
	})
}

// duplicates reports whether an object has a key twice, as far as compacting
// shows.
func duplicates(raw []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	n, err := readNode(dec, 0)
	if err != nil {
		return false
	}
	var twice func(n *node) bool
	twice = func(n *node) bool {
		seen := map[string]bool{}
		for _, k := range n.keys {
			if seen[k] {
				return true
			}
			seen[k] = true
		}
		for _, p := range n.parts {
			if twice(p) {
				return true
			}
		}
		return false
	}
	return twice(n)
}

// longKey reports whether a key is longer than YAML allows for one without a
// question mark.
func longKey(lines []Line) bool {
	for _, l := range lines {
		if len(l.String()) > 1000 {
			return true
		}
	}
	return false
}
