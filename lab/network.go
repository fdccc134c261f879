package lab

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// netnsDir is where ip(8) keeps the named network namespaces.
const netnsDir = "/run/netns"

func namespacePath(name string) string { return filepath.Join(netnsDir, name) }

// namespaces lists the lab's network namespaces that exist.
func (r Record) namespaces() []string {
	paths, _ := filepath.Glob(namespacePath(r.prefix() + "*"))
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = filepath.Base(p)
	}
	return names
}

func (r Record) switchName() string { return r.prefix() + "switch" }

// ip runs one command of ip(8).
func ip(args ...string) error {
	out, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

// ipBatch runs several commands of ip(8) in one namespace.
func ipBatch(namespace string, lines ...string) error {
	cmd := exec.Command("ip", "-n", namespace, "-batch", "-")
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ip -n %s: %w: %s", namespace, err, bytes.TrimSpace(out))
	}
	return nil
}

// addSwitch makes the bridge that joins the nodes. It has a namespace of its
// own because an engine sets the FORWARD policy of its namespace to DROP,
// which would cut a bridge there.
func addSwitch(r Record) error {
	if err := ip("netns", "add", r.switchName()); err != nil {
		return err
	}
	return ipBatch(r.switchName(),
		"link set lo up",
		"link add br0 type bridge",
		"addr add "+r.address(1)+"/24 dev br0",
		"link set br0 up",
	)
}

// addPort makes the namespace of a node and plugs it into the switch.
func addPort(r Record, n *Node) error {
	if err := ip("netns", "add", n.namespace()); err != nil {
		return err
	}
	if err := ipBatch(r.switchName(),
		fmt.Sprintf("link add %s type veth peer name eth0 netns %s", n.port(), n.namespace()),
		fmt.Sprintf("link set %s master br0 up", n.port()),
	); err != nil {
		return err
	}
	// The way out of the lab leads nowhere: either nothing comes back from the
	// switch, or the kernel of the node refuses at once to go there.
	out := "route add prohibit default"
	if n.lab.Config.SlowPulls {
		out = "route add default via " + r.address(1)
	}
	return ipBatch(n.namespace(),
		"link set lo up",
		"addr add "+n.IP()+"/24 dev eth0",
		"link set eth0 up",
		out,
	)
}
