package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// scene is what an incident is staged with: the lab, and questions to its
// swarm in the few words that the incidents need.
type scene struct {
	*Lab
	ctx  context.Context
	name string
}

// task is what the incidents look at in a task.
type task struct {
	ID           string
	NodeID       string
	Slot         int
	DesiredState string
	Status       struct {
		State           string
		Message         string
		Err             string
		ContainerStatus struct {
			ContainerID string
			ExitCode    int
		}
	}
	Spec struct{ ContainerSpec struct{ Image string } }
}

// ended reports whether the task is in a state that it cannot leave.
func (t task) ended() bool {
	switch t.Status.State {
	case "complete", "shutdown", "failed", "rejected", "remove", "orphaned":
		return true
	}
	return false
}

// service is what the incidents look at in a service.
type service struct {
	ID            string
	Spec          struct{ Name string }
	UpdateStatus  struct{ State, Message string }
	ServiceStatus struct{ RunningTasks, DesiredTasks, CompletedTasks int }
}

// member is what the incidents look at in a node of the swarm.
type member struct {
	ID            string
	Spec          struct{ Availability string }
	Description   struct{ Hostname string }
	Status        struct{ State string }
	ManagerStatus struct {
		Leader       bool
		Reachability string
	}
}

// manager returns a manager to ask: the leader if there is one.
func (s *scene) manager() (*Node, error) {
	if n, err := s.FindLeader(s.ctx); err == nil {
		return n, nil
	}
	for _, n := range s.nodes[:s.Config.Managers] {
		if n.answers() {
			return n, nil
		}
	}
	return nil, errors.New("no manager answers")
}

// docker runs a docker command on a manager.
func (s *scene) docker(args ...string) error {
	n, err := s.manager()
	if err != nil {
		return err
	}
	_, err = n.docker(s.ctx, s.cliConfig(), args...)
	return err
}

// create makes a service with the name of the incident, and does not wait for
// what becomes of it. Images are not looked up: no registry is in reach.
func (s *scene) create(args ...string) error {
	return s.docker(append([]string{"service", "create", "--detach", "--no-resolve-image", "--name", s.name}, args...)...)
}

func (s *scene) update(args ...string) error {
	return s.docker(append(append([]string{"service", "update", "--detach", "--no-resolve-image"}, args...), s.name)...)
}

// get asks a manager.
func (s *scene) get(path string, out any) error {
	n, err := s.manager()
	if err != nil {
		return err
	}
	return n.API(s.ctx, http.MethodGet, path, nil, out)
}

func filters(key string, values ...string) string {
	data, _ := json.Marshal(map[string][]string{key: values})
	return "filters=" + url.QueryEscape(string(data))
}

// tasks lists the tasks of a service, its history included.
func (s *scene) tasks(service string) ([]task, error) {
	var all []task
	err := s.get("/tasks?"+filters("service", service), &all)
	return all, err
}

// services lists the services whose name begins so, with their counts.
func (s *scene) services(prefix string) ([]service, error) {
	var all []service
	err := s.get("/services?status=true&"+filters("name", prefix), &all)
	return all, err
}

func (s *scene) service(name string) (service, error) {
	all, err := s.services(name)
	if err != nil {
		return service{}, err
	}
	for _, v := range all {
		if v.Spec.Name == name {
			return v, nil
		}
	}
	return service{}, fmt.Errorf("there is no service %s", name)
}

func (s *scene) members() ([]member, error) {
	var all []member
	err := s.get("/nodes", &all)
	return all, err
}

// member returns what the swarm says about a node.
func (s *scene) member(n *Node) (member, error) {
	all, err := s.members()
	if err != nil {
		return member{}, err
	}
	for _, m := range all {
		if m.Description.Hostname == n.Name {
			return m, nil
		}
	}
	return member{}, fmt.Errorf("%s is not in the swarm", n.Name)
}

// nodeOf returns the node that a task is on.
func (s *scene) nodeOf(t task) (*Node, error) {
	all, err := s.members()
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.ID == t.NodeID {
			return s.Node(m.Description.Hostname), nil
		}
	}
	return nil, fmt.Errorf("task %s is on no node", t.ID)
}

// running waits until this many tasks of the scene's service run.
func (s *scene) running(want int) error {
	return s.wait(func() error {
		v, err := s.service(s.name)
		if err == nil && v.ServiceStatus.RunningTasks != want {
			err = fmt.Errorf("%d of %d tasks run", v.ServiceStatus.RunningTasks, want)
		}
		return err
	})
}

// count counts the tasks for which the condition holds, and describes all of
// them for an error message.
func count(tasks []task, is func(task) bool) (n int, all string) {
	var b strings.Builder
	for _, t := range tasks {
		if is(t) {
			n++
		}
		fmt.Fprintf(&b, "[%s/%s %s %q]", t.DesiredState, t.Status.State, t.Status.Message, t.Status.Err)
	}
	return n, b.String()
}

// expect checks that at least so many tasks of the scene's service are so.
func (s *scene) expect(least int, is func(task) bool) error {
	tasks, err := s.tasks(s.name)
	if err != nil {
		return err
	}
	if n, all := count(tasks, is); n < least {
		return fmt.Errorf("%d tasks are as expected, want %d: %s", n, least, all)
	}
	return nil
}

// images puts the two releases that incidents use on the nodes that lack them.
func (s *scene) images() error {
	if err := s.ensureImage("app:1"); err != nil {
		return err
	}
	return s.ensureImage("app:bad", Command("sh", "-c", "echo 'cannot find my configuration' >&2; sleep 1; exit 1"))
}

func (s *scene) ensureImage(ref string, opts ...ImageOption) error {
	for _, n := range s.nodes {
		if !n.answers() {
			continue
		}
		err := n.API(s.ctx, http.MethodGet, "/images/"+ref+"/json", nil, nil)
		var answer *APIError
		switch {
		case errors.As(err, &answer) && answer.Status == http.StatusNotFound:
			return s.MakeImage(s.ctx, ref, opts...)
		case err != nil:
			return err
		}
	}
	return nil
}
