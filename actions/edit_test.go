package actions

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestApply(t *testing.T) {
	tests := []struct {
		name, spec, want string
		edit             Edit
	}{
		{"replaces a number", `{"Mode":{"Replicated":{"Replicas":3}},"Z":1}`, `{"Mode":{"Replicated":{"Replicas":5}},"Z":1}`,
			Edit{Path: pathReplicas, Value: 5}},
		{"keeps spaces and the order of keys", "{ \"b\" : 1 ,\n \"a\" : 2 }", "{ \"b\" : 9 ,\n \"a\" : 2 }",
			Edit{Path: []string{"b"}, Value: 9}},
		{"keeps numbers that no float holds", `{"a":1,"n":9007199254740993,"f":1.10}`, `{"a":2,"n":9007199254740993,"f":1.10}`,
			Edit{Path: []string{"a"}, Value: 2}},
		{"keeps escapes as they are written", `{"a":"\u0041\/","b":"x"}`, `{"a":"\u0041\/","b":"<&>"}`,
			Edit{Path: []string{"b"}, Value: "<&>"}},
		{"finds a key that is written with an escape", `{"\u0061":1}`, `{"\u0061":2}`, Edit{Path: []string{"a"}, Value: 2}},
		{"is not misled by braces in strings", `{"x":"}{\"a\":","a":[{"a":1},"]"],"b":1}`, `{"x":"}{\"a\":","a":[{"a":1},"]"],"b":2}`,
			Edit{Path: []string{"b"}, Value: 2}},
		{"adds a field", `{"a":1}`, `{"a":1,"b":2}`, Edit{Path: []string{"b"}, Value: 2}},
		{"adds to an empty object", `{ }`, `{ "b":2}`, Edit{Path: []string{"b"}, Value: 2}},
		{"makes the objects on the way", `{"a":1}`, `{"a":1,"b":{"c":{"d":2}}}`, Edit{Path: []string{"b", "c", "d"}, Value: 2}},
		{"fills in for null", `{"b":null}`, `{"b":{"c":{"d":2}}}`, Edit{Path: []string{"b", "c", "d"}, Value: 2}},
		{"deletes the only field", `{"a":1}`, `{}`, Edit{Path: []string{"a"}, Delete: true}},
		{"deletes the first field", `{"a":1, "b":2}`, `{"b":2}`, Edit{Path: []string{"a"}, Delete: true}},
		{"deletes the last field", `{"a":1, "b":2}`, `{"a":1}`, Edit{Path: []string{"b"}, Delete: true}},
		{"deletes one between", `{"a":1, "b":2 ,"c":3}`, `{"a":1 ,"c":3}`, Edit{Path: []string{"b"}, Delete: true}},
		{"deletes what is not there", `{"a":1}`, `{"a":1}`, Edit{Path: []string{"b", "c"}, Delete: true}},
		{"replaces an element", `{"a":[1, {"k":2} ,3]}`, `{"a":[1, {"k":9} ,3]}`, Edit{Path: []string{"a", "1", "k"}, Value: 9}},
		{"adds behind the last element", `{"a":[1 ]}`, `{"a":[1 ,2]}`, Edit{Path: []string{"a", Last}, Value: 2}},
		{"adds to an empty list", `{"a":[ ]}`, `{"a":[ 2]}`, Edit{Path: []string{"a", Last}, Value: 2}},
		{"makes the list", `{}`, `{"a":{"b":[2]}}`, Edit{Path: []string{"a", "b", Last}, Value: 2}},
		{"makes the list for null", `{"a":null}`, `{"a":[{"k":2}]}`, Edit{Path: []string{"a", Last, "k"}, Value: 2}},
		{"takes out the first element", `{"a":[1, 2]}`, `{"a":[2]}`, Edit{Path: []string{"a", "0"}, Delete: true}},
		{"takes out the last element", `{"a":[1, 2 ]}`, `{"a":[1 ]}`, Edit{Path: []string{"a", "1"}, Delete: true}},
		{"takes out no element that is not there", `{"a":[1]}`, `{"a":[1]}`, Edit{Path: []string{"a", "7"}, Delete: true}},
		{"knows a key that looks like a place", `{"a":{"0":1,"-":2}}`, `{"a":{"0":1,"-":3}}`, Edit{Path: []string{"a", "-"}, Value: 3}},
		{"replaces the whole", ` {"a":1} `, ` {"b":2} `, Edit{Value: json.RawMessage(`{"b":2}`)}},
		{"takes raw JSON as it is", `{"a":1}`, `{"a":{"n":9007199254740993}}`, Edit{Path: []string{"a"}, Value: json.RawMessage(`{"n":9007199254740993}`)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := tt.spec
			got, err := Apply(json.RawMessage(tt.spec), []Edit{tt.edit})
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if tt.spec != before {
				t.Error("the input was changed")
			}
		})
	}
}

