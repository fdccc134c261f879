package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"skep/internal/logstream"
	"skep/lab"
	"skep/model"
)

// labPool connects a new pool to the hosts.
func labPool(t *testing.T, o Options) *Pool {
	t.Helper()
	p := openPool(t, o)
	// The nodes of a lab that just came up may still be electing a leader.
	lab.Eventually(t, time.Minute, func() error {
		_, err := p.Connect(within(t, time.Minute))
		return err
	})
	return p
}

// connectError is the error of connecting to one host.
func connectError(t *testing.T, host string, env map[string]string) error {
	t.Helper()
	p := openPool(t, Options{Hosts: []string{host}, Env: environment(t, env)})
	_, err := p.Connect(within(t, time.Minute))
	return err
}

// dockerCLI runs the docker command on a node.
func dockerCLI(t *testing.T, n *lab.Node, args ...string) string {
	t.Helper()
	out, err := n.Docker(args...)
	if err != nil {
		t.Fatalf("docker %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(out)
}

// TestLab_Reads compares what is read of a real swarm with what the docker
// command says.
func TestLab_Reads(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Managers(1), lab.Workers(1), lab.TLS())
	l.Image(t, "app:1")
	m := l.Manager(0)
	dockerCLI(t, m, "service", "create", "-d", "--no-resolve-image", "--name", "web", "--replicas", "3", "--label", "tier=front", "app:1")
	dockerCLI(t, m, "service", "create", "-d", "--no-resolve-image", "--name", "all", "--mode", "global", "app:1")
	dockerCLI(t, m, "service", "create", "-d", "--no-resolve-image", "--name", "fails", "--restart-condition", "none", "app:1", "sh", "-c", "exit 3")
	dockerCLI(t, m, "service", "create", "-d", "--no-resolve-image", "--name", "dns", "--dns", "8.8.8.8", "--constraint", "node.labels.x==y", "app:1")

	hosts := map[string]Options{
		"unix": {Hosts: []string{m.Host()}},
		"tcp and TLS": {Hosts: []string{"tcp://" + m.Forward(t)},
			Env: environment(t, map[string]string{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": l.CertPath()})},
		"tcp": {Hosts: []string{"tcp://" + plain(t, m.Sock())}},
	}
	for name, o := range hosts {
		t.Run(name, func(t *testing.T) {
			p := labPool(t, o)
			lab.Eventually(t, time.Minute, func() error { return compareReads(t, p, m) })
		})
	}
}

func compareReads(t *testing.T, p *Pool, m *lab.Node) error {
	session, err := p.Connect(t.Context())
	if err == nil {
		session, err = p.Complete(t.Context(), session)
	}
	if err != nil {
		return err
	}
	if want := dockerCLI(t, m, "info", "--format", "{{.Name}} {{.Swarm.NodeID}} {{.ServerVersion}}"); want !=
		fmt.Sprintf("%s %s %s", session.Endpoint, session.NodeID, session.Engine) || session.Swarm == "" || session.TaskHistory != 5 {
		return fmt.Errorf("got session %+v, want %s", session, want)
	}
	services, _, err := p.Services(t.Context())
	if err != nil {
		return err
	}
	nodes, _, err := p.Nodes(t.Context())
	if err != nil {
		return err
	}
	tasks, size, err := p.Tasks(t.Context(), model.TaskQuery{})
	if err != nil {
		return err
	}
	listed, _, err := p.List(t.Context(), model.KindNetwork)
	if err != nil {
		return err
	}
	networks := map[string]string{}
	for _, n := range listed {
		networks[n.Meta().Ref.ID] = n.Meta().Name
	}
	var got []string
	for _, s := range services {
		got = append(got, fmt.Sprintf("%s %s %d/%d %s", s.Name(), s.Mode(), s.ServiceStatus.RunningTasks, s.ServiceStatus.DesiredTasks, s.Image()))
	}
	if err := sameLines("services", got, dockerCLI(t, m, "service", "ls", "--format", "{{.Name}} {{.Mode}} {{.Replicas}} {{.Image}}")); err != nil {
		return err
	}
	got = nil
	for _, n := range nodes {
		got = append(got, fmt.Sprintf("%s %s %s", n.ID, n.Hostname(), n.Status.State))
	}
	if err := sameLines("nodes", got, strings.ToLower(dockerCLI(t, m, "node", "ls", "--format", "{{.ID}} {{.Hostname}} {{.Status}}"))); err != nil {
		return err
	}
	got = nil
	failed := false
	for _, task := range tasks {
		said := task.Err
		if said != "" {
			said = `"` + said + `"`
		}
		got = append(got, fmt.Sprintf("%s %s %s", task.ID, task.Desired, said))
		if task.ExitCode == 3 && task.Exited && task.Bad() {
			failed = true
		}
	}
	if err := sameLines("tasks", got, dockerCLI(t, m, "service", "ps", "--no-trunc", "--format", "{{.ID}} {{lower .DesiredState}} {{.Error}}", "web", "all", "fails", "dns")); err != nil {
		return err
	}
	if !failed {
		return fmt.Errorf("no task has exited with 3")
	}
	for _, line := range strings.Split(dockerCLI(t, m, "network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}}"), "\n") {
		if id, name, _ := strings.Cut(line, " "); networks[id] != name {
			return fmt.Errorf("network %s is %q, want %q", id, networks[id], name)
		}
	}
	return compareFiltered(t, p, services, nodes, size)
}

// compareFiltered checks the filters against the whole list.
func compareFiltered(t *testing.T, p *Pool, services []*model.Service, nodes []*model.Node, whole int64) error {
	for _, s := range services {
		tasks, size, err := p.Tasks(t.Context(), model.TaskQuery{Services: []model.ServiceID{s.Key(), "0000000000000000000000000"}})
		if err != nil || size >= whole || slices.ContainsFunc(tasks, func(task *model.Task) bool { return task.ServiceID != s.Key() }) {
			return fmt.Errorf("tasks of %s: %v, %d bytes, %w", s.Name(), tasks, size, err)
		}
		for _, task := range tasks {
			if task.Spec.Print != s.Print {
				return fmt.Errorf("the task %s of %s looks out of date", task.ID, s.Name())
			}
		}
	}
	for _, n := range nodes {
		tasks, _, err := p.Tasks(t.Context(), model.TaskQuery{Node: n.Key()})
		if err != nil || len(tasks) == 0 || slices.ContainsFunc(tasks, func(task *model.Task) bool { return task.NodeID != n.Key() }) {
			return fmt.Errorf("tasks on %s: %v, %w", n.Hostname(), tasks, err)
		}
	}
	_, _, err := p.Tasks(t.Context(), model.TaskQuery{Node: "0000000000000000000000000"})
	if !errors.Is(err, model.ErrGone) {
		return fmt.Errorf("tasks on a node that is gone: %w", err)
	}
	return nil
}

func sameLines(what string, got []string, want string) error {
	for i := range got {
		got[i] = strings.TrimSpace(got[i])
	}
	lines := strings.Split(want, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	slices.Sort(got)
	slices.Sort(lines)
	if !slices.Equal(got, lines) {
		return fmt.Errorf("%s: got\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
	return nil
}

// plain passes connections to a loopback port on to a socket, as an engine
// that listens without TLS would.
func plain(t *testing.T, socket string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("unix", socket)
			if err != nil {
				_ = from.Close()
				continue
			}
			pass := func(a, b net.Conn) {
				_, _ = io.Copy(a, b)
				_, _ = a.Close(), b.Close()
			}
			go pass(from, to)
			go pass(to, from)
		}
	}()
	return l.Addr().String()
}

// TestLab_Writes writes to a real swarm: versioned, conflicting, rolled back,
// read-only.
func TestLab_Writes(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Managers(1), lab.Workers(1))
	l.Image(t, "app:1")
	m := l.Manager(0)
	id := dockerCLI(t, m, "service", "create", "-d", "--no-resolve-image", "--name", "web", "--mount", "type=volume,target=/z", "--mount", "type=volume,target=/a", "app:1")
	ref := model.ServiceID(id).Ref()
	p := labPool(t, Options{Hosts: []string{m.Host()}})

	before := inspect(t, p, ref)
	scaled := bytes.Replace(before.Spec, []byte(`"Replicas":1`), []byte(`"Replicas":2`), 1)
	if bytes.Equal(scaled, before.Spec) {
		t.Fatalf("no replicas in %s", before.Spec)
	}
	if _, err := p.Update(t.Context(), model.Write{Swarm: p.shared.swarm.known(), Ref: ref, Version: before.Version, Spec: scaled}); err != nil {
		t.Fatal(err)
	}
	after := inspect(t, p, ref)
	if !sameJSON(t, after.Spec, scaled) || !sameJSON(t, after.Previous, before.Spec) {
		t.Errorf("the engine has\n%s\nand before\n%s\nwant\n%s\nand\n%s", after.Spec, after.Previous, scaled, before.Spec)
	}
	_, err := p.Update(t.Context(), model.Write{Swarm: p.shared.swarm.known(), Ref: ref, Version: before.Version, Spec: scaled})
	if !errors.Is(err, model.ErrConflict) || isTrouble(err) {
		t.Errorf("a stale version: %v", err)
	}
	if _, err := p.Update(t.Context(), model.Write{Swarm: p.shared.swarm.known(), Ref: ref, Version: inspect(t, p, ref).Version, Spec: after.Spec, Rollback: true}); err != nil {
		t.Errorf("the rollback: %v", err)
	}
	if back := inspect(t, p, ref); !sameJSON(t, back.Spec, before.Spec) {
		t.Errorf("after the rollback the engine has\n%s\nwant\n%s", back.Spec, before.Spec)
	}
	_, err = p.Update(t.Context(), model.Write{Swarm: p.shared.swarm.known(), Ref: ref, Version: inspect(t, p, ref).Version, Spec: []byte(`{"Name":"renamed"}`)})
	if err == nil || isTrouble(err) || errors.Is(err, model.ErrConflict) {
		t.Errorf("an impossible specification: %v", err)
	}

	drainAndBack(t, p, l)

	readOnly := labPool(t, Options{Hosts: []string{m.Host()}, ReadOnly: true})
	_, err = readOnly.Update(t.Context(), model.Write{Swarm: p.shared.swarm.known(), Ref: ref, Version: inspect(t, p, ref).Version, Spec: before.Spec})
	if !errors.Is(err, model.ErrReadOnly) || readOnly.Stats().Writes != 0 {
		t.Errorf("read-only: %v, %+v", err, readOnly.Stats())
	}
	if err := p.Remove(t.Context(), model.Write{Swarm: p.shared.swarm.known(), Ref: ref}); err != nil {
		t.Error(err)
	}
	_, err = p.Update(t.Context(), model.Write{Swarm: p.shared.swarm.known(), Ref: ref, Version: 1, Spec: before.Spec})
	wantGone(t, err)
	_, err = p.Inspect(t.Context(), ref)
	wantGone(t, err)
	wantGone(t, p.Remove(t.Context(), model.Write{Swarm: p.shared.swarm.known(), Ref: ref}))
	_, err = p.OpenLogs(t.Context(), logstream.Query{Service: id})
	wantGone(t, err)
}

func drainAndBack(t *testing.T, p *Pool, l *lab.Lab) {
	t.Helper()
	id, err := l.Worker(0).ID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	node := model.NodeID(id).Ref()
	doc := inspect(t, p, node)
	if doc.Name != l.Worker(0).Name {
		t.Errorf("got node name %q", doc.Name)
	}
	drained := bytes.Replace(doc.Spec, []byte(`"active"`), []byte(`"drain"`), 1)
	if _, err := p.Update(t.Context(), model.Write{Swarm: p.shared.swarm.known(), Ref: node, Version: doc.Version, Spec: drained}); err != nil {
		t.Fatal(err)
	}
	if got := dockerCLI(t, l.Manager(0), "node", "inspect", "--format", "{{.Spec.Availability}}", id); got != "drain" {
		t.Errorf("the node is %s", got)
	}
	if _, err := p.Update(t.Context(), model.Write{Swarm: p.shared.swarm.known(), Ref: node, Version: doc.Version, Spec: doc.Spec}); !errors.Is(err, model.ErrConflict) {
		t.Errorf("a stale version of a node: %v", err)
	}
	if err := p.Remove(t.Context(), model.Write{Swarm: p.shared.swarm.known(), Ref: node}); err == nil || isTrouble(err) {
		t.Errorf("removing a node that is up: %v", err)
	}
}

func inspect(t *testing.T, p *Pool, ref model.Ref) model.Document {
	t.Helper()
	doc, err := p.Inspect(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if err := errors.Join(json.Unmarshal(a, &x), json.Unmarshal(b, &y)); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(x) == fmt.Sprint(y)
}

// TestLab_Streams follows events and logs of a real swarm.
func TestLab_Streams(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Managers(1))
	l.Image(t, "app:1")
	m := l.Manager(0)
	p := labPool(t, Options{Hosts: []string{m.Host()}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events, errs := p.Events(ctx)
	// Nothing between the subscription and here may be missed.
	id := dockerCLI(t, m, "service", "create", "-d", "--no-resolve-image", "--name", "talks", "app:1", "sh", "-c", "echo hello from here; exec sleep 1000")
	dockerCLI(t, m, "service", "scale", "-d", "talks=2")
	waitFor := func(what string, fits func(model.Event) bool) {
		for deadline := time.After(lab.Busy * 20 * time.Second); ; {
			select {
			case e := <-events:
				if fits(e) {
					return
				}
			case err := <-errs:
				t.Fatalf("waiting for %s: %v", what, err)
			case <-deadline:
				t.Fatalf("no %s", what)
			}
		}
	}
	waitFor("creation", func(e model.Event) bool { return e.Kind == "service" && e.Action == "create" && e.ID == id })
	waitFor("scaling", func(e model.Event) bool { return e.ID == id && e.Attributes["replicas.new"] == "2" })

	lab.Eventually(t, time.Minute, func() error {
		body, err := p.OpenLogs(t.Context(), logstream.Query{Service: id, Tail: 10})
		if err != nil {
			return err
		}
		defer body.Close()
		data, err := io.ReadAll(body)
		if text := string(data); err != nil || strings.Count(text, "hello from here") != 2 || !strings.Contains(text, "com.docker.swarm.task.id=") {
			return fmt.Errorf("got %q, %w", text, err)
		}
		return nil
	})
	body, err := p.OpenLogs(ctx, logstream.Query{Service: id, Tail: 10, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	cancel()
	if _, err := io.ReadAll(body); !errors.Is(err, context.Canceled) {
		t.Errorf("logs after the end: %v", err)
	}
	for range events {
	}
	if err := <-errs; !errors.Is(err, context.Canceled) {
		t.Errorf("events after the end: %v", err)
	}
}

// TestLab_Image resolves an image at a real registry that wants a login.
func TestLab_Image(t *testing.T) {
	t.Parallel()
	// The platform of an image is not told where that is a lone OCI manifest, as
	// containerd's are.
	t.Run("the engine's images", func(t *testing.T) {
		t.Parallel()
		checkImage(t, true)
	})
	t.Run("containerd's images", func(t *testing.T) {
		t.Parallel()
		checkImage(t, false, lab.ContainerdImages())
	})
}

func checkImage(t *testing.T, tells bool, opts ...lab.Option) {
	l := lab.Up(t, append(opts, lab.RegistryLogin("somebody", "secret"))...)
	l.Image(t, "app:1")
	remote, err := l.Push("app:1")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "config.json"), fmt.Sprintf(`{"auths":{%q:{"auth":"c29tZWJvZHk6c2VjcmV0"}}}`, l.RegistryHost()))
	p := labPool(t, Options{Hosts: []string{l.Manager(0).Host()}, Env: environment(t, map[string]string{"DOCKER_CONFIG": dir})})
	got, err := p.ResolveImage(t.Context(), remote)
	if err != nil || !strings.HasPrefix(got.Pinned, remote+"@sha256:") {
		t.Errorf("got %+v, %v", got, err)
	}
	if n := len(got.Platforms); n > 1 || n == 0 && tells || n == 1 && got.Platforms[0].OS != "linux" {
		t.Errorf("got %+v, %v", got, err)
	}
	for name, o := range map[string]Options{"without the login": {Hosts: []string{l.Manager(0).Host()}}} {
		if got, err := labPool(t, o).ResolveImage(t.Context(), remote); err == nil || isTrouble(err) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	if got, err := p.ResolveImage(t.Context(), l.RegistryHost()+"/nothing:1"); err == nil || isTrouble(err) {
		t.Errorf("an image that is not there: got %+v, %v", got, err)
	}
	// The pinned image runs, with the credentials that went along.
	m := l.Manager(0)
	id := dockerCLI(t, m, "service", "create", "-d", "--no-resolve-image", "--name", "web", "app:1")
	doc := inspect(t, p, model.ServiceID(id).Ref())
	spec := bytes.Replace(doc.Spec, []byte(`"Image":"app:1"`), []byte(`"Image":"`+got.Pinned+`"`), 1)
	warnings, err := p.Update(t.Context(), model.Write{Swarm: p.shared.swarm.known(), Ref: doc.Ref, Version: doc.Version, Spec: spec, Image: got.Pinned})
	if err != nil || len(warnings) > 0 {
		t.Fatal(warnings, err)
	}
	lab.Eventually(t, time.Minute, func() error {
		tasks, _, err := p.Tasks(t.Context(), model.TaskQuery{Services: []model.ServiceID{model.ServiceID(id)}})
		if err != nil {
			return err
		}
		for _, task := range tasks {
			if task.Image() == got.Pinned && task.State == "running" {
				return nil
			}
		}
		return fmt.Errorf("no task runs %s", got.Pinned)
	})
}
