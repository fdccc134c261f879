package model_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"skep/model"
)

func TestDiff(t *testing.T) {
	tests := []struct{ name, before, after, want string }{
		{"equal but for spaces, order and escapes", `{"a":1,"b":"\u0041"}`, "{ \"b\":\"A\", \"a\":1 }", `[]`},
		{"a number", `{"Mode":{"Replicated":{"Replicas":3}}}`, `{"Mode":{"Replicated":{"Replicas":5}}}`, `[Mode.Replicated.Replicas: 3 -> 5]`},
		{"a number beyond floats", `{"n":9007199254740993}`, `{"n":9007199254740992}`, `[n: 9007199254740993 -> 9007199254740992]`},
		{"added and removed", `{"a":1,"c":{"d":true}}`, `{"b":"x"}`, `[a: - 1 b: + x c.d: - true]`},
		{"an empty string is something", `{"a":"x"}`, `{"a":""}`, `[a: x -> ""]`},
		{"null is nothing", `{"a":null}`, `{"a":1}`, `[a: + 1]`},
		{"units", `{"Delay":10000000000,"MemoryBytes":67108864,"NanoCPUs":500000000}`, `{"Delay":90000000000,"MemoryBytes":134217728,"NanoCPUs":2000000000}`,
			`[Delay: 10s -> 1m30s MemoryBytes: 64MiB -> 128MiB NanoCPUs: 0.5 cores -> 2 cores]`},
		{"units that round alike", `{"MemoryBytes":1000000000}`, `{"MemoryBytes":1000000001}`, `[MemoryBytes: 1000000000 -> 1000000001]`},
		{"a number and its digits", `{"n":0}`, `{"n":"0"}`, `[n: 0 -> "0"]`},
		{"a mode of files", `{"File":{"Mode":292}}`, `{"File":{"Mode":256}}`, `[File.Mode: 0444 -> 0400]`},
		{"variables by name", `{"Env":["A=1","B=2","C=3"]}`, `{"Env":["B=2","C=4","D=5"]}`, `[Env[A]: - 1 Env[C]: 3 -> 4 Env[D]: + 5]`},
		{"variables without a value", `{"Env":["A="]}`, `{"Env":["A"]}`, `[Env[A]: "" -> (removed)]`},
		{"variables in another order", `{"Env":["A=1","B=2"]}`, `{"Env":["B=2","A=1"]}`, `[Env (order): A, B -> B, A]`},
		{"a variable twice", `{"Env":["A=1","A=2"]}`, `{"Env":["A=1"]}`, `[Env: ["A=1","A=2"] -> ["A=1"]]`},
		{"secrets", `{"Env":["DB_PASSWORD=a","URL=postgres://u:p@h/d"]}`, `{"Env":["DB_PASSWORD=b","URL=postgres://u:q@h/d"]}`,
			`[Env[DB_PASSWORD]: ****** -> ****** Env[URL]: postgres://u:******@h/d -> postgres://u:******@h/d]`},
		{"labels", `{"Labels":{"a.b/c":"1"}}`, `{"Labels":{"a.b/c":"2","my.token":"x"}}`, `[Labels[a.b/c]: 1 -> 2 Labels[my.token]: + ******]`},
		{"mounts by target", `{"Mounts":[{"Target":"/b","Source":"x"},{"Target":"/a","Source":"y"}]}`, `{"Mounts":[{"Target":"/a","Source":"z"}]}`,
			`[Mounts[/a].Source: y -> z Mounts[/b].Source: - x Mounts[/b].Target: - /b]`},
		{"mounts in another order", `{"Mounts":[{"Target":"/b"},{"Target":"/a"}]}`, `{"Mounts":[{"Target":"/a"},{"Target":"/b"}]}`,
			`[Mounts (order): /b, /a -> /a, /b]`},
		{"ports", `{"Ports":[{"TargetPort":80,"Protocol":"tcp","PublishedPort":8080}]}`, `{"Ports":[{"TargetPort":80,"Protocol":"tcp","PublishedPort":8080,"PublishMode":"host"}]}`,
			`[Ports[80/tcp/8080].PublishMode: + host]`},
		{"a list of words", `{"Args":["a","<b>"]}`, `{"Args":["a"]}`, `[Args: ["a","<b>"] -> ["a"]]`},
		{"another type", `{"a":{"b":1}}`, `{"a":[1]}`, `[a: {"b":1} -> [1]]`},
		{"whole values", `1`, `2`, `[: 1 -> 2]`},
		{"nothing", ``, ``, `[]`},
		{"from nothing", ``, `{"a":1}`, `[a: + 1]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := fmt.Sprint(model.Diff(json.RawMessage(tt.before), json.RawMessage(tt.after))); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestDiff_HidesWhatACommandLineHolds wherever one stands, and nothing else of
// it.
func TestDiff_HidesWhatACommandLineHolds(t *testing.T) {
	spec := func(secret string) json.RawMessage {
		return json.RawMessage(strings.ReplaceAll(`{"Args":["run","--db-password=SECRET","--port=80"],"Command":["sh","-c","TOKEN=SECRET run"],
			"Healthcheck":{"Test":["CMD","curl","http://u:SECRET@localhost/"]},"Env":["URL=pg://u:SECRET@h/d"],
			"DriverConfig":{"Options":{"o":"addr=h,password=SECRET"}},"Labels":{"token":"SECRET"},"Other":{"List":[{"Env":["KEY=SECRET"]}]}}`, "SECRET", secret))
	}
	changes := model.Diff(spec("hunter1"), spec("hunter2"))
	if len(changes) != 7 {
		t.Errorf("%d changes: %v", len(changes), changes)
	}
	for _, c := range changes {
		written, err := json.Marshal(c)
		if err != nil || strings.Contains(c.String()+string(written), "hunter") || !strings.Contains(c.After, model.Masked) {
			t.Errorf("in the clear: %s, %s, %v", c, written, err)
		}
		if !strings.Contains(c.BareBefore, "hunter1") || !strings.Contains(c.BareAfter, "hunter2") {
			t.Errorf("nothing to see for who asks: %+v", c)
		}
	}
	if want := `Args: ["run","--db-password=******","--port=80"] -> ["run","--db-password=******","--port=80"]`; changes[0].String() != want {
		t.Errorf("got %s", changes[0])
	}
}

func FuzzDiff(f *testing.F) {
	f.Add(`{"Env":["A=1","B"],"Labels":{"x":"y"}}`, `{"Env":["B","A=2"],"Mounts":[{"Target":"/"}]}`)
	f.Add(`[1,2]`, `{"Ports":[{"TargetPort":1},{"TargetPort":1}]}`)
	f.Add(`{"Delay":1e3,"MemoryBytes":-1}`, `{"Delay":null}`)
	f.Fuzz(func(t *testing.T, before, after string) {
		a, b := json.RawMessage(before), json.RawMessage(after)
		there, back := model.Diff(a, b), model.Diff(b, a)
		if same := model.SameJSON(a, b); same != (len(there) == 0) {
			t.Errorf("same %v, but %v", same, there)
		}
		if len(there) != len(back) {
			t.Errorf("there %v, back %v", there, back)
		}
		for _, c := range there {
			if c.BareBefore == c.BareAfter {
				t.Errorf("%+v is no change", c)
			}
		}
	})
}

// The content of a secret is base64, which hides nothing; no plan shows it.
func TestDiff_HidesContents(t *testing.T) {
	for _, c := range model.Diff(nil, json.RawMessage(`{"Name":"pw","Data":"aHVudGVyMg=="}`)) {
		if c.Path == "Data" && c.After != model.Masked || strings.Contains(c.String(), "aHVudGVyMg") {
			t.Errorf("it shows %s", c)
		}
	}
}
