package detail

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
	"skep/ui/table"
	"skep/ui/theme"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a description, drawn as wide as a terminal of 80 columns,
// with the reviewed one.
func golden(t *testing.T, name string, in Input) {
	t.Helper()
	p := NewPager()
	p.SetLines(Describe(in))
	draw(p, 80, 1)
	var b strings.Builder
	for _, row := range draw(p, 80, 1+p.Below()) {
		b.WriteString(strings.TrimRight(row, " ") + "\n")
	}
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("%s differs from its golden file:\n%s", name, b.String())
	}
}

// contains checks what a description says.
func contains(t *testing.T, in Input, want ...string) string {
	t.Helper()
	text := textOf(Describe(in))
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing in:\n%s", w, text)
		}
	}
	return text
}

func TestDescribe_Goldens(t *testing.T) {
	r := load(t)
	for _, name := range []string{"shop_web", "shop_bad", "shop_once", "shop_agent", "shop_plain"} {
		golden(t, name, r.service(t, name))
	}
	in := r.service(t, "shop_web")
	in.Unmask, in.Glyphs = true, theme.New(theme.Look{Background: theme.Dark, ASCII: true}).Glyphs
	golden(t, "shop_web-unmasked-ascii", in)
	golden(t, "stack", r.input(model.StackName("shop").Ref(), nil))
	golden(t, "node-manager", r.input(r.cluster.Nodes()[0].Key().Ref(), nil))
	golden(t, "node-worker", r.input(r.cluster.Nodes()[3].Key().Ref(), nil))
	done := map[string]bool{}
	for _, raw := range r.tasks {
		task := taskOfRaw(raw)
		name := r.cluster.TaskName(task)
		if done[name] || name != "shop_web.1" && (name != "shop_once.1" || !task.Bad()) {
			continue
		}
		done[name] = true
		golden(t, "task-"+name, r.input(task.ID.Ref(), raw))
	}
	if len(done) != 2 {
		t.Errorf("described the tasks %v", done)
	}
}

func describeService(s *model.Service, opts ...testkit.ClusterOption) Input {
	c := testkit.Cluster(append([]testkit.ClusterOption{testkit.Services(s)}, opts...)...)
	return Input{Cluster: c, Ref: s.Key().Ref(), Now: testkit.Now, Glyphs: dark.Glyphs, UnmaskKey: "x"}
}

// A crash is as old as its end, however long the container ran before.
func TestDescribe_Service_TheLastCrashIsDatedByItsEnd(t *testing.T) {
	n, s := testkit.Node(), testkit.Service(testkit.Name("web"))
	died := testkit.Task(testkit.Of(s), testkit.Slot(1), testkit.On(n), testkit.Ago(14*24*time.Hour), testkit.Failed(1),
		testkit.WithTask(func(t *model.Task) {
			t.StateAt = testkit.Now.Add(-time.Minute)
			t.UpdatedAt = t.StateAt
		}))
	again := testkit.Task(testkit.Of(s), testkit.Slot(1), testkit.On(n), testkit.Ago(time.Minute))
	contains(t, describeService(s, testkit.Nodes(n), testkit.Tasks(again, died)), "1, the last one 1m ago")
	contains(t, describeService(s, testkit.Nodes(n), testkit.Tasks(died)), "0, ended 1m ago")
}

func TestDescribe_Service_TrueCountsAndTheEnginesClaim(t *testing.T) {
	up, down := testkit.Node(testkit.Hostname("w1")), testkit.Node(testkit.Hostname("w2"), testkit.Down())
	s := testkit.Service(testkit.Name("web"), testkit.Replicas(6), testkit.Reports(6, 6))
	var tasks []*model.Task
	for i := range 6 {
		on := up
		if i >= 4 {
			on = down
		}
		tasks = append(tasks, testkit.Task(testkit.Of(s), testkit.Slot(i+1), testkit.On(on)))
	}
	contains(t, describeService(s, testkit.Nodes(up, down), testkit.Tasks(tasks...)),
		"Up            4 of 6", "the engine reports 6", "2 tasks recorded as running on a node that is not ready", "✖ node lost")
}

