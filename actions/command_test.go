package actions

import (
	"slices"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// The words are right in POSIX shells, zsh and fish, and hold nothing that a
// terminal acts on.
func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"web":                 "web",
		"a b":                 "'a b'",
		"it's":                `'it'\''s'`,
		`a\b`:                 `'a'\\'b'`,
		"=ls":                 "'=ls'",
		"k=v":                 "k=v",
		"":                    "''",
		"x\x1b[201~\ncurl|sh": "'x curl|sh'",
		"$(id)":               "'$(id)'",
	} {
		if got := quote(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestCommand_NamesNoSecrets(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"service", "update", "--env-add", "DB_PASSWORD=hunter2", "web"}, "# without its secrets: docker service update --env-add 'DB_PASSWORD=******' web"},
		{[]string{"service", "update", "--args", "-u app:hunter2", "web"}, "# without its secrets: docker service update --args '-u app:******' web"},
		{[]string{"service", "update", "--secret-add", "source=db_password,target=pw", "--publish-add", "8080:80", "--user", "1000:1000", "web"},
			"docker service update --secret-add source=db_password,target=pw --publish-add 8080:80 --user 1000:1000 web"},
		{[]string{"service", "update", "--secret-rm", "db_password", "web"}, "docker service update --secret-rm db_password web"},
	} {
		if got := command(c.args...); got != c.want {
			t.Errorf("%q is %s, want %s", c.args, got, c.want)
		}
	}
}

// Whoever answers in an engine's place may give a service a name that does
// something when it is pasted: no command of any action has it.
func TestCommand_NamesByIDWhatCannotBeTyped(t *testing.T) {
	n := testkit.Node()
	hostile := testkit.Name("web\n$(id)")
	states := []*model.Service{
		testkit.Service(hostile, testkit.Replicas(3), previous(oldImage)),
		testkit.Service(hostile, testkit.Replicas(3), previous(oldImage), testkit.Updating(swarm.UpdateStatePaused, "failed")),
		testkit.Service(hostile, testkit.Replicas(3), previous(oldImage), testkit.Updating(swarm.UpdateStateUpdating, "update in progress")),
		testkit.Service(hostile, testkit.Replicas(0), previous(func(s *swarm.ServiceSpec) { testkitReplicas(s, 3) })),
	}
	values := map[string]map[string]string{
		"scale": {"replicas": "5"}, "image": {"image": "example/app:2"}, "label": {"labels": "a=b"}, "resources": {"memory-limit": "1g"},
		"env": {"env": "A=b"}, "constraint": {"constraints": "node.role==worker"},
	}
	planned := map[string]bool{}
	// No command of docker's does those, or they need two services.
	others := []string{revertVerb, greenVerb, switchVerb, switchBackVerb, finishVerb}
	for _, s := range states {
		for _, a := range actions {
			if a.Kind != model.KindService || a.Text != nil || slices.Contains(others, a.Verb) {
				continue
			}
			in := inputFor(t, s, values[a.Verb], testkit.Nodes(n, testkit.Node(testkit.Hostname("worker2"))), testkit.Tasks(allOf(s, n)...))
			if a.Patient { // It is planned when the registry has answered.
				in.Image = &model.ResolvedImage{Pinned: "example/app:1@" + digestOf("c")}
			}
			p, err := a.Plan(in)
			if err != nil {
				continue
			}
			planned[a.Verb] = planned[a.Verb] || len(p.Commands) > 0
			for _, c := range slices.Concat(p.Commands, p.Undo.Commands) {
				if !strings.Contains(c, s.ID) || strings.Contains(c, "id)") {
					t.Errorf("%s: %s", a.Verb, c)
				}
			}
		}
	}
	for _, a := range actions {
		if a.Kind == model.KindService && a.Text == nil && !slices.Contains(others, a.Verb) && !planned[a.Verb] {
			t.Errorf("%s was not planned", a.Verb)
		}
	}
}
