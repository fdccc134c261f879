package model_test

import (
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

// The texts are those of Engine 20.10 to 29.
func TestBrief_SaysWhatMatters(t *testing.T) {
	for text, want := range map[string]string{
		`starting container failed: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "serve": executable file not found in $PATH: unknown`: "the image has no command serve",
		`starting container failed: OCI runtime create failed: container_linux.go:380: starting container process caused: exec: "/bin/run": stat /bin/run: no such file or directory: unknown`:                "the image has no command /bin/run",
		`starting container failed: OCI runtime create failed: runc create failed: unable to start container process: exec: "/etc/passwd": permission denied: unknown`:                                        "the command /etc/passwd cannot be executed: permission denied",
		`standard_init_linux.go:228: exec user process caused: exec format error`:                                                                                                                             "the image is for another kind of processor (exec format error)",
		`invalid mount config for type "bind": bind source path does not exist: /srv/data`:                                                                                                                    "the node has no /srv/data to mount (bind source path does not exist)",
		`failed to create task for container: failed to mount rootfs: mkdir /var/lib/containerd/x: no space left on device`:                                                                                   "the node's disk is full (no space left on device)",
		`failed to pull image: Head "https://reg:5000/v2/app/manifests/1": no basic auth credentials`:                                                                                                         "the registry wants a login (no basic auth credentials)",
		`toomanyrequests: You have reached your pull rate limit.`:                                                                                                                                             "the registry's rate limit is used up (too many requests)",
		"starting container failed: task 9b5f314e3dc69b5f314e3dc69b5f314e3dc69b5f314e3dc69b5f314e3dc6abcd: already exists":                                                                                    "starting container failed: task: already exists",
		`manifest for reg:5000/app:9 not found: manifest unknown: manifest unknown`:                                                                                                                           "the registry has no image reg:5000/app:9",
		`pull access denied for app, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`:                                                             "the registry refuses app: it does not exist, or wants a login (pull access denied)",
		`Get "https://reg:5000/v2/": dial tcp 10.0.0.9:5000: connect: connection refused`:                                                                                                                     "the registry at 10.0.0.9:5000 cannot be reached (connection refused)",
		`Get "https://reg/v2/": x509: certificate signed by unknown authority`:                                                                                                                                "the registry's certificate is not accepted (x509: certificate signed by unknown authority)",
		`No such image: app:nope`:                      "the node cannot get the image app:nope (No such image)",
		`assigned node no longer meets constraints`:    "its node no longer meets the constraints",
		`task: non-zero exit (127)`:                    "its command is not there (exit 127)",
		`task: non-zero exit (139)`:                    "it crashed: segmentation fault (exit 139)",
		`task: non-zero exit (3)`:                      "exit code 3",
		`a config of network things was not to be had`: "a config of network things was not to be had",
	} {
		if got := model.Brief(text); got != want {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestCluster_PlainKnowsTheTask(t *testing.T) {
	limited := Service(Template(func(s *swarm.TaskSpec) {
		s.Resources = &swarm.ResourceRequirements{Limits: &swarm.Limit{MemoryBytes: 64 << 20}}
	}))
	unhealthy := Err("task: non-zero exit (137): dockerexec: unhealthy container")
	starting := WithTask(func(t *model.Task) { t.Message = "starting" })
	checked := Service(Template(func(s *swarm.TaskSpec) {
		s.ContainerSpec.Healthcheck = &container.HealthConfig{Test: []string{"CMD", "check"}, Interval: time.Second, Timeout: time.Second, Retries: 3}
	}))
	unchecked := Service(Template(func(s *swarm.TaskSpec) {
		s.ContainerSpec.Healthcheck = &container.HealthConfig{Test: []string{"NONE"}}
	}))
	soon := WithTask(func(t *model.Task) { t.CreatedAt, t.UpdatedAt = Now.Add(-2*time.Second), Now })
	c := Cluster()
	for want, task := range map[string]*model.Task{
		"ended with exit 0: its health check failed, or it ended by itself":      Task(Of(checked), Ended()),
		"killed (exit 137), likely out of memory: its limit is 64MiB":            Task(Of(limited), Failed(137)),
		"killed (exit 137): its node was short of memory, or somebody killed it": Task(Failed(137)),
		"killed: health check never passed":                                      Task(Failed(137), unhealthy, starting),
		"killed: health check never passed, 3 times in a row":                    Task(Of(checked), Failed(137), unhealthy, starting),
		"killed: health check failed after it had passed":                        Task(Failed(137), unhealthy),
		"exit code 1":                            Task(Failed(1)),
		"the container ended by itself (exit 0)": Task(Ended()),
	} {
		if got := c.Plain(task); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for name, task := range map[string]*model.Task{"too soon for a check": Task(Of(checked), Ended(), soon), "no check": Task(Of(unchecked), Ended())} {
		if got := c.Plain(task); got != "the container ended by itself (exit 0)" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func BenchmarkBrief(b *testing.B) {
	for b.Loop() {
		model.Brief("no suitable node (scheduling constraints not satisfied on 3 nodes)")
		model.Brief("failed to do something that nobody has ever heard of")
	}
}
