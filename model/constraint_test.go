package model_test

import (
	"strings"
	"testing"

	"skep/internal/testkit"
	"skep/model"
)

func TestConstraint_Matches(t *testing.T) {
	n := testkit.Node(testkit.ID("abc123"), testkit.Hostname("Worker1"), testkit.NodeLabels(map[string]string{"zone": "A", "Rack": "7"}),
		testkit.WithNode(func(n *model.Node) {
			n.Status.Addr = "10.1.2.3"
			n.Description.Engine.Labels = map[string]string{"disk": "ssd"}
		}))
	tests := []struct {
		text string
		want bool
	}{
		{"node.id == abc123", true}, {"node.id==ABC123", true}, {"node.id != abc123", false},
		{"node.hostname==worker1", true}, {"NODE.HOSTNAME==worker1", true}, {"node.hostname!=other", true},
		{"node.role==worker", true}, {"node.role == Worker", true}, {"node.role!=manager", true},
		{"node.labels.zone==a", true}, {"node.labels.Zone==a", false}, {"Node.Labels.zone==a", true},
		{"node.labels.rack==7", false}, {"node.labels.Rack==7", true},
		{"node.labels.none!=x", true}, {"node.labels.none==x", false},
		{"engine.labels.disk==SSD", true}, {"engine.labels.disk!=ssd", false}, {"engine.labels.none!=ssd", true},
		{"node.platform.os==linux", true}, {"node.platform.arch==x86_64", true}, {"node.platform.arch==amd64", false},
		{"node.ip==10.1.2.3", true}, {"node.ip!=10.1.2.3", false}, {"node.ip==10.1.0.0/16", true}, {"node.ip!=10.1.0.0/16", false},
		{"node.ip==10.2.0.0/16", false}, {"node.ip==nonsense", false}, {"node.ip!=nonsense", false},
		{"node.unknown==x", false}, {"node.unknown!=x", false}, {"node.labels.==x", false}, {"engine.labels.!=x", false},
	}
	for _, tt := range tests {
		c, err := model.ParseConstraint(tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if got := c.Matches(n); got != tt.want {
			t.Errorf("%s: %v, want %v (%s)", tt.text, got, tt.want, c.Explain(n))
		}
	}
}

func TestConstraint_RoleIsTheOneThatANodeHas(t *testing.T) {
	c, err := model.ParseConstraint("node.role==manager")
	if err != nil {
		t.Fatal(err)
	}
	promoting := testkit.Node(testkit.WithNode(func(n *model.Node) { n.Spec.Role = "manager" }))
	if c.Matches(promoting) || !c.Matches(testkit.Node(testkit.Manager())) {
		t.Error("a node that is only to become a manager counts as one, or a manager does not")
	}
}

func TestParseConstraint_Errors(t *testing.T) {
	for _, text := range []string{"", "node.role", "==x", "node.role==", "node.role= worker", "node role==x", "a==b",
		"1node==x", "node.role==a;b", "node.role==ä", "node.role!=x==y"} {
		if c, err := model.ParseConstraint(text); err == nil {
			t.Errorf("%q: got %+v, want an error", text, c)
		}
	}
	if _, err := model.ParseConstraints([]string{"node.role==worker", "x"}); err == nil {
		t.Error("a list with a wrong one was read")
	}
}

func TestConstraint_Explain(t *testing.T) {
	n := testkit.Node(testkit.NodeLabels(map[string]string{"zone": "b"}))
	for text, want := range map[string]string{
		"node.labels.zone==a": "node.labels.zone==a (the node has b)",
		"node.labels.x != a":  "node.labels.x!=a (the node has none)",
		"node.what==a":        "node.what==a (no such property)",
	} {
		c, err := model.ParseConstraint(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Explain(n); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func FuzzParseConstraint(f *testing.F) {
	for _, s := range []string{"node.role==worker", "node.labels.a-b_c.d != x y", "node.ip==10.0.0.0/8", "==", "!=", "a!=b==c", "\x00==1"} {
		f.Add(s)
	}
	n := testkit.Node()
	f.Fuzz(func(t *testing.T, text string) {
		c, err := model.ParseConstraint(text)
		if err != nil {
			return
		}
		again, err := model.ParseConstraint(c.String())
		if err != nil || again != c {
			t.Errorf("%q is %+v, and that reads as %+v, %v", text, c, again, err)
		}
		if strings.Contains(c.Key, "=") || c.Value == "" {
			t.Errorf("%q is %+v", text, c)
		}
		other := c
		other.Not = !c.Not
		if c.Matches(n) && other.Matches(n) {
			t.Errorf("%q and its opposite both match", text)
		}
	})
}