func TestDescribe_Service_ErrorsWhole(t *testing.T) {
	long := "no suitable node (" + strings.Repeat("scheduling constraints not satisfied on 5 nodes; ", 20) + "END)"
	s := testkit.Service(testkit.Name("web"), testkit.Replicas(1), testkit.Updating(swarm.UpdateStatePaused, "update paused due to failure or early termination of task abc"))
	in := describeService(s, testkit.Tasks(testkit.Task(testkit.Of(s), testkit.Slot(1), testkit.Pending(long))))
	contains(t, in, long, "✖ paused", "update paused due to failure or early termination of task abc")
}

func TestDescribe_Service_Damaged(t *testing.T) {
	s := testkit.Service(testkit.DamagedService("ParseAddr(\"8.8.8.8:53\"): unexpected character"), testkit.WithService(func(s *model.Service) {
		s.Spec.TaskTemplate = swarm.TaskSpec{}
	}))
	contains(t, describeService(s), "partly unreadable: ParseAddr", "this service does not run containers")
}

func TestDescribe_Service_FromTheDocumentAlone(t *testing.T) {
	raw := json.RawMessage(`{"ID":"s1","Version":{"Index":7},"Spec":{"Name":"odd","TaskTemplate":{"ContainerSpec":{
		"Image":"reg.example:5000/a/b:1@sha256:` + strings.Repeat("0", 64) + `","Env":["A=b"],
		"DNSConfig":{"Nameservers":["8.8.8.8:53"],"Search":["x.example"]}}}}}`)
	ref := model.Ref{Kind: model.KindService, ID: "s1"}
	contains(t, Input{Ref: ref, Doc: model.Document{Ref: ref, Raw: raw, Version: 7}, Now: testkit.Now},
		"Service odd", "no longer in the swarm", "partly unreadable: ", "8.8.8.8:53", "A=b", "x.example",
		"Registry      reg.example:5000", "Repository    a/b", "Tag           1", "Digest        sha256:000")
}

func TestDescribe_Service_RollbackFromTheDocument(t *testing.T) {
	s := testkit.Service(testkit.Name("web"), testkit.Version(9))
	in := describeService(s)
	contains(t, in, "nothing: there is no previous spec")
	in.Doc = model.Document{Ref: in.Ref, Version: 9, Spec: json.RawMessage(`{"Mode":{"Replicated":{"Replicas":5}},"TaskTemplate":{"ContainerSpec":{"Env":["P_TOKEN=a"]}}}`),
		Previous: json.RawMessage(`{"Mode":{"Replicated":{"Replicas":3}},"TaskTemplate":{"ContainerSpec":{"Env":["P_TOKEN=b"]}}}`)}
	text := contains(t, in, "Mode.Replicated.Replicas\n    - 5\n    + 3\n", "Env[P_TOKEN]\n    - ******\n    + ******\n")
	if !strings.Contains(text, "A rollback would change  (values hidden; x shows)") {
		t.Errorf("no hint at hidden values:\n%s", text)
	}
	in.Unmask = true
	contains(t, in, "Env[P_TOKEN]\n    - a\n    + b\n")
	in.Unmask, in.Doc.Previous = false, json.RawMessage("null")
	contains(t, in, "nothing: there is no previous spec")
}

func TestDescribe_Service_ManyVariables(t *testing.T) {
	s := testkit.Service(testkit.Template(func(t *swarm.TaskSpec) {
		for i := range 10_000 {
			t.ContainerSpec.Env = append(t.ContainerSpec.Env, fmt.Sprintf("V%d=%d", i, i))
		}
	}))
	contains(t, describeService(s), "Environment (10000)", "V9999=9999")
}