func TestApply_Errors(t *testing.T) {
	for name, tt := range map[string]struct {
		spec string
		edit Edit
	}{
		"no JSON":                 {`{"a":`, Edit{Path: []string{"a"}, Value: 1}},
		"nothing":                 {``, Edit{Path: []string{"a"}, Value: 1}},
		"two documents":           {`{} {}`, Edit{Path: []string{"a"}, Value: 1}},
		"null":                    {`null`, Edit{Path: []string{"a"}, Value: 1}},
		"no object":               {`[1]`, Edit{Path: []string{"a"}, Value: 1}},
		"no object on the way":    {`{"a":"x"}`, Edit{Path: []string{"a", "b"}, Value: 1}},
		"a key that comes twice":  {`{"a":1,"a":2}`, Edit{Path: []string{"a"}, Value: 1}},
		"no path":                 {`{}`, Edit{Value: 1}},
		"no path to delete":       {`{}`, Edit{Delete: true}},
		"no such element":         {`{"a":[1]}`, Edit{Path: []string{"a", "1"}, Value: 1}},
		"not what it is named":    {`{"a":["b=1"]}`, Edit{Path: []string{"a", Named("b")}, Value: "c=1"}},
		"nor where it is new":     {`{}`, Edit{Path: []string{"a", Named("b")}, Value: 7}},
		"a list for an object":    {`{"a":[1]}`, Edit{Path: []string{"a", "b"}, Value: 1}},
		"a value that is no JSON": {`{}`, Edit{Path: []string{"a"}, Value: json.RawMessage(`{`)}},
	} {
		if got, err := Apply(json.RawMessage(tt.spec), []Edit{tt.edit}); !errors.Is(err, ErrSpec) {
			t.Errorf("%s: got %s, %v; want ErrSpec", name, got, err)
		}
	}
}

// FuzzApply edits any JSON object and looks at every other field of it, byte
// for byte.
func FuzzApply(f *testing.F) {
	f.Add(`{"TaskTemplate":{"ContainerSpec":{"Image":"a","Mounts":[{"Target":"/b"},{"Target":"/a"}]},"ForceUpdate":18446744073709551615},"Mode":{"Replicated":{"Replicas":3}}}`, "Mode", "Replicated", "5", false)
	f.Add(`{"a":{"b":1.0e1,"c":"\u00e9}\""},"b":[]}`, "a", "b", `"x"`, false)
	f.Add(` { "a" : null , "z" : [ { } , "\\" ] } `, "a", "b", `{"k":[1]}`, false)
	f.Add(`{"a":{"b":1,"c":2}}`, "a", "c", `1`, true)
	f.Add(`{}`, "a", Last, `0`, false)
	f.Add(`{"a":[{},""]}`, "a", "0", `0`, true)
	f.Fuzz(func(t *testing.T, spec, outer, inner, value string, del bool) {
		if !utf8.ValidString(outer) || !utf8.ValidString(inner) {
			return // Paths are written in the program.
		}
		in := json.RawMessage(spec)
		e := Edit{Path: []string{outer, inner}, Value: json.RawMessage(value), Delete: del}
		got, err := Apply(in, []Edit{e})
		if err != nil {
			return
		}
		if !json.Valid(got) {
			t.Fatalf("%s is not JSON", got)
		}
		before, ok := flat(t, in, outer, inner)
		after, ok2 := flat(t, got, outer, inner)
		if !ok || !ok2 {
			return // Keys that cannot be told apart as Go strings.
		}
		if !reflect.DeepEqual(before, after) {
			t.Errorf("other fields differ:\n%v\n%v", before, after)
		}
		have := field(got, outer, inner)
		want := json.RawMessage(strings.TrimSpace(value))
		if del || string(want) == "null" {
			want = nil
		}
		// What a list has at an index is another one afterwards.
		container := field(got, outer)
		placed := adds(outer) || adds(inner) || del && len(container) > 0 && container[0] == '['
		if !placed && !bytes.Equal(bytes.TrimSpace(have), want) {
			t.Errorf("the field is %s, want %s", have, want)
		}
	})
}

// flat lists the raw values of an object and of its member outer, but for the
// one at outer, inner.
func flat(t *testing.T, raw json.RawMessage, outer, inner string) (map[string]string, bool) {
	t.Helper()
	out := map[string]string{}
	var order []string
	add := func(prefix string, at json.RawMessage, skip string) bool {
		members, list, err := members(at, whole(at))
		if err != nil || list {
			return true
		}
		seen := map[string]bool{}
		for _, m := range members {
			if seen[m.name] {
				return false
			}
			seen[m.name] = true
			if m.name != skip {
				out[prefix+m.name] = string(at[m.value.from:m.value.to])
				order = append(order, prefix+m.name)
			}
		}
		return true
	}
	ok := add("/", raw, outer)
	if sub := field(raw, outer); len(sub) > 0 && sub[0] == '{' {
		ok = add("/x/", sub, inner) && ok
	}
	out["order"] = strings.Join(order, "\x00")
	return out, ok
}
