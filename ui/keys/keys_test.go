package keys

import (
	"fmt"
	"testing"
)

// scopesOfScreens are the scopes as screens combine them.
var scopesOfScreens = [][]Scope{
	{Services, List, Everywhere}, {TaskList, Tasks, List, Everywhere}, {TaskList, Tasks, List, Services, Everywhere}, {Nodes, List, Everywhere},
	{Stacks, List, Everywhere}, {ProblemList, List, Everywhere}, {ProblemList, List, Nodes, Everywhere}, {List, Everywhere},
	{Text, Everywhere}, {Text, Services, Everywhere}, {Logs, Everywhere}, {Logs, Services, Everywhere},
}

// clash finds two bindings on one key in one scope.
func clash(t Table) error {
	seen := map[string]Command{}
	for _, b := range t {
		for _, k := range b.Keys {
			id := string(b.Scope) + " " + k
			if other, ok := seen[id]; ok {
				return fmt.Errorf("%s: %s and %s", id, other, b.Command)
			}
			seen[id] = b.Command
		}
	}
	return nil
}

func TestAll_NoTwoBindingsOnOneKey(t *testing.T) {
	if err := clash(Standard()); err != nil {
		t.Error(err)
	}
	if clash(Table{{Scope: List, Keys: []string{"x"}}, {Scope: List, Keys: []string{"y", "x"}}}) == nil {
		t.Error("a clash is not found")
	}
}

func TestAll_SaysWhatItDoes(t *testing.T) {
	for _, b := range Standard() {
		if b.Command == "" || b.Scope == "" || len(b.Keys) == 0 || b.Title == "" || b.Help == "" {
			t.Errorf("incomplete: %+v", b)
		}
	}
}

func TestFind_NarrowestScopeFirst(t *testing.T) {
	b, ok := Standard().Find([]Scope{Nodes, List, Everywhere}, "c")
	if !ok || b.Command != Pause {
		t.Errorf("c on nodes is %v", b.Command)
	}
	b, ok = Standard().Find([]Scope{Services, List, Everywhere}, "c")
	if !ok || b.Command != Copy {
		t.Errorf("c on services is %v", b.Command)
	}
	if _, ok := Standard().Find([]Scope{List}, "ctrl+alt+f12"); ok {
		t.Error("an unbound key was found")
	}
}

func TestIn_LeavesOutWhatIsHidden(t *testing.T) {
	for _, b := range Standard().In([]Scope{Nodes, List, Everywhere}) {
		if b.Command == Copy {
			t.Error("copy is offered on nodes, where c pauses")
		}
	}
}

func TestFooter_EveryScreenHasHelpAndCommand(t *testing.T) {
	for _, scopes := range scopesOfScreens {
		found := map[Command]bool{}
		for _, b := range Standard().Footer(scopes) {
			found[b.Command] = true
		}
		if !found[Help] || !found[CommandLine] {
			t.Errorf("%v: no hint at help or the command line", scopes)
		}
	}
}

// TestYes_IsNoOtherKey: a slip of the fingers applies nothing.
func TestYes_IsNoOtherKey(t *testing.T) {
	for _, b := range standard {
		for _, k := range b.Keys {
			if k == Yes && b.Scope != Previews && b.Scope != Quitting {
				t.Errorf("%s is %s in %s as well", k, b.Command, b.Scope)
			}
		}
	}
}