func TestDescribe_Service_Mounts(t *testing.T) {
	s := testkit.Service(testkit.Template(func(t *swarm.TaskSpec) {
		t.ContainerSpec.Mounts = []mount.Mount{
			{Type: mount.TypeVolume, Target: "/anon"},
			{Type: mount.TypeVolume, Source: "nfs", Target: "/nfs", VolumeOptions: &mount.VolumeOptions{NoCopy: true,
				DriverConfig: &mount.Driver{Name: "local", Options: map[string]string{"o": "addr=10.0.0.1,username=u,password=pw", "type": "cifs"}}}},
			{Type: mount.TypeTmpfs, Target: "/t", TmpfsOptions: &mount.TmpfsOptions{SizeBytes: 1 << 20, Mode: 0o1770}},
			{Type: mount.TypeBind, Source: "/a", Target: "/b", ReadOnly: true, BindOptions: &mount.BindOptions{Propagation: mount.PropagationRSlave}},
		}
	}))
	text := contains(t, describeService(s), "Mounts (4)", "volume (anonymous) -> /anon", "driver local o=addr=10.0.0.1,username=u,password=******",
		"tmpfs -> /t (1MiB, mode 1770)", "bind /a -> /b (read-only, rslave)")
	if strings.Contains(text, "password=pw") {
		t.Error("the password of a volume is shown")
	}
}

func TestDescribe_Service_SwarmModesAndPlugins(t *testing.T) {
	for want, s := range map[string]*model.Service{
		"replicated, 3 replicas":                           testkit.Service(testkit.Replicas(3)),
		"replicated, 1 replica\n":                          testkit.Service(testkit.Replicas(1)),
		"global, one task on each node that fits":          testkit.Service(testkit.Global()),
		"replicated-job, 5 to complete, at most 2 at once": testkit.Service(testkit.Job(2, 5, 1)),
		"global-job, one completion on each node":          testkit.Service(testkit.GlobalJob(1)),
		"does not run containers":                          testkit.Service(testkit.Plugin("vieux/sshfs")),
	} {
		contains(t, describeService(s), want)
	}
}

func TestDescribe_Node(t *testing.T) {
	n := testkit.Node(testkit.Hostname("w1"), testkit.Availability(swarm.NodeAvailabilityDrain), testkit.NodeLabels(map[string]string{"zone": "a"}), testkit.Offers(4e9, 8<<30))
	twin := testkit.Node(testkit.Hostname("w1"), testkit.ID("another"))
	s := testkit.Service(testkit.Name("web"), testkit.Template(func(t *swarm.TaskSpec) {
		t.Resources = &swarm.ResourceRequirements{Reservations: &swarm.Resources{NanoCPUs: 1e9, MemoryBytes: 1 << 30}}
	}))
	c := testkit.Cluster(testkit.Nodes(n, twin), testkit.Services(s), testkit.Tasks(testkit.Task(testkit.Of(s), testkit.On(n), testkit.Slot(1))))
	in := Input{Cluster: c, Ref: n.Key().Ref(), Now: testkit.Now, Glyphs: dark.Glyphs}
	contains(t, in, "▲ drain: its tasks move elsewhere", "4 cpu, reserved 1 cpu (25%)", "8GiB, reserved 1GiB (12%)", "zone=a",
		"another node has the same hostname", "web.1  ● running")
	in.Cluster = testkit.Cluster(testkit.Nodes(n))
	contains(t, in, "reservations not known", "the tasks have not been read yet")
}

