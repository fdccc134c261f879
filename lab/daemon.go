package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// startTimeout is how long an engine may take until it answers; it takes
	// under a second on an idle machine.
	startTimeout = 4 * time.Minute
	// stopTimeout is how long an engine may take to stop its containers, which
	// get ten seconds before they are killed.
	stopTimeout = 2 * time.Minute
)

// daemon is a program that runs in namespaces of the lab.
type daemon struct {
	lab  *Lab
	name string
	// host is the host name it sees, and the folder of its log and PID.
	host      string
	namespace string
}

func (d daemon) dir() string            { return filepath.Join(d.lab.Dir, d.host) }
func (d daemon) file(ext string) string { return filepath.Join(d.dir(), d.name+ext) }

// process returns what was started last, which may be gone by now.
func (d daemon) process() Process {
	var p Process
	if readJSON(d.file(".pid"), &p) != nil {
		return Process{}
	}
	return p
}

// ownFolders are the machine's folders that a node has its own of. Engines
// write there whatever they are told: the files of a network's balancer, the
// sockets of shims and plugins, the lock of iptables. What the machine has
// there is out of their reach, its D-Bus too.
var ownFolders = []string{"/run", "/var/lib"}

// settle gives the program that follows the node's host name and folders. What
// it mounts ends with the last process of the node. The shell ends up as the
// program itself, so its PID stays the program's, and closes the pipe on 3.
const settle = `hostname "$0" && mount -n --bind "$1" "$2" && mount -n --bind "$3" "$4" && shift 4 && exec "$@" 3>&-`

// start runs the program in the network namespace of the node and in other
// namespaces of its own, and returns once they are as they have to be.
//
// It enters the namespace with nsenter: `ip netns exec` would mount a fresh
// /sys and so hide the cgroups from the engine.
func (d daemon) start(args ...string) error {
	argv := []string{"--net=" + namespacePath(d.namespace),
		"unshare", "--uts", "--mount", "--propagation", "slave", "sh", "-c", settle, d.host}
	for _, folder := range ownFolders {
		own := filepath.Join(d.dir(), "own", folder)
		if err := os.MkdirAll(own, 0o755); err != nil {
			return err
		}
		argv = append(argv, own, folder)
	}
	settled, pipe, err := os.Pipe()
	if err != nil {
		return err
	}
	defer settled.Close()
	err = d.run(argv, args, pipe)
	pipe.Close()
	if err != nil {
		return err
	}
	// It ends when the program is reached, or when nothing is left to reach it.
	_, err = io.Copy(io.Discard, settled)
	return err
}

// startBeside runs the program in all the namespaces of another.
func (d daemon) startBeside(other daemon, args ...string) error {
	target := strconv.Itoa(other.process().PID)
	return d.run([]string{"--target", target, "--net", "--uts", "--mount", "--root"}, args)
}

