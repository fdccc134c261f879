package simswarm

import (
	"maps"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
)

// stackLabel is the label that makes objects a stack.
const stackLabel = "com.docker.stack.namespace"

// pinned is an image with its digest, as a deployment writes it.
func pinned(image string) string {
	repo, tag := splitImage(image)
	return image + "@" + digest(repo+":"+tag)
}

// draft is a service of the demo that is being put together.
type draft struct{ spec swarm.ServiceSpec }

// draftService begins a service as "docker stack deploy" would make it.
func draftService(stack, name, image string, replicas uint64) *draft {
	d := &draft{}
	labels := map[string]string{stackLabel: stack}
	d.spec.Name = stack + "_" + name
	d.spec.Labels = maps.Clone(labels)
	d.spec.Labels["com.docker.stack.image"] = image
	d.spec.TaskTemplate.ContainerSpec = &swarm.ContainerSpec{Image: pinned(image), Labels: labels}
	d.spec.TaskTemplate.Resources = &swarm.ResourceRequirements{}
	d.spec.TaskTemplate.Placement = &swarm.Placement{Platforms: []swarm.Platform{{Architecture: "amd64", OS: "linux"}}}
	d.spec.Mode.Replicated = &swarm.ReplicatedService{Replicas: &replicas}
	d.spec.EndpointSpec = &swarm.EndpointSpec{Mode: swarm.ResolutionModeVIP}
	return d
}

func (d *draft) everywhere() *draft {
	d.spec.Mode = swarm.ServiceMode{Global: &swarm.GlobalService{}}
	return d
}

func (d *draft) env(list ...string) *draft {
	d.spec.TaskTemplate.ContainerSpec.Env = list
	return d
}

func (d *draft) on(networks ...string) *draft {
	for _, n := range networks {
		d.spec.TaskTemplate.Networks = append(d.spec.TaskTemplate.Networks, swarm.NetworkAttachmentConfig{
			Target: n, Aliases: []string{d.spec.Name[len(d.spec.Labels[stackLabel])+1:]},
		})
	}
	return d
}

func (d *draft) where(constraints ...string) *draft {
	d.spec.TaskTemplate.Placement.Constraints = constraints
	return d
}

// uses sets what the service reserves and what it may take: CPUs in
// thousandths, memory in MiB.
func (d *draft) uses(reserveCPU, limitCPU, reserveMiB, limitMiB int64) *draft {
	d.spec.TaskTemplate.Resources = &swarm.ResourceRequirements{
		Limits:       &swarm.Limit{NanoCPUs: limitCPU * 1e6, MemoryBytes: limitMiB << 20},
		Reservations: &swarm.Resources{NanoCPUs: reserveCPU * 1e6, MemoryBytes: reserveMiB << 20},
	}
	return d
}

func (d *draft) port(published, target uint32, mode swarm.PortConfigPublishMode) *draft {
	d.spec.EndpointSpec.Ports = append(d.spec.EndpointSpec.Ports, swarm.PortConfig{
		Protocol: network.TCP, TargetPort: target, PublishedPort: published, PublishMode: mode,
	})
	return d
}

func (d *draft) healthy(interval time.Duration, command string) *draft {
	d.spec.TaskTemplate.ContainerSpec.Healthcheck = &container.HealthConfig{
		Test: []string{"CMD-SHELL", command}, Interval: interval, Timeout: 3 * time.Second, Retries: 3,
	}
	return d
}

func (d *draft) volume(name, target string) *draft {
	c := d.spec.TaskTemplate.ContainerSpec
	c.Mounts = append(c.Mounts, mount.Mount{Type: mount.TypeVolume, Source: name, Target: target,
		VolumeOptions: &mount.VolumeOptions{Labels: map[string]string{stackLabel: d.spec.Labels[stackLabel]}}})
	return d
}

func (d *draft) rolling(parallel uint64, order swarm.UpdateOrder, onFailure swarm.FailureAction) *draft {
	d.spec.UpdateConfig = &swarm.UpdateConfig{
		Parallelism: parallel, Delay: 5 * time.Second, Monitor: 10 * time.Second, FailureAction: onFailure, Order: order,
	}
	d.spec.RollbackConfig = &swarm.UpdateConfig{
		Parallelism: parallel, Monitor: 5 * time.Second, FailureAction: swarm.UpdateFailureActionPause, Order: order,
	}
	return d
}

func (d *draft) grace(g time.Duration) *draft {
	d.spec.TaskTemplate.ContainerSpec.StopGracePeriod = &g
	return d
}

// secret gives the service a secret of the stack, made on first use.
func (d *draft) secret(s *Swarm, name string) *draft {
	b := s.demoBlob("secret", d.spec.Labels[stackLabel], name, "not a real secret: "+name)
	c := d.spec.TaskTemplate.ContainerSpec
	c.Secrets = append(c.Secrets, &swarm.SecretReference{
		SecretID: b.id, SecretName: b.name,
		File: &swarm.SecretReferenceFileTarget{Name: name, UID: "0", GID: "0", Mode: 0o444},
	})
	return d
}

// config gives the service a config of the stack, made on first use.
func (d *draft) config(s *Swarm, name, target, text string) *draft {
	b := s.demoBlob("config", d.spec.Labels[stackLabel], name, text)
	c := d.spec.TaskTemplate.ContainerSpec
	c.Configs = append(c.Configs, &swarm.ConfigReference{
		ConfigID: b.id, ConfigName: b.name,
		File: &swarm.ConfigReferenceFileTarget{Name: target, UID: "0", GID: "0", Mode: 0o444},
	})
	return d
}

func (s *Swarm) demoBlob(kind, stack, name, text string) *blob {
	full := stack + "_" + name
	if b, err := s.getBlob(kind, full); err == nil {
		return b
	}
	b, err := s.createBlob(blob{kind: kind, name: full, labels: map[string]string{stackLabel: stack}, data: []byte(text)})
	mustDemo(err)
	return b
}

func (d *draft) create(s *Swarm) {
	_, err := s.createService(d.spec)
	mustDemo(err)
}