func TestDescribe_Task(t *testing.T) {
	n := testkit.Node(testkit.Hostname("w1"))
	s := testkit.Service(testkit.Name("web"))
	dead := testkit.Task(testkit.Of(s), testkit.On(n), testkit.Slot(1), testkit.Failed(137), testkit.ID("dead"), testkit.Ago(time.Hour))
	live := testkit.Task(testkit.Of(s), testkit.On(n), testkit.Slot(1), testkit.ID("live"))
	c := testkit.Cluster(testkit.Nodes(n), testkit.Services(s), testkit.Tasks(dead, live))
	in := Input{Cluster: c, Ref: dead.ID.Ref(), Now: testkit.Now, Glyphs: dark.Glyphs}
	contains(t, in, "Task web.1", "137 (SIGKILL: killed by force, or out of memory)", "Task history of the slot (1)", "● running", "the task has not been read yet")
	raw := json.RawMessage(`{"ID":"gone","ServiceID":"nobody","NodeID":"nowhere","Slot":3,"Status":{"State":"running"},"DesiredState":"running",
		"NetworksAttachments":[{"Network":{"ID":"n1","Spec":{"Name":"front"}},"Addresses":["10.0.0.3/24","broken"]},{"Network":{"ID":"n2"},"Addresses":["10.0.1.3/24"]}]}`)
	in.Ref, in.Doc = model.TaskID("gone").Ref(), model.Document{Raw: raw}
	back := testkit.Network("back", func(n *model.Network) { n.ID = "n2" })
	in.Cluster = testkit.Cluster(testkit.Nodes(n), testkit.Services(s), testkit.Tasks(dead, live), testkit.Objects(model.KindNetwork, back))
	contains(t, in, "Task nobody.3", "not among the tasks that were read", "✖ node lost", "back          10.0.1.3/24", "front", "partly unreadable")
}

func TestDescribe_UnknownObjects(t *testing.T) {
	for _, kind := range []model.Kind{model.KindService, model.KindNode, model.KindTask, model.KindStack, "", "volume"} {
		for _, c := range []*model.Cluster{nil, testkit.Cluster()} {
			for _, doc := range []string{"", "null", "{}", "[]", `{"ID":"other"}`, "{"} {
				in := Input{Cluster: c, Ref: model.Ref{Kind: kind, ID: "x"}, Doc: model.Document{Raw: json.RawMessage(doc)}}
				if len(Describe(in)) == 0 {
					t.Errorf("nothing is said of an unknown %q", kind)
				}
			}
		}
	}
}

func TestDescribe_HostileTextIsSafe(t *testing.T) {
	evil := "\x1b[2J\x1b]0;owned\x07a\r\nb\u202ec\x9b31m" + strings.Repeat("語", 50)
	s := testkit.Service(testkit.Name(evil), testkit.Image(evil), testkit.Stack(evil), testkit.ServiceLabels(map[string]string{evil: evil}),
		testkit.Updating(swarm.UpdateStatePaused, evil), testkit.DamagedService(evil), testkit.Template(func(t *swarm.TaskSpec) {
			c := t.ContainerSpec
			c.Env, c.Args, c.Command, c.User, c.Dir, c.Hosts = []string{evil, "K=" + evil}, []string{evil}, []string{evil}, evil, evil, []string{evil}
			c.Mounts = []mount.Mount{{Type: mount.Type(evil), Source: evil, Target: evil}}
			c.Secrets = []*swarm.SecretReference{nil, {SecretName: evil}, {SecretID: evil, File: &swarm.SecretReferenceFileTarget{Name: evil, UID: evil}}}
			c.Configs = []*swarm.ConfigReference{nil, {ConfigName: evil}}
			t.LogDriver = &swarm.Driver{Name: evil, Options: map[string]string{evil: evil}}
			t.Placement = &swarm.Placement{Constraints: []string{evil}, Preferences: []swarm.PlacementPreference{{}}}
			t.Networks = []swarm.NetworkAttachmentConfig{{Target: evil, Aliases: []string{evil}}}
		}))
	n := testkit.Node(testkit.Hostname(evil), testkit.NodeLabels(map[string]string{evil: evil}), testkit.WithNode(func(n *model.Node) {
		n.Description.Engine.Plugins = []swarm.PluginDescription{{Type: evil, Name: evil}}
		n.Status.Message, n.Status.Addr = evil, evil
	}))
	task := testkit.Task(testkit.Of(s), testkit.On(n), testkit.Slot(1), testkit.Failed(1), testkit.Err(evil))
	in := describeService(s, testkit.Nodes(n), testkit.Tasks(task))
	for _, ref := range []model.Ref{in.Ref, n.Key().Ref(), task.ID.Ref(), model.StackName(evil).Ref(), {Kind: model.KindNode, ID: evil}} {
		in.Ref = ref
		safe(t, in)
	}
}

