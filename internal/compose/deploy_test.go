package compose_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/actions"
	"skep/internal/compose"
	"skep/internal/engine"
	"skep/internal/journal"
	"skep/internal/releases"
	"skep/internal/simswarm"
	"skep/model"
)

// console is a swarm, and what a command has of it.
type console struct {
	*engine.Pool
	session model.Session
	writes  atomic.Int64
	dir     string
	now     func() time.Time // as the swarm has it
	ledger  *releases.Store  // Nil for none.
	// unread is why an object cannot be read; nil for all.
	unread func(model.Ref) error
}

func (c *console) Inspect(ctx context.Context, ref model.Ref) (model.Document, error) {
	if _, _, _, _, err := ref.ParseRelease(); err == nil && c.ledger != nil {
		return c.ledger.Inspect(ctx, ref)
	}
	if c.unread != nil {
		if err := c.unread(ref); err != nil {
			return model.Document{}, err
		}
	}
	return c.Pool.Inspect(ctx, ref)
}

func (c *console) Create(ctx context.Context, w model.Write) (string, []string, error) {
	c.writes.Add(1)
	return c.Pool.Create(ctx, w)
}

func (c *console) Update(ctx context.Context, w model.Write) ([]string, error) {
	c.writes.Add(1)
	return c.Pool.Update(ctx, w)
}

func (c *console) Remove(ctx context.Context, w model.Write) error {
	c.writes.Add(1)
	return c.Pool.Remove(ctx, w)
}

// simulated is a console of a swarm in memory.
func simulated(t *testing.T) *console {
	t.Helper()
	clock := simswarm.FastClock(20)
	s := simswarm.New(simswarm.Bare(1, 2), simswarm.WithClock(clock))
	t.Cleanup(s.Close)
	host, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	c := connected(t, host)
	c.now = clock.Now
	return c
}

