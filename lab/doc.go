// Package lab runs a real Docker Swarm of several nodes on one Linux machine,
// for tests and, through lab/swarm, for people.
//
// Every node is an engine of its own: a dockerd and a containerd with their
// own network namespace, host name, data folder and API socket, joined over a
// bridge that has a namespace of its own. They see a /run and a /var/lib of
// their own too, because engines write there whatever they are told. Nothing is
// mocked, so what a test sees here is what an operator sees.
//
// What the package promises:
//
//   - Two labs never meet, not even those of two processes: each has its own
//     directory, namespace prefix, subnet and cgroup.
//   - The machine's own engine, its containerd, their folders, /etc/docker and
//     the firewall, firewalld's too, are not touched. All that a lab writes is
//     in its directory, in its cgroup, in /run/netns and in /run/skep-lab.
//   - A lab ends with the process that started it, unless it was started with
//     Keep: Down removes it, and after a crash the next Up or Sweep does.
//
// A test asks for a lab with [Up]. It runs when SKEP_LAB is 1 and is skipped
// with a reason otherwise; with SKEP_LAB=required it fails instead of skipping,
// so that a CI machine which lacks something cannot pass by doing nothing.
//
//	func TestScale_Converges(t *testing.T) {
//		l := lab.Up(t, lab.Managers(3), lab.Workers(2))
//		l.Image(t, "app:1")
//		l.Leader(t).Docker("service", "create", "--name", "web", "app:1")
//		l.Worker(0).Kill()
//	}
package lab