// safe checks that every line can be drawn as it is.
func safe(t *testing.T, in Input) {
	t.Helper()
	p := NewPager()
	lines := Describe(in)
	p.SetLines(lines)
	for _, l := range lines {
		if s := l.String(); strings.ContainsAny(s, "\n\r") {
			t.Fatalf("%v: a line break in %q", in.Ref, s)
		}
	}
	for _, l := range p.lines {
		if table.Clean(l.text) != l.text {
			t.Fatalf("%v: %q is not safe", in.Ref, l.text)
		}
	}
	for _, size := range sizes {
		checkSize(t, fmt.Sprint(in.Ref), p.Render(dark, size[0], size[1]), size)
	}
}

// FuzzDescribe makes objects from any JSON and describes them, from the
// snapshot and from the document.
func FuzzDescribe(f *testing.F) {
	r := load(f)
	for _, raw := range append(r.services[:2:2], r.tasks[0], r.tasks[len(r.tasks)-1]) {
		f.Add([]byte(raw))
	}
	f.Add([]byte(`{"ID":"a","Spec":{"Name":"x","TaskTemplate":{"ContainerSpec":{"Healthcheck":{"Test":[]},"Secrets":[null],"Ulimits":[null]}},"Mode":{"Global":{}}},"PreviousSpec":{},"UpdateStatus":{"State":"updating"}}`))
	f.Add([]byte(`{"ID":"a","Slot":1,"Status":{"State":"failed","ContainerStatus":{"ExitCode":-1}},"Spec":{"Resources":{"Limits":{"NanoCPUs":-5}}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		one := []json.RawMessage{raw}
		c, now := snapshotOf(t, one, one, one)
		for _, kind := range []model.Kind{model.KindService, model.KindNode, model.KindTask, model.KindStack} {
			var id struct {
				ID   string
				Spec struct{ Labels map[string]string }
			}
			_ = json.Unmarshal(raw, &id)
			ref := model.Ref{Kind: kind, ID: id.ID}
			if kind == model.KindStack {
				ref.ID = id.Spec.Labels[model.LabelStack]
			}
			doc := model.Document{Ref: ref, Raw: raw, Version: 1 << 60, Spec: raw, Previous: json.RawMessage(`{"Env":["A_KEY=b"],"Args":["x"]}`)}
			safe(t, Input{Cluster: c, Ref: ref, Now: now, Glyphs: dark.Glyphs})
			safe(t, Input{Cluster: c, Ref: ref, Now: now, Doc: doc, Unmask: true})
		}
	})
}

// TestDescribe_LinesOfAValueAreNoVariables has values of several lines, one of
// which looks like a variable of its own.
func TestDescribe_LinesOfAValueAreNoVariables(t *testing.T) {
	svc := testkit.Service(testkit.Name("web"), testkit.ServiceLabels(map[string]string{"note": "one\nother=two"}),
		testkit.Template(func(t *swarm.TaskSpec) {
			t.ContainerSpec.Env = []string{"A=1", "CERT=-----BEGIN-----\r\nB=2\n-----END-----\n", "C=3"}
		}))
	text := textOf(Describe(Input{Cluster: testkit.Cluster(testkit.Services(svc)), Ref: svc.Key().Ref(), Now: testkit.Now, Glyphs: theme.Bare(true).Glyphs}))
	for _, want := range []string{"  A=1\n  CERT=-----BEGIN-----\n    | B=2\n    | -----END-----\n  C=3\n", "  note=one\n    | other=two\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