// run runs the program through nsenter with these arguments.
func (d daemon) run(enter, args []string, files ...*os.File) error {
	program, err := lookPath(d.lab.Config, args[0])
	if err != nil {
		return err
	}
	if err := os.MkdirAll(d.tmp(), 0o700); err != nil {
		return err
	}
	log, err := os.OpenFile(d.file(".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command("nsenter", append(append(enter, program), args[1:]...)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = files
	cmd.Env = d.env()
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	p, err := processOf(cmd.Process.Pid)
	d.lab.children.Go(func() { _ = cmd.Wait() })
	if err != nil {
		return err
	}
	return writeJSON(d.file(".pid"), p)
}

// end sends a signal and waits until the program is gone.
func (d daemon) end(s syscall.Signal, timeout time.Duration) error {
	p := d.process()
	if err := p.signal(s); errors.Is(err, os.ErrProcessDone) {
		return nil
	} else if err != nil {
		return err
	}
	for deadline := time.Now().Add(timeout); p.Alive(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("%s of %s does not end", d.name, d.host)
		}
	}
	return nil
}

// tail returns the last lines that the program logged.
func (d daemon) tail() string {
	const lines = 5
	data, _ := os.ReadFile(d.file(".log"))
	all := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

func (n *Node) engine() daemon     { return daemon{n.lab, "dockerd", n.Name, n.namespace()} }
func (n *Node) containerd() daemon { return daemon{n.lab, "containerd", n.Name, n.namespace()} }

// startDaemons starts both programs and waits until the engine answers.
//
// Every node has a containerd of its own: an engine that is given none takes
// the machine's, if one runs, and its containers would be the machine's. The
// two share all namespaces, because each uses what the other mounts.
func (n *Node) startDaemons(ctx context.Context) error {
	if n.engine().process().Alive() {
		return fmt.Errorf("%s runs already", n.Name)
	}
	if err := n.writeConfig(); err != nil {
		return err
	}
	// A stale PID file keeps an engine from starting when its number is in use.
	os.Remove(n.path("engine.pid"))
	if !n.containerd().process().Alive() {
		if err := n.containerd().start("containerd", "--config", n.path("containerd.toml")); err != nil {
			return err
		}
	}
	// Not every version of the engine waits for it before it says that it is up.
	if err := n.wait(ctx, n.dialContainerd, n.containerd()); err != nil {
		return err
	}
	if err := n.engine().startBeside(n.containerd(), n.engineCommand()...); err != nil {
		return err
	}
	return n.wait(ctx, n.pingEngine, n.containerd(), n.engine())
}

func (n *Node) engineCommand() []string {
	l := n.lab
	args := []string{l.Config.dockerd(),
		"--config-file", n.path("dockerd.json"),
		"--data-root", n.path("data"),
		"--exec-root", n.path("exec"),
		"--pidfile", n.path("engine.pid"),
		"--containerd", n.path("containerd.sock"),
		"--exec-opt", "native.cgroupdriver=cgroupfs",
		"--cgroup-parent", "/" + l.Record.cgroup(),
		"-H", n.Host(),
	}
	if l.Config.TLS {
		args = append(args, "-H", fmt.Sprintf("tcp://%s:%d", n.IP(), tlsPort), "--tlsverify",
			"--tlscacert", l.tlsPath("ca.pem"),
			"--tlscert", l.tlsPath("server-cert.pem"),
			"--tlskey", l.tlsPath("server-key.pem"))
	}
	if l.Config.Registry {
		args = append(args, "--insecure-registry", l.RegistryHost())
	}
	return args
}

// writeConfig writes the files that keep both programs away from the
// machine's own: /etc/docker and /opt/containerd.
func (n *Node) writeConfig() error {
	config := map[string]any{}
	if n.lab.Config.ContainerdImages {
		config["features"] = map[string]bool{"containerd-snapshotter": true}
	}
	if keyInConfig(n.lab.Config) {
		config["deprecated-key-path"] = n.path("key.json")
	}
	if err := writeJSON(n.path("dockerd.json"), config); err != nil {
		return err
	}
	toml := fmt.Sprintf(`version = 2
root = %q
state = %q
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = %q
[plugins."io.containerd.internal.v1.opt"]
  path = %q
`, n.path("containerd/root"), n.path("containerd/state"), n.path("containerd.sock"), n.path("containerd/opt"))
	return os.WriteFile(n.path("containerd.toml"), []byte(toml), 0o600)
}

func (n *Node) pingEngine(ctx context.Context) error {
	return n.API(ctx, "GET", "/_ping", nil, nil)
}

func (n *Node) dialContainerd(ctx context.Context) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", n.path("containerd.sock"))
	if err != nil {
		return err
	}
	return conn.Close()
}

// wait waits until a program answers, or says with the end of its log why it
// does not. Those that it stands on must not end either.
func (n *Node) wait(ctx context.Context, ask func(context.Context) error, programs ...daemon) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		for _, d := range programs {
			if !d.process().Alive() {
				return fmt.Errorf("%s of %s ended:\n%s", d.name, n.Name, d.tail())
			}
		}
		select {
		case <-ctx.Done():
			last := programs[len(programs)-1]
			return fmt.Errorf("%s of %s does not answer: %w:\n%s", last.name, n.Name, err, last.tail())
		case <-time.After(30 * time.Millisecond):
		}
	}
}

func (c Config) dockerd() string {
	if c.Dockerd == "" {
		return "dockerd"
	}
	return c.Dockerd
}

// binDir is the folder of a chosen engine, empty for the machine's.
func (c Config) binDir() string {
	if !strings.Contains(c.Dockerd, "/") {
		return ""
	}
	return filepath.Dir(c.Dockerd)
}

func (d daemon) tmp() string { return filepath.Join(d.dir(), "tmp") }

// env lets an engine find its own shim and runc first, and keeps from it what
// is meant for others: a proxy out of reach, a socket of systemd's, a runtime
// folder that a node does not see. Firewalld would be told over D-Bus, which
// may go by a path, to let the node's networks into the machine's firewall.
func (d daemon) env() []string {
	var env []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(strings.ToUpper(v), "=")
		switch {
		case strings.HasSuffix(name, "_PROXY"), strings.HasPrefix(name, "DOCKER_"),
			strings.HasPrefix(name, "DBUS_"), strings.HasPrefix(name, "XDG_"),
			strings.HasPrefix(name, "LISTEN_"), name == "NOTIFY_SOCKET", name == "TMPDIR":
		default:
			env = append(env, v)
		}
	}
	env = append(env, "TMPDIR="+d.tmp(), "DBUS_SYSTEM_BUS_ADDRESS=unix:path="+filepath.Join(d.dir(), "no-bus"))
	if dir := d.lab.Config.binDir(); dir != "" {
		env = append(env, "PATH="+dir+":"+os.Getenv("PATH"))
	}
	return env
}

// keyInConfig reports whether the engine still makes a key of its own, in
// /etc/docker unless told otherwise. Engines without it refuse the setting, and
// they can be asked: --validate came before the key went.
func keyInConfig(c Config) bool {
	program, err := lookPath(c, c.dockerd())
	if err != nil {
		return false
	}
	out, _ := exec.Command(program, "--help").Output()
	if !bytes.Contains(out, []byte("--validate")) {
		return true
	}
	f, err := os.CreateTemp("", "skep-lab-config-")
	if err != nil {
		return false
	}
	defer os.Remove(f.Name())
	fmt.Fprintf(f, `{"deprecated-key-path": %q}`, f.Name()+".key")
	f.Close()
	return exec.Command(program, "--validate", "--config-file", f.Name()).Run() == nil
}
