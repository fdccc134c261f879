package actions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"skep/model"
)

func TestEdits(t *testing.T) {
	for name, tt := range map[string]struct{ before, after, edits, want string }{
		"the same":              {`{"a":1}`, ` { "a" : 1 } `, ``, `{"a":1}`},
		"a field":               {`{"b": 1,"a":{"x":1.10,"y":2}}`, `{"a":{"x":1.10,"y":3},"b":1}`, `a.y`, `{"b": 1,"a":{"x":1.10,"y":3}}`},
		"a new field":           {`{"a":1}`, `{"a":1,"b":{"c":[]}}`, `b`, `{"a":1,"b":{"c":[]}}`},
		"a field that goes":     {`{"a":1,"b":2}`, `{"b":2}`, `a`, `{"b":2}`},
		"a number's text":       {`{"a":9007199254740993,"b":1}`, `{"b":2,"a":9007199254740993}`, `b`, `{"a":9007199254740993,"b":2}`},
		"null":                  {`{"a":{}}`, `{"a":null}`, `a`, `{"a":null}`},
		"in an element":         {`{"Mounts":[{"Target":"\/b","New":1},{"Target":"/a"}]}`, `{"Mounts":[{"Target":"/b","New":1},{"Target":"/c"}]}`, `Mounts.1.Target`, `{"Mounts":[{"Target":"\/b","New":1},{"Target":"/c"}]}`},
		"an element more":       {`{"Mounts":[{"Target":"\/b"}]}`, `{"Mounts":[{"Target":"/x"},{"Target":"/b"}]}`, `Mounts`, `{"Mounts":[{"Target":"/x"},{"Target":"\/b"}]}`},
		"a variable":            {`{"Env":["Z=1","A=\u0032","M"]}`, `{"Env":["Z=9","A=2","M","N=="]}`, `Env.Z= Env.N=`, `{"Env":["Z=9","A=\u0032","M","N=="]}`},
		"a variable that goes":  {`{"Env":["Z=1","A=2","M"]}`, `{"Env":["Z=1","M=1"]}`, `Env.A= Env.M=`, `{"Env":["Z=1","M=1"]}`},
		"variables' order":      {`{"Env":["Z=1","A=2"]}`, `{"Env":["A=2","Z=1"]}`, `Env.0 Env.1`, `{"Env":["A=2","Z=1"]}`},
		"a variable in between": {`{"Env":["Z=1","A=2"]}`, `{"Env":["Z=1","B=3","A=2"]}`, `Env`, `{"Env":["Z=1","B=3","A=2"]}`},
		"a variable twice":      {`{"Env":["A=1","A=2"]}`, `{"Env":["A=1","A=3"]}`, `Env.1`, `{"Env":["A=1","A=3"]}`},
		"a constraint":          {`{"Constraints":["node.role==worker","a==b"]}`, `{"Constraints":["a==b","node.id!=x"]}`, `Constraints.=node.role==worker Constraints.=node.id!=x`, `{"Constraints":["a==b","node.id!=x"]}`},
	} {
		t.Run(name, func(t *testing.T) {
			edits := Edits([]byte(tt.before), []byte(tt.after))
			var paths []string
			for _, e := range edits {
				paths = append(paths, e.String())
			}
			if got := strings.Join(paths, " "); got != tt.edits {
				t.Errorf("edits %q, want %q", got, tt.edits)
			}
			if got, err := Apply([]byte(tt.before), edits); err != nil || string(got) != tt.want {
				t.Errorf("%s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
}

// TestSelectors_FindWhatMoved: what is found by what it is stays itself, and what
// others add beside it is no conflict.
func TestSelectors_FindWhatMoved(t *testing.T) {
	seen := json.RawMessage(`{"Env":["A=1","B=2"]}`)
	s := Step{Op: OpUpdate, Seen: model.Document{Spec: seen}, Edits: []Edit{{Path: []string{"Env", Named("B")}, Value: "B=3"}}}
	now := json.RawMessage(`{"Env":["X=0","A=1","B=2"]}`)
	if c := s.drift(model.Document{Spec: now}); len(c) > 0 {
		t.Errorf("drift %v", c)
	}
	if got, err := s.after(model.Document{Spec: now}); err != nil || string(got) != `{"Env":["X=0","A=1","B=3"]}` {
		t.Errorf("%s, %v", got, err)
	}
	if c := s.drift(model.Document{Spec: json.RawMessage(`{"Env":["A=1","B=9"]}`)}); len(c) != 1 {
		t.Errorf("drift %v", c)
	}
	for _, tt := range []struct{ spec, want string }{
		{`{}`, `{"Env":["N=1"]}`}, {`{"Env":null}`, `{"Env":["N=1"]}`}, {`{"Env":[]}`, `{"Env":["N=1"]}`}, {`{"Env":["A=1"]}`, `{"Env":["A=1","N=1"]}`},
		{`{"Env":["NN=1","N"]}`, `{"Env":["NN=1","N=1"]}`},
	} {
		if got, err := Apply([]byte(tt.spec), []Edit{{Path: []string{"Env", Named("N")}, Value: "N=1"}}); err != nil || string(got) != tt.want {
			t.Errorf("%s gave %s, %v", tt.spec, got, err)
		}
	}
}

// FuzzEdits makes one JSON object into another, and takes that back.
func FuzzEdits(f *testing.F) {
	f.Add(`{"a":[1,{"b":null}],"Env":["A=1","B"]}`, `{"a":[1,{"b":2}],"Env":["B","C=1"]}`)
	f.Add(fmt.Sprintf(`{"Constraints":[%q,%q]}`, "=", "a=="), `{"Constraints":["a==","a=="]}`)
	f.Fuzz(func(t *testing.T, before, after string) {
		b, a := json.RawMessage(before), json.RawMessage(after)
		if !json.Valid(b) || !json.Valid(a) || b[whole(b).from] != '{' || a[whole(a).from] != '{' || doubled(b) || doubled(a) {
			return
		}
		edits := Edits(b, a)
		got, err := Apply(b, edits)
		if err != nil {
			t.Fatalf("%v of %v", err, edits)
		}
		if !reflect.DeepEqual(bare(t, got), bare(t, a)) {
			t.Errorf("%s, want %s by %v", got, a, edits)
		}
		if len(edits) == 0 && string(got) != before {
			t.Errorf("nothing changes, and %s became %s", before, got)
		}
	})
}

// bare is a JSON value without what is null in its objects, which is the same as
// nothing.
func bare(t *testing.T, raw json.RawMessage) any {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	var prune func(v any) any
	prune = func(v any) any {
		switch x := v.(type) {
		case []any:
			for i, e := range x {
				x[i] = prune(e)
			}
		case map[string]any:
			for k, e := range x {
				if x[k] = prune(e); e == nil {
					delete(x, k)
				}
			}
		}
		return v
	}
	return prune(v)
}

// doubled reports whether a key comes twice anywhere, which no two readers read
// alike.
func doubled(raw json.RawMessage) bool {
	held, _, err := members(raw, whole(raw))
	if err != nil {
		return false
	}
	if twice(held) {
		return true
	}
	for _, m := range held {
		if doubled(raw[m.value.from:m.value.to]) {
			return true
		}
	}
	return false
}
