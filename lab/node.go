package lab

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Node is one engine of a lab.
type Node struct {
	// Name is the host name: manager1, manager2, worker1 and so on.
	Name string
	// Manager is the role that the node joined with.
	Manager bool

	lab   *Lab
	index int
}

func (n *Node) dir() string             { return filepath.Join(n.lab.Dir, n.Name) }
func (n *Node) path(name string) string { return filepath.Join(n.dir(), name) }
func (n *Node) namespace() string       { return n.lab.prefix() + n.Name }
func (n *Node) port() string            { return fmt.Sprintf("port%d", n.index) }

// Sock is the path of the engine's API socket.
func (n *Node) Sock() string { return n.path("docker.sock") }

// Host is the engine's address as DOCKER_HOST takes it.
func (n *Node) Host() string { return "unix://" + n.Sock() }

// IP is the node's address in the lab, which the machine itself cannot reach;
// see [Node.Forward].
func (n *Node) IP() string { return n.lab.address(firstHost + n.index) }

// Running reports whether the engine's process is alive, paused or not.
func (n *Node) Running() bool { return n.engine().process().Alive() }

// answers reports whether the engine runs and is not paused.
func (n *Node) answers() bool {
	p := n.engine().process()
	return p.Alive() && !p.stopped()
}

// Docker runs the docker command against this node and returns what it wrote
// to standard output. It neither reads nor writes the user's own settings.
func (n *Node) Docker(args ...string) (string, error) {
	return n.docker(context.Background(), n.lab.cliConfig(), args...)
}

func (n *Node) docker(ctx context.Context, config string, args ...string) (string, error) {
	cmd := n.command(ctx, config, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s: docker %s: %w: %s",
			n.Name, strings.Join(args, " "), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return stdout.String(), nil
}

// Command prepares the docker command against this node for a caller that
// wants to connect it to a terminal or to feed it.
func (n *Node) Command(args ...string) *exec.Cmd {
	return n.command(context.Background(), n.lab.cliConfig(), args...)
}

func (n *Node) command(ctx context.Context, config string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "docker", append([]string{"-H", n.Host()}, args...)...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DOCKER_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "DOCKER_CONFIG="+config)
	return cmd
}

// cliConfig is the docker command's settings folder in this lab.
func (l *Lab) cliConfig() string { return filepath.Join(l.Dir, "cli") }

// Kill ends the engine at once, as a power cut would: it says goodbye to
// nobody, and the swarm notices after some 13 seconds. The containers run on
// unattended until Start or Down.
func (n *Node) Kill() error {
	if err := n.engine().end(syscall.SIGKILL, removeTimeout); err != nil {
		return err
	}
	return n.containerd().end(syscall.SIGKILL, removeTimeout)
}

// Stop ends the engine in an orderly way, with its containers.
func (n *Node) Stop() error {
	if err := n.engine().end(syscall.SIGTERM, stopTimeout); err != nil {
		return err
	}
	return n.containerd().end(syscall.SIGTERM, stopTimeout)
}

// Start starts a killed or stopped engine again and returns when it answers.
// It does not wait until the swarm calls the node ready.
func (n *Node) Start() error { return n.startDaemons(context.Background()) }

// Pause freezes the engine: connections are accepted by the kernel and never
// answered, as when an engine hangs.
func (n *Node) Pause() error { return n.engine().process().signal(sigStop) }

// Resume ends a Pause.
func (n *Node) Resume() error { return n.engine().process().signal(sigCont) }

// Unplug takes the node's network link down. The API socket still answers.
func (n *Node) Unplug() error { return n.link("down") }

// Plug ends an Unplug.
func (n *Node) Plug() error { return n.link("up") }

// Hush keeps what the nodes tell each other of their networks from a node, which stays
// in the swarm; Listen lets it through again.
func (n *Node) Hush() error { return n.gossip("-I") }

// Listen undoes Hush.
func (n *Node) Listen() error { return n.gossip("-D") }

func (n *Node) gossip(do string) error {
	for _, rule := range []string{"INPUT -p udp", "INPUT -p tcp", "OUTPUT -p udp", "OUTPUT -p tcp"} {
		args := append([]string{"--net=/run/netns/" + n.namespace(), "iptables", do}, strings.Fields(rule)...)
		if out, err := exec.Command("nsenter", append(args, "--dport", "7946", "-j", "DROP")...).CombinedOutput(); err != nil {
			return fmt.Errorf("iptables %s: %w: %s", rule, err, bytes.TrimSpace(out))
		}
	}
	return nil
}

func (n *Node) link(state string) error {
	return ip("-n", n.lab.switchName(), "link", "set", n.port(), state)
}

// Unlock opens a manager that was restarted in a lab with Autolock.
func (n *Node) Unlock() error {
	return n.API(context.Background(), "POST", "/swarm/unlock",
		map[string]string{"UnlockKey": n.lab.UnlockKey}, nil)
}

// ID returns the node's ID in the swarm.
func (n *Node) ID(ctx context.Context) (string, error) {
	var info struct{ Swarm struct{ NodeID string } }
	err := n.API(ctx, "GET", "/info", nil, &info)
	if err == nil && info.Swarm.NodeID == "" {
		err = fmt.Errorf("%s is in no swarm", n.Name)
	}
	return info.Swarm.NodeID, err
}

// leads reports whether the node calls itself the leader.
func (n *Node) leads(ctx context.Context) (bool, error) {
	// A manager without a leader, or a paused one, would hold the call.
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	id, err := n.ID(ctx)
	if err != nil {
		return false, err
	}
	var node struct{ ManagerStatus struct{ Leader bool } }
	err = n.API(ctx, "GET", "/nodes/"+id, nil, &node)
	return node.ManagerStatus.Leader, err
}

// join makes the node part of the swarm. The first manager may answer that it
// is not ready yet for another member.
func (n *Node) join(ctx context.Context, token string) error {
	args := []string{"swarm", "join", "--token", token, "--advertise-addr", n.IP(),
		n.lab.nodes[0].IP() + ":2377"}
	var err error
	for range 5 {
		if _, err = n.docker(ctx, n.lab.cliConfig(), args...); err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
	return err
}