func connected(t *testing.T, host string) *console {
	t.Helper()
	c := &console{dir: t.TempDir(), now: time.Now}
	var err error
	if c.Pool, err = engine.Open(engine.Options{Hosts: []string{host}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if c.session, err = c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// file writes a file beside the stack's.
func (c *console) file(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// snapshot reads all that a deployment is planned from.
func (c *console) snapshot(t *testing.T) *model.Cluster {
	t.Helper()
	b, now := model.NewBuilder(nil), c.now()
	services, _, err := c.Services(t.Context())
	nodes, _, err2 := c.Nodes(t.Context())
	tasks, _, err3 := c.Tasks(t.Context(), model.TaskQuery{})
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	b.SetSession(c.session)
	b.SetServices(services, now)
	b.SetNodes(nodes, now)
	b.SetTasks(model.TaskQuery{}, tasks, now)
	for _, kind := range []model.Kind{model.KindNetwork, model.KindConfig, model.KindSecret} {
		objects, _, err := c.List(t.Context(), kind)
		if err != nil {
			t.Fatal(err)
		}
		b.SetObjects(kind, objects, now)
	}
	return b.Build(now)
}

// plan plans the deployment of a file's text.
func (c *console) plan(t *testing.T, stack, text string, how actions.Deployment) (actions.Plan, error) {
	t.Helper()
	c.file(t, "stack.yaml", text)
	return c.planFile(t, stack, filepath.Join(c.dir, "stack.yaml"), how)
}

func (c *console) planFile(t *testing.T, stack, file string, how actions.Deployment) (actions.Plan, error) {
	t.Helper()
	loaded, err := compose.Load(compose.Source{Files: []string{file}})
	if err != nil {
		t.Fatal(err)
	}
	want, err := loaded.Stack(stack)
	if err != nil {
		t.Fatal(err)
	}
	if how.Resolve == "" {
		how.Resolve = actions.ResolveNever
	}
	r := actions.Request{Action: actions.Deploy(want, how), Targets: []actions.Target{{Ref: model.StackName(stack).Ref(), Name: stack}}}
	at := c.snapshot(t)
	docs := r.Read(t.Context(), c, at, nil)
	p := r.Propose(at, docs, actions.ResolveAll(t.Context(), c, r.Images(at, docs)))[0]
	return p.Plan, p.Err
}

// deploy plans and writes.
func (c *console) deploy(t *testing.T, stack, text string, how actions.Deployment) (actions.Plan, actions.Result) {
	t.Helper()
	p, err := c.plan(t, stack, text, how)
	if err != nil {
		t.Fatal(err)
	}
	r := actions.Run(t.Context(), c, p, nil)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	return p, r
}

// same fails unless a deployment finds nothing to do.
func (c *console) same(t *testing.T, stack, text string, how actions.Deployment) {
	t.Helper()
	if p, err := c.plan(t, stack, text, how); !errors.Is(err, actions.ErrNoChange) {
		t.Errorf("it differs: %v %v", err, p.Changes)
	}
}

// names are those of a stack's objects of a kind.
func (c *console) names(t *testing.T, kind model.Kind) []string {
	t.Helper()
	at := c.snapshot(t)
	var out []string
	if kind.Info().Decode == nil {
		for _, s := range at.Services() {
			out = append(out, s.Name())
		}
		return out
	}
	for _, o := range model.Listed[model.Object](at, kind) {
		if o.Meta().Stack != "" {
			out = append(out, o.Meta().Name)
		}
	}
	slices.Sort(out)
	return out
}

const shop = `
services:
  web:
    image: nginx:1
    environment: {B: "2", A: "1"}
    configs: [{source: conf, target: /etc/conf}]
    secrets: [key]
    networks: [front, back]
    ports: ["8080:80"]
    volumes: ["data:/data", {type: tmpfs, target: /tmp}]
    healthcheck: {test: [CMD, "true"], interval: 5s}
    deploy: {replicas: 2, update_config: {parallelism: 2}, resources: {limits: {memory: 64M}}, placement: {constraints: [node.role==worker]}}
  db: {image: nginx:1, networks: [back], deploy: {endpoint_mode: dnsrr}}
  agent: {image: nginx:1, deploy: {mode: global}}
networks: {front: {attachable: true}, back: {internal: true}}
volumes: {data: {}}
configs: {conf: {file: ./conf}}
secrets: {key: {file: ./key}}
`

func TestDeploy_WritesWhatDiffers(t *testing.T) {
	c := simulated(t)
	c.file(t, "conf", "a=1\n")
	c.file(t, "key", "k1")
	if p, _ := c.deploy(t, "shop", shop, actions.Deployment{}); p.Title != "deploy shop: 8 created" {
		t.Errorf("planned %q", p.Title)
	}
	c.writes.Store(0)
	c.same(t, "shop", shop, actions.Deployment{Prune: true})
	if n := c.writes.Load(); n > 0 {
		t.Errorf("%d writes for what does not differ", n)
	}

	p, _ := c.deploy(t, "shop", strings.Replace(shop, `A: "1"`, `A: "7"`, 1), actions.Deployment{})
	if len(p.Changes) != 1 || p.Changes[0].String() != "shop_web: TaskTemplate.ContainerSpec.Env[A]: 1 -> 7" || c.writes.Load() != 1 {
		t.Errorf("planned %v, written %d", p.Changes, c.writes.Load())
	}
	c.same(t, "shop", strings.Replace(shop, `A: "1"`, `A: "7"`, 1), actions.Deployment{})
	c.deploy(t, "shop", shop, actions.Deployment{})

	without := strings.Replace(shop, "  agent: {image: nginx:1, deploy: {mode: global}}\n", "", 1)
	without = strings.Replace(without, "networks: [front, back]", "networks: [back]", 1)
	without = strings.Replace(without, "networks: {front: {attachable: true}, back", "networks: {back", 1)
	c.deploy(t, "shop", without, actions.Deployment{})
	if got := c.names(t, model.KindService); len(got) != 3 {
		t.Errorf("without --prune there are %q", got)
	}
	p, _ = c.deploy(t, "shop", without, actions.Deployment{Prune: true})
	if p.Risk != actions.Destructive || !slices.Equal(c.names(t, model.KindService), []string{"shop_db", "shop_web"}) {
		t.Errorf("risk %v, there are %q", p.Risk, c.names(t, model.KindService))
	}
	if got := c.names(t, model.KindNetwork); !slices.Equal(got, []string{"shop_back", "shop_front"}) {
		t.Errorf("the networks are %q: one is needed still by the version before of a service", got)
	}
}

func TestDeploy_RotatesWhatHasAnotherContent(t *testing.T) {
	c := simulated(t)
	c.file(t, "conf", "a=1\n")
	c.file(t, "key", "k1")
	c.deploy(t, "shop", shop, actions.Deployment{})
	c.file(t, "conf", "a=2\n")
	c.file(t, "key", "k2")
	// The engine changes the content of no config, and refuses what docker asks for.
	if p, err := c.plan(t, "shop", shop, actions.Deployment{Files: []string{"c.yaml"}}); err != nil || len(p.Commands) != 0 {
		t.Errorf("docker does not do the same: %v, %q", err, p.Commands)
	}
	p, r := c.deploy(t, "shop", shop, actions.Deployment{})
	if len(p.Steps) != 3 || len(p.Changes) != 4 {
		t.Errorf("planned %v", p.Changes)
	}
	c.same(t, "shop", shop, actions.Deployment{Prune: true})
	for _, kind := range []model.Kind{model.KindConfig, model.KindSecret} {
		if got := c.names(t, kind); len(got) != 2 {
			t.Errorf("the %s before is not kept: %q", kind, got)
		}
	}
	for _, d := range actions.Dids(p, r) {
		if d.Ref.Kind == model.KindSecret && strings.Contains(string(d.After), "Data") {
			t.Errorf("what is written down has the secret in it: %s", d.After)
		}
	}
	// Back to the content before: the version that is there is taken.
	c.file(t, "conf", "a=1\n")
	c.file(t, "key", "k1")
	if p, _ = c.deploy(t, "shop", shop, actions.Deployment{}); len(p.Steps) != 1 {
		t.Errorf("planned %v", p.Changes)
	}
	// Once more elsewhere: nothing refers to the second versions any more.
	c.deploy(t, "shop", strings.Replace(shop, `A: "1"`, `A: "7"`, 1), actions.Deployment{})
	p, _ = c.deploy(t, "shop", strings.Replace(shop, `A: "1"`, `A: "7"`, 1), actions.Deployment{Prune: true})
	if len(p.Steps) != 2 || p.Risk != actions.Destructive {
		t.Errorf("planned %v", p.Changes)
	}
}

// TestDeploy_PrunesNothingThatAReleaseNeeds: a config that neither a service nor its
// version before names, and a release does, stays and is named; so does everything
// where the releases cannot be read.
func TestDeploy_PrunesNothingThatAReleaseNeeds(t *testing.T) {
	c := simulated(t)
	c.ledger = releases.New(t.TempDir())
	recorder := releases.NewRecorder(c.ledger, nil)
	c.file(t, "key", "k1")
	for _, content := range []string{"a=1\n", "a=2\n", "a=3\n"} {
		c.file(t, "conf", content)
		c.deploy(t, "shop", shop, actions.Deployment{})
		if err := recorder.See(t.Context(), c.snapshot(t)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.plan(t, "shop", shop, actions.Deployment{Prune: true, Ledger: true})
	if err == nil || !strings.Contains(err.Error(), "the config shop_conf is kept: release 1 of shop_web") {
		t.Errorf("%v", err)
	}
	p, err := c.plan(t, "shop", shop, actions.Deployment{Prune: true})
	if err != nil || len(p.Steps) != 1 || p.Steps[0].Name != "shop_conf" {
		t.Errorf("without a ledger: %v, %v", p.Changes, err)
	}
	c.ledger = nil // The engine keeps none.
	_, err = c.plan(t, "shop", shop, actions.Deployment{Prune: true, Ledger: true})
	if err == nil || !strings.Contains(err.Error(), "the ledger cannot be read") {
		t.Errorf("unread: %v", err)
	}
}

// TestDeploy_TakenBackKeepsWhatARollbackNeeds: an undo leaves the version of a config
// that the service had until then; that of a stack which goes with it is removed.
func TestDeploy_TakenBackKeepsWhatARollbackNeeds(t *testing.T) {
	c := simulated(t)
	j := journal.New(filepath.Join(t.TempDir(), "journal.jsonl"), os.Getenv)
	do := func(p actions.Plan) string {
		t.Helper()
		r := actions.Run(t.Context(), c, p, func(e actions.Entry) {
			if err := j.Write(c.session, e); err != nil {
				t.Error(err)
			}
		})
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		return r.Entry
	}
	back := func(entry string) actions.Plan {
		t.Helper()
		undo, _ := actions.Find(model.KindRecord, "undo")
		request, at := actions.Request{Action: undo, Targets: []actions.Target{{Ref: model.Ref{Kind: model.KindRecord, ID: entry}, Name: entry}}}, c.snapshot(t)
		p := request.Propose(at, request.Read(t.Context(), j.Over(c), at, nil), nil)[0]
		if p.Err != nil {
			t.Fatal(p.Err)
		}
		return p.Plan
	}
	deploy := func() string {
		t.Helper()
		p, err := c.plan(t, "shop", shop, actions.Deployment{})
		if err != nil {
			t.Fatal(err)
		}
		return do(p)
	}
	c.file(t, "conf", "a=1\n")
	c.file(t, "key", "k1")
	first := deploy()
	c.file(t, "conf", "a=2\n")
	p := back(deploy())
	if !strings.Contains(strings.Join(p.Warnings, "\n"), "shop_web needs it to go back to what it is now") {
		t.Errorf("warned %q", p.Warnings)
	}
	if len(p.Changes) != 1 || p.Changes[0].Before == p.Changes[0].After || p.Changes[0].After != "shop_conf" {
		t.Errorf("a config that becomes another version is one line: %v", p.Changes)
	}
	do(p)
	if got := c.names(t, model.KindConfig); len(got) != 2 {
		t.Errorf("the version that a rollback needs is gone: %q", got)
	}
	do(back(first))
	if got := slices.Concat(c.names(t, model.KindService), c.names(t, model.KindSecret)); len(got) > 0 {
		t.Errorf("left of the stack: %q", got)
	}
}

// TestDeploy_NamesNoVerbForTheStack: what is better done first with a service that is
// being updated is said in words; with the stack it cannot be done.
func TestDeploy_NamesNoVerbForTheStack(t *testing.T) {
	c := simulated(t)
	file := func(env string) string {
		return "services: {web: {image: \"nginx:1\", environment: {A: \"" + env + "\"}, deploy: {replicas: 2, update_config: {delay: 10m}}}}"
	}
	c.deploy(t, "shop", file("1"), actions.Deployment{})
	c.byHand(t, "shop_web", func(s *swarm.ServiceSpec) { s.TaskTemplate.ContainerSpec.Env = []string{"A=2"} })
	p, err := c.plan(t, "shop", file("3"), actions.Deployment{})
	if err != nil || !strings.Contains(strings.Join(p.Impact.Sentences, "\n"), "shop_web: roll back first") || p.Instead != "" {
		t.Errorf("%v: %q, %q", err, p.Impact.Sentences, p.Instead)
	}
}

// TestDeploy_PrunesWhatItCanRead: what is gone already is passed over, and what cannot
// be read is an error.
func TestDeploy_PrunesWhatItCanRead(t *testing.T) {
	c := simulated(t)
	c.deploy(t, "shop", `services: {old: {image: "nginx:1", networks: [back]}, web: {image: "nginx:1"}}
networks: {back: {}}`, actions.Deployment{})
	const text = `services: {web: {image: "nginx:1"}}`
	slow := errors.New("no answer within 10s")
	for _, tt := range []struct {
		kind model.Kind
		err  error
		want error
	}{{model.KindService, slow, slow}, {model.KindNetwork, slow, slow}, {model.KindService, model.ErrGone, actions.ErrNoChange}} {
		c.unread = func(ref model.Ref) error {
			if m, _ := c.snapshot(t).Find(ref); ref.Kind == tt.kind && (m.Name == "shop_old" || m.Name == "shop_back") {
				return tt.err
			}
			return nil
		}
		if _, err := c.plan(t, "shop", text, actions.Deployment{Prune: true}); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v is no answer to %v", tt.kind, err, tt.err)
		}
	}
}

// TestDeploy_WarnsOfWhatComesBefore: what has nothing new holds nothing up, and is named
// where it does not run and others come after it.
func TestDeploy_WarnsOfWhatComesBefore(t *testing.T) {
	c := simulated(t)
	file := func(web, last string) string {
		return "services: {db: {image: \"nginx:1\", deploy: {placement: {constraints: [\"node.labels.a==b\"]}}}, web: {image: \"nginx:1\", networks: [back], depends_on: [db], environment: {A: \"" +
			web + "\"}}, " + last + ": {image: \"nginx:1\"}}\nnetworks: {back: {}, front: {}}"
	}
	const says = "shop_db (0 of 1 up)"
	c.deploy(t, "shop", file("1", "a"), actions.Deployment{})
	p, err := c.plan(t, "shop", file("2", "a"), actions.Deployment{})
	if err != nil || !strings.Contains(strings.Join(p.Warnings, "\n"), says) {
		t.Errorf("%v: %q", err, p.Warnings)
	}
	for _, quiet := range []struct {
		file string
		how  actions.Deployment
	}{{file("2", "a"), actions.Deployment{Together: true}}, {file("1", "b"), actions.Deployment{}}} {
		if p, err := c.plan(t, "shop", quiet.file, quiet.how); err != nil || strings.Contains(strings.Join(p.Warnings, "\n"), says) {
			t.Errorf("nothing comes after it: %v, %q", err, p.Warnings)
		}
	}
	p, err = c.plan(t, "shop", strings.Replace(file("1", "a"), "[back]", "[front]", 1), actions.Deployment{})
	if text := fmt.Sprint(p.Changes); err != nil || !strings.Contains(text, "Networks[shop_back]") {
		t.Errorf("networks are not called by their names: %v, %s", err, text)
	}
}

// TestDeploy_MakesAnewWhatChangesItsMode: of the mode nothing was changed by hand, the
// preview tells everything that is different, and what was changed by hand goes over
// where it is to be kept.
func TestDeploy_MakesAnewWhatChangesItsMode(t *testing.T) {
	c := simulated(t)
	file := func(text string) string { return "services: {web: {image: \"nginx:1\", " + text + "}}" }
	c.deploy(t, "shop", file("deploy: {replicas: 2}"), actions.Deployment{})
	c.byHand(t, "shop_web", func(s *swarm.ServiceSpec) { s.TaskTemplate.ContainerSpec.Env = []string{"BY=hand"} })
	global := file(`ports: ["8080:80"], deploy: {mode: global}`)
	for _, keep := range []bool{false, true} {
		p, err := c.plan(t, "shop", global, actions.Deployment{KeepDrift: keep})
		if err != nil || len(p.Steps) != 1 || p.Steps[0].Op != actions.OpReplace || p.Risk != actions.Destructive {
			t.Fatalf("%v: planned %v", err, p.Changes)
		}
		said := strings.Join(slices.Concat(p.Warnings, p.Impact.Sentences), "\n")
		changes := fmt.Sprint(p.Changes)
		if strings.Contains(said, "hand since the last deploy, and taken back (--keep-drift leaves it): Mode") || !strings.Contains(changes, "8080") || !strings.Contains(changes, "Mode.Global") {
			t.Errorf("%s\n%s", said, changes)
		}
		if kept := strings.Contains(string(p.Steps[0].Spec), "BY=hand"); kept != keep || keep == strings.Contains(changes, "BY") {
			t.Errorf("kept %v, wanted %v; %s", kept, keep, changes)
		}
	}
}

// TestDeploy_RotatesByName: by the one in the swarm or the one in the files, and no other.
func TestDeploy_RotatesByName(t *testing.T) {
	c := simulated(t)
	c.file(t, "conf", "a=1\n")
	c.file(t, "key", "k1")
	c.deploy(t, "shop", shop, actions.Deployment{})
	for _, name := range []string{"key", "shop_key"} {
		if p, err := c.plan(t, "shop", shop, actions.Deployment{Rotate: []string{name}}); err != nil || len(p.Steps) != 2 {
			t.Errorf("%s: %v, planned %v", name, err, p.Changes)
		}
	}
	if _, err := c.plan(t, "shop", shop, actions.Deployment{Rotate: []string{"kee"}}); err == nil || !strings.Contains(err.Error(), "not in the files: kee") {
		t.Errorf("of one that is not there: %v", err)
	}
}
