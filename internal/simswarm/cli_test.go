package simswarm

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"skep/internal/testkit"
)

// docker runs the docker command against the swarm.
type docker struct {
	t    *testing.T
	host string
	conf string
}

func newDocker(t *testing.T, s *Swarm) docker {
	t.Helper()
	if _, err := exec.LookPath("docker"); err != nil {
		if os.Getenv("SKEP_LAB") == "required" {
			t.Fatal(err)
		}
		t.Skip("needs the docker command: " + err.Error())
	}
	host, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	return docker{t, host, t.TempDir()}
}

func (d docker) run(args ...string) string {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "docker", append([]string{"-H", d.host}, args...)...)
	cmd.Env = append(os.Environ(), "DOCKER_CONFIG="+d.conf, "DOCKER_CONTEXT=", "DOCKER_HOST=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.t.Errorf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// says runs a command and looks for texts in its output.
func (d docker) says(args string, want ...string) {
	d.t.Helper()
	out := d.run(strings.Fields(args)...)
	for _, w := range want {
		if !strings.Contains(out, w) {
			d.t.Errorf("docker %s does not say %q:\n%s", args, w, out)
		}
	}
}

func TestCLI_ReadsTheDemo(t *testing.T) {
	s := New(Demo())
	defer s.Close()
	d := newDocker(t, s)
	d.says("version", EngineVersion, APIVersion)
	d.says("info", "Swarm: active", "Managers: 3", "Nodes: 8")
	d.says("node ls", "fra1-mgr1", "Leader", "Reachable", "Drain")
	d.says("service ls", "shop_web", "5/6", "0/1", "replicated job", "*:8080->80/tcp")
	d.says("service ps --no-trunc shop_search", "Pending", `"no suitable node (scheduling constraints not satisfied on 7 nodes`)
	d.says("service ps shop_payments", "task: non-zero exit (1)")
	d.says("service logs --tail 2 shop_payments", "shop_payments.1.", "level=fatal")
	d.says("service logs --tail 3 --timestamps shop_web", "HTTP/1.1", "202")
	if testing.Short() {
		return // Each of these starts the docker command.
	}
	d.says("service inspect --pretty shop_api", "paused", "update paused due to failure or early termination of task")
	d.says("stack ls", "shop", "monitoring", "data")
	d.says("stack ps data", "data_postgres.1", "Running")
	d.says("stack services shop", "shop_cart")
	d.says("node ps fra1-wrk5", "data_postgres.1")
	d.says("network ls", "shop_backend", "overlay")
	d.says("secret ls", "shop_jwt_key")
	d.says("config ls", "shop_web_nginx_r12")
	d.says("ps", "CONTAINER ID")
}

func TestCLI_ChangesTheDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the docker command often")
	}
	s := New(Demo(), WithClock(FastClock(10)))
	defer s.Close()
	d := newDocker(t, s)
	if testkit.Slow() { // One change is waited for as the command does it, in real time.
		d.says("service scale data_redis=2", "converged")
	}
	d.says("service scale -d shop_web=5")
	d.says("service rollback -d shop_payments")
	d.says("node update --availability active fra1-wrk4")
	d.says("service update -d --image registry.shop.example/cart:1.23.0 shop_cart")
	d.says("service update -d --no-resolve-image --image registry.shop.example/mailer:typo shop_mailer")
	d.says("node update --availability drain fra1-wrk1")
	d.says("node update --label-add disk=ssd fra1-wrk2")
	d.says("service create -d --name mine --replicas 3 nginx:1.29")
	d.comesToSay("service ls --format {{.Name}}={{.Replicas}}", "mine=3/3", "shop_payments=2/2", "shop_web=5/5", "shop_api=5/6", "shop_search=1/1", "node-exporter=7/7")
	d.comesToSay("service ps shop_cart", "cart:1.23.0")
	d.comesToSay("service ps shop_search", "fra1-wrk4")
	d.comesToSay("service ps --no-trunc shop_mailer", `failed to resolve reference "registry.shop.example/mailer:typo": registry.shop.example/mailer:typo: not found`)
	d.says("service rm mine", "mine")
}

// comesToSay waits until the output of a command has all of the texts.
func (d docker) comesToSay(args string, want ...string) {
	d.t.Helper()
	var out string
	for range 150 {
		out = d.run(strings.Fields(args)...)
		missing := false
		for _, w := range want {
			missing = missing || !strings.Contains(out, w)
		}
		if !missing {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	d.t.Errorf("docker %s never says %q:\n%s", args, want, out)
}
