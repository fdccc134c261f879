package simswarm_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// engines are those that answers are recorded of. The simulated swarm is
// compared with each.
var engines = []string{"20.10", "26.1", "28.5"}

// field is a part of an answer.
type field struct {
	// answer is what was asked for; empty for every one.
	answer string
	// path leads to the field, [] to an element of a list.
	path string
}

func (f field) of(answer string) bool { return f.answer == "" || f.answer == answer }

// chance are the fields that differ from run to run, and so are not recorded.
var chance = []field{
	// Which slots a node gets.
	{"task that is lost with its node", "Slot"},
	{"task whose node came back", "Slot"},
	{"task of a node that was removed", "Slot"},
	// The words are those of the machine's runc.
	{"task failed to start", "Status.Err"},
	// What of a network is on the node that is asked.
	{"", "Containers"},
	{"", "Peers"},
}

// difference is a field in which the simulated swarm is known not to be like
// these engines, and why.
type difference struct {
	engines []string
	field
	because string
}

// upTo are the recorded engines up to one.
func upTo(engine string) []string { return engines[:slices.Index(engines, engine)+1] }

// differences is the table of them all. The simulated swarm answers as an
// engine of 29.7 does.
var differences = []difference{
	{upTo("20.10"), field{"", "Volumes"}, "engines from 23.0 on have cluster volumes"},
	{upTo("20.10"), field{"", "[].Volumes"}, "engines from 23.0 on have cluster volumes"},
	{upTo("26.1"), field{"", "EnableIPv4"}, "engines from 28.0 on tell it"},
	{upTo("20.10"), field{"", "Description.Engine.Plugins"}, "engines from 25.0 on lack the log driver logentries"},
	{[]string{"28.5"}, field{"", "Description.Engine.Plugins"}, "Debian builds it without the log driver gcplogs"},
	{upTo("28.5"), field{"task rejected", "Status.Err"}, "engines from 29.7 on pass the error of the pull on"},

	{upTo("26.1"), field{"refused: GET /v1.99/services", "Text"}, "it names the version"},
	{upTo("20.10"), field{`refused: GET /tasks?filters={"foo":["x"]}`, "Text"}, "it began with a capital"},
	{upTo("20.10"), field{`refused: GET /services?filters={"foo":["x"]}`, "Text"}, "it began with a capital"},
	{upTo("28.5"), field{`refused: GET /nodes?filters={"role":["x"]}`, "Text"}, "it began with a capital"},
	{upTo("28.5"), field{`refused: GET /nodes?filters={"role":["x"]}`, "Status"}, "it was the engine's fault"},
	{upTo("20.10"), field{"refused: POST /services/create", "Text"}, "no body was an error of its own"},
	{upTo("20.10"), field{"refused: POST /services/create {bad", "Text"}, "it did not say that the JSON is invalid"},
	{upTo("28.5"), field{"refused: logs of no stream", "Status"}, "it was the engine's fault"},
	{upTo("28.5"), field{"refused: logs with a tail that is no number", "Status"}, "it was the engine's fault"},
	{upTo("28.5"), field{`refused: POST /services/create {"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"},"Networks":[{"Target":"nope"}]}}`, "Status"},
		"it was the engine's fault"},
}

// compare says in what the answers are not those of the engine, but for the
// differences that are known. One that is known and is none counts too.
func compare(engine string, want, got answers, known []difference) []string {
	var wrong []string
	seen, needed := map[field]bool{}, map[field]bool{}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		w, g := want[name], got[name]
		for _, d := range known {
			if !d.of(name) || !slices.Contains(d.engines, engine) {
				continue
			}
			lessW, lessG := without(w, "", d.path), without(g, "", d.path)
			inW, inG := diff(w, lessW), diff(g, lessG)
			seen[d.field] = seen[d.field] || inW+inG != ""
			needed[d.field] = needed[d.field] || inW != inG
			w, g = lessW, lessG
		}
		if d := diff(w, g); d != "" {
			wrong = append(wrong, fmt.Sprintf("%s of engine %s differs (- as recorded, + this swarm):\n%s", name, engine, d))
		}
	}
	for f := range seen {
		if seen[f] && !needed[f] {
			wrong = append(wrong, fmt.Sprintf("%q does not differ from engine %s, and the table says that it does", f, engine))
		}
	}
	return wrong
}

// without gives the answer without the field of this path.
func without(v any, at, path string) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			if inner := strings.TrimPrefix(at+"."+k, "."); inner != path {
				out[k] = without(x, inner, path)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = without(x, at+"[]", path)
		}
		return out
	}
	return v
}
