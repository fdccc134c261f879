package simswarm_test

import (
	"strings"
	"testing"
)

func TestCompare_HidesOnlyWhatTheTableSays(t *testing.T) {
	recorded := answers{"node": map[string]any{"Name": "a", "Old": true}, "list": []any{map[string]any{"Name": "a"}}}
	swarm := answers{"node": map[string]any{"Name": "a"}, "list": []any{map[string]any{"Name": "b"}}}
	old := difference{[]string{"20.10"}, field{"node", "Old"}, "it went"}
	name := difference{[]string{"20.10"}, field{"", "[].Name"}, "it changed"}
	same := difference{[]string{"20.10"}, field{"node", "Name"}, "it is the same"}
	elsewhere := difference{[]string{"20.10"}, field{"service", "Name"}, "nothing asks for it here"}
	tests := []struct {
		name   string
		engine string
		known  []difference
		want   []string
	}{
		{"all known", "20.10", []difference{old, name, elsewhere}, nil},
		{"one unknown", "20.10", []difference{name}, []string{"node of engine 20.10 differs"}},
		{"known of another engine", "28.5", []difference{old, name}, []string{"list of engine 28.5 differs", "node of engine 28.5 differs"}},
		{"none", "20.10", []difference{old, name, same}, []string{`{"node" "Name"} does not differ from engine 20.10`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := compare(tt.engine, recorded, swarm, tt.known)
			if len(got) != len(tt.want) {
				t.Fatalf("%q, want %q", got, tt.want)
			}
			for i, w := range tt.want {
				if !strings.HasPrefix(got[i], w) {
					t.Errorf("%q, want %q", got[i], w)
				}
			}
		})
	}
}
