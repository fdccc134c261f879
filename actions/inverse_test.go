package actions

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"skep/internal/testkit"
	"skep/model"
)

func TestBack(t *testing.T) {
	for name, tt := range map[string]struct {
		before string
		path   []string
		want   string
	}{
		"a value":                      {`{"a":{"b":1}}`, []string{"a", "b"}, "a.b = 1"},
		"what was not there":           {`{"a":{}}`, []string{"a", "b"}, "a.b deleted"},
		"nor was what it is in":        {`{}`, []string{"UpdateConfig", "Order"}, "UpdateConfig deleted"},
		"labels that others may set":   {`{}`, []string{"Labels", "a"}, "Labels.a deleted"},
		"null":                         {`{"a":null}`, []string{"a", "b"}, "a = null"},
		"the whole":                    {`{"a":1}`, nil, ` = {"a":1}`},
		"a list, for a place in it":    {`{"a":[1,2]}`, Edit{Path: []string{"a", "1"}}.watched([]byte(`{"a":[1,2]}`)), "a = [1,2]"},
		"a list that there is not yet": {`{}`, Edit{Path: []string{"a", Last}}.watched([]byte(`{}`)), "a deleted"},
	} {
		e := back([]byte(tt.before), tt.path)
		got := e.String() + " deleted"
		if !e.Delete {
			value, err := encode(e.Value)
			if err != nil {
				t.Fatal(err)
			}
			got = e.String() + " = " + string(value)
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

// TestInverse_OfEachVerb: what a verb does to a service and what takes it back
// leave the specification that there was, on the engine, and keep what somebody
// else wrote to other fields in between.
func TestInverse_OfEachVerb(t *testing.T) {
	values := map[string]map[string]string{"scale": {"replicas": "5"}, "image": {"image": "app:2"}}
	for _, a := range actions {
		if a.Kind != model.KindService || a.Verb == "remove" {
			continue
		}
		s := testkit.Service(testkit.Replicas(3), previous(oldImage))
		in := inputFor(t, s, values[a.Verb])
		p, err := a.Plan(in)
		if err != nil || len(p.Steps) == 0 {
			continue // It has nothing to do for such a service.
		}
		eng := newFake(in.Doc)
		did := Dids(p, Run(t.Context(), eng, p, nil))
		eng.edit(t, in.Target.Ref, Edit{Path: []string{"Labels", "by"}, Value: "somebody"})
		rest := Inverse(did)
		if a.Verb == "restart" {
			if len(rest.Steps) != 0 || len(rest.Kept) != 1 || !strings.Contains(rest.Kept[0], noTrace) {
				t.Errorf("%+v", rest)
			}
			continue
		}
		for i := range rest.Steps {
			rest.Steps[i].Seen = eng.docs[in.Target.Ref]
		}
		if r := Run(t.Context(), eng, Plan{Steps: rest.Steps, Target: in.Target}, nil); r.Err != nil || len(rest.Steps) == 0 {
			t.Errorf("%s: %v, %+v", a.Verb, r.Err, rest)
		}
		want, _ := Apply(in.Doc.Spec, []Edit{{Path: []string{"Labels", "by"}, Value: "somebody"}})
		if got := eng.docs[in.Target.Ref].Spec; !model.SameJSON(got, want) {
			t.Errorf("%s: %v", a.Verb, model.Diff(want, got))
		}
	}
}

// TestInverse_WhatCannotComeBack is named, and the rest is taken back.
func TestInverse_WhatCannotComeBack(t *testing.T) {
	spec := json.RawMessage(`{"Name":"x"}`)
	back := Inverse([]Did{
		{Op: OpRemove, Ref: model.Ref{Kind: model.KindConfig, ID: "c"}, Name: "conf", Before: spec},
		{Op: OpRemove, Ref: model.Ref{Kind: model.KindSecret, ID: "s"}, Name: "pw", Before: spec},
		{Op: OpRemove, Ref: model.Ref{Kind: model.KindNode, ID: "n"}, Name: "worker1"},
		{Op: OpUpdate, Ref: model.Ref{Kind: model.KindService, ID: "w"}, Name: "web"},
	})
	if len(back.Steps) != 1 || back.Steps[0].Op != OpCreate || len(back.Kept) != 3 {
		t.Errorf("%+v", back)
	}
	said := strings.Join(back.Kept, "\n")
	for _, want := range []string{"secret pw: the engine gives the value of a secret to nobody", "node worker1: a node that was removed has to join", "service web: what it was is not known"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in\n%s", want, said)
		}
	}
}

// FuzzInverse edits any specification and takes that back: what comes out says
// the same as before. An edit that is made twice makes no further change, and no
// result shares memory with what went in.
func FuzzInverse(f *testing.F) {
	f.Add(`{"a":{"b":1,"l":[1,{"k":2},3]},"z":"\u00e9"}`, "a", "b", "2", false)
	f.Add(`{"a":{"l":[1,{"k":2},3]}}`, "a", "l", "[]", false)
	f.Add(`{"l":[1,2,3]}`, "l", "1", `{"x":1}`, true)
	f.Add(`{"l":[1,2,3]}`, "l", "1", `{"x":1}`, false)
	f.Add(`{"l":[]}`, "l", Last, `7`, false)
	f.Add(`{"a":null}`, "a", "b", `7`, false)
	f.Add(`null`, "a", "b", `7`, false)
	f.Add(`{"l":[]}`, "l", "b=", `"b=7"`, false)
	f.Add(` {} `, "a", "b", `null`, false)
	f.Fuzz(func(t *testing.T, text, outer, inner, value string, del bool) {
		if !utf8.ValidString(outer) || !utf8.ValidString(inner) || !utf8.ValidString(text) {
			return
		}
		spec := json.RawMessage(text)
		e := Edit{Path: []string{outer, inner}, Value: json.RawMessage(value), Delete: del}
		after, err := Apply(spec, []Edit{e})
		if err != nil {
			return
		}
		kept := bytes.Clone(after)
		back := back(spec, e.watched(spec))
		undone, err := Apply(after, []Edit{back})
		if err != nil || !model.SameJSON(undone, spec) {
			t.Errorf("%s became %s, and then %s (%v)", spec, after, undone, err)
		}
		list := len(e.watched(spec)) < 2
		if again, err := Apply(after, []Edit{e}); !list && (err != nil || !bytes.Equal(again, after)) {
			t.Errorf("%s became %s, and then %s", spec, after, again)
		}
		for i := range undone {
			undone[i] = 'x'
		}
		if string(spec) != text || !bytes.Equal(after, kept) {
			t.Error("the input was changed")
		}
	})
}

// FuzzDiffering: what differs, put back where somebody wrote the second of two
// specifications, makes the first of it.
func FuzzDiffering(f *testing.F) {
	f.Add(`{"a":{"b":1,"l":[1,2]},"z":null}`, `{"a":{"b":2,"l":[1]},"y":{}}`)
	f.Add(`{"a":null}`, `{"a":{"b":2}}`)
	f.Add(`{"a":{}}`, `{}`)
	f.Add(`{"Labels":{"a":"1"}}`, `{"Labels":null}`)
	f.Fuzz(func(t *testing.T, one, two string) {
		if !utf8.ValidString(one) || !utf8.ValidString(two) {
			return
		}
		before, after := json.RawMessage(one), json.RawMessage(two)
		if _, ok := keysOf(before); !ok || !json.Valid(before) || !json.Valid(after) {
			return
		}
		d := Did{Op: OpUpdate, Before: before, After: after}
		undone, err := Apply(after, d.edits())
		if errors.Is(err, ErrSpec) {
			return // It has keys that come twice.
		}
		force, _ := lookup(after, pathForce...)
		was, _ := lookup(before, pathForce...)
		if err != nil || !model.SameJSON(undone, before) && model.SameJSON(force, was) {
			t.Errorf("%s became %s, and then %s (%v)", one, two, undone, err)
		}
	})
}
