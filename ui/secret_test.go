package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// planted are the secrets that are planted in every text: of every sort where tests
// are wanted in full, as the patterns that find them take long in so many places.
// That each sort is found is held in model.
var planted = sync.OnceValue(func() []testkit.Planted { return testkit.Some(testkit.Secrets()) })

// everySecret is a text with all of them in it.
func everySecret() string {
	var all []string
	for _, p := range planted() {
		all = append(all, p.Text)
	}
	return strings.Join(all, "\n")
}

// secretSpec is a task's specification with secrets wherever a text may stand.
func secretSpec(spec *swarm.TaskSpec) {
	all := everySecret()
	named := map[string]string{"note": all, "password": "plain-by-name", "addr": "x,password=y-by-name"}
	c := spec.ContainerSpec
	c.Env = []string{"NOTE=" + all, "DB_PASSWORD=plain-by-name"}
	c.Labels = named
	c.Command, c.Args = []string{"sh", "-c", all}, nil
	for _, p := range planted() {
		if p.Command && !strings.ContainsAny(p.Text, `'"`) {
			c.Args = append(append(c.Args, strings.Fields(p.Text)...), "&&")
		}
	}
	c.Healthcheck = &container.HealthConfig{Test: []string{"CMD-SHELL", all}}
	c.Mounts = []mount.Mount{{Type: mount.TypeVolume, Target: "/data", VolumeOptions: &mount.VolumeOptions{
		Labels: named, DriverConfig: &mount.Driver{Name: "local", Options: named}}}}
	c.Sysctls = named
	spec.LogDriver = &swarm.Driver{Name: "gelf", Options: named}
}

// secretsOut fails the test if a text tells a secret. The shortest are left out:
// they are also parts of words.
func secretsOut(t *testing.T, where, text string) {
	t.Helper()
	for _, p := range append(slices.Clone(planted()), testkit.Planted{Secrets: []string{"plain-by-name", "y-by-name"}}) {
		for _, s := range p.Leaks(text) {
			if len(s) > 5 {
				at := strings.Index(text, s)
				t.Errorf("%s tells %q of %q: ...%s", where, s, p.Text, text[max(0, at-60):min(len(text), at+len(s)+20)])
				return
			}
		}
	}
}

// secretCluster is a swarm with secrets in all that is said and set in it.
func secretCluster() *model.Cluster {
	all := everySecret()
	node := testkit.Node(testkit.Hostname("manager1"), testkit.Leader())
	node.Status.Message = all
	node.Spec.Labels = map[string]string{"note": all, "password": "plain-by-name"}
	node.Description.Engine.Labels = node.Spec.Labels
	service := testkit.Service(testkit.Name("web"), testkit.Image("nginx:1"), testkit.Stack("shop"), testkit.Template(secretSpec),
		testkit.WithService(func(s *model.Service) {
			s.Spec.Labels["note"], s.Spec.Labels["password"] = all, "plain-by-name"
			before := s.Spec
			before.TaskTemplate.ContainerSpec = &swarm.ContainerSpec{Image: "nginx:0", Env: []string{"OTHER=" + all}, Args: []string{"sh", "-c", all}}
			before.Labels = map[string]string{"other": all}
			s.PreviousSpec = &before
		}), testkit.Updating(swarm.UpdateStatePaused, all))
	task := testkit.Task(testkit.Of(service), testkit.Slot(1), testkit.On(node), testkit.Err(all), testkit.WithTask(func(t *model.Task) {
		t.State, t.Message = swarm.TaskStateRejected, all
	}))
	c := testkit.Cluster(testkit.Nodes(node), testkit.Services(service), testkit.TasksFor(model.TaskQuery{}, testkit.Now, task))
	return c
}

// TestSecret_EveryWayOut has secrets of every sort in every text of the swarm,
// and looks for them in all that leaves the console.
func TestSecret_EveryWayOut(t *testing.T) {
	t.Parallel()
	c := secretCluster()
	failing := errors.New(everySecret())
	backend := Backend{Warning: "the context is odd: " + everySecret()}
	onDesk(t, Options{Backend: backend}, c, 180, 400, func(t *testing.T, d *desk) {
		d.engine.resolve = func(context.Context, string) (model.ResolvedImage, error) { return model.ResolvedImage{}, failing }
		look := func(where string) {
			v := d.View()
			secretsOut(t, where, unwrapped(v))
			secretsOut(t, where+" in the title", v.WindowTitle)
			if d.dialog() != nil {
				secretsOut(t, where+" in the plan", fmt.Sprint(d.dialog().plan.Title, d.dialog().plan.Commands, d.dialog().plan.Undo, d.dialog().plan.Warnings, d.dialog().plan.Changes))
			}
		}
		for view, keys := range map[string]string{
			"services": "w d c q y c q r esc b esc ctrl+d esc", "tasks": "d c q y q", "nodes": "w d c q y q r esc", "stacks": "", "problems": "d q",
		} {
			d.command(view)
			look(view)
			for key := range strings.FieldsSeq(keys) {
				d.press(key)
				look(view + " after " + key)
			}
		}
		for _, m := range d.got {
			if text, ok := clipboard(m); ok {
				secretsOut(t, "the clipboard", text)
			}
		}
		d.command("services")
		d.engine.update = func(model.Write) ([]string, error) { return []string{everySecret()}, failing }
		d.press("r")
		d.apply()
		look("a write that failed")
		d.press("esc")
		d.engine.inspect = func(context.Context, model.Ref) (model.Document, error) { return model.Document{}, failing }
		for _, key := range []string{"d", "q", "y", "q", "r", "esc"} {
			d.press(key)
			look("an object that cannot be read after " + key)
		}
		for _, err := range []error{failing, &model.Trouble{Situation: model.Unreachable, Host: "tcp://app:plain-by-name@10.0.0.1:2376", Cause: failing}} {
			out := *c
			out.Outage = &model.Outage{Since: testkit.Now, Err: err}
			d.feed.push(&out)
			d.rest()
			look("an outage")
			d.press("!")
			look("an outage that is looked at")
			d.press("q")
		}
	})
	for _, view := range []string{"services", "tasks", "nodes", "problems"} {
		r, err := NewReport(Options{View: view})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		c := *c
		c.Outage = &model.Outage{Since: testkit.Now, Err: failing}
		if err := r.Print(&out, &c, testkit.Now); err != nil {
			t.Fatal(err)
		}
		secretsOut(t, "the report of "+view, out.String())
	}
}

// unwrapped is what a screen shows, without the ends of its lines, between which
// a secret could stand.
func unwrapped(v tea.View) string {
	text := ansi.Strip(v.Content)
	var joined strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		joined.WriteString(strings.TrimSpace(line))
	}
	return text + "\n" + joined.String()
}
