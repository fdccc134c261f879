package simswarm

import (
	"net/http"
	"strings"
	"time"

	"github.com/moby/moby/api/types/registry"
	"github.com/moby/moby/api/types/swarm"
	"github.com/moby/moby/api/types/system"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

func (s *Swarm) routeSystem(add func(string, handler)) {
	add("GET /_ping", s.ping) // HEAD too
	add("GET /version", func(w http.ResponseWriter, _ *http.Request) error {
		return writeJSON(w, http.StatusOK, version())
	})
	add("GET /info", func(w http.ResponseWriter, _ *http.Request) error {
		return s.answer(w, http.StatusOK, func() (any, error) { return s.info(), nil })
	})
	add("GET /events", s.streamEvents)
	add("GET /distribution/{name...}", s.distribution)
	for path, empty := range map[string]any{
		"/containers/json": []any{}, "/images/json": []any{}, "/plugins": []any{},
		"/system/df": map[string]any{
			"LayersSize": 0, "Images": []any{}, "Containers": []any{}, "Volumes": []any{}, "BuildCache": []any{},
		},
	} {
		add("GET "+path, func(w http.ResponseWriter, _ *http.Request) error { return writeJSON(w, http.StatusOK, empty) })
	}
	add("GET /containers/{id}/{rest...}", func(_ http.ResponseWriter, r *http.Request) error {
		return notFound("No such container: %s", r.PathValue("id"))
	})
}

func (s *Swarm) ping(w http.ResponseWriter, r *http.Request) error {
	role, _ := locked(s, func() (string, error) {
		if s.me.manager {
			return "manager", nil
		}
		return "worker", nil
	})
	h := w.Header()
	h.Set("Builder-Version", "2")
	h.Set("Swarm", "active/"+role)
	h.Set("Cache-Control", "no-cache, no-store, must-revalidate")
	h.Set("Pragma", "no-cache")
	h.Set("Content-Type", "text/plain; charset=utf-8")
	if r.Method == http.MethodHead {
		h.Set("Content-Length", "0")
		return nil
	}
	_, _ = w.Write([]byte("OK"))
	return nil
}

func version() system.VersionResponse {
	return system.VersionResponse{
		Platform: system.PlatformInfo{Name: "skep demo"}, Version: EngineVersion,
		APIVersion: APIVersion, MinAPIVersion: minAPIVersion, Os: "linux", Arch: "amd64", KernelVersion: "6.12.0-demo",
		Components: []system.ComponentVersion{{Name: "Engine", Version: EngineVersion, Details: map[string]string{
			"ApiVersion": APIVersion, "MinAPIVersion": minAPIVersion, "Os": "linux", "Arch": "amd64",
		}}},
	}
}

// info is the engine's report about itself and the swarm.
func (s *Swarm) info() system.Info {
	n := s.me
	v := system.Info{
		ID: hexID("engine "+n.id(), 32), Driver: "overlayfs", Name: n.hostname(), ServerVersion: EngineVersion,
		Plugins: system.PluginsInfo{
			Volume: []string{"local"}, Network: []string{"bridge", "host", "null", "overlay"}, Log: logDrivers,
		},
		MemoryLimit: true, SwapLimit: true, CPUCfsPeriod: true, CPUCfsQuota: true, CPUShares: true, CPUSet: true, PidsLimit: true,
		IPv4Forwarding: true, LoggingDriver: "json-file", CgroupDriver: "systemd", CgroupVersion: "2",
		SystemTime: s.now.UTC().Format(time.RFC3339Nano), KernelVersion: "6.12.0-demo", OperatingSystem: "Debian GNU/Linux 13 (trixie)",
		OSVersion: "13", OSType: "linux", Architecture: "x86_64", IndexServerAddress: "https://index.docker.io/v1/",
		NCPU: int(n.api.Description.Resources.NanoCPUs / 1e9), MemTotal: n.api.Description.Resources.MemoryBytes,
		DockerRootDir: "/var/lib/docker", Labels: []string{}, DefaultRuntime: "runc", InitBinary: "docker-init",
		NEventsListener: len(s.listeners),
	}
	for _, t := range n.tasks {
		if t.api.Status.ContainerStatus != nil {
			v.Containers++
			v.ContainersRunning++
		}
	}
	v.Images = len(n.images)
	v.Swarm = s.swarmInfo(n)
	return v
}

// swarmInfo is the engine's view of the swarm. On a worker, or without a leader,
// what the managers would answer is missing.
func (s *Swarm) swarmInfo(self *node) swarm.Info {
	v := swarm.Info{
		NodeID: self.id(), NodeAddr: self.api.Status.Addr, LocalNodeState: swarm.LocalNodeStateActive, ControlAvailable: self.manager,
	}
	for _, n := range s.nodes {
		if n.manager {
			v.RemoteManagers = append(v.RemoteManagers, swarm.Peer{NodeID: n.id(), Addr: n.api.Status.Addr + ":2377"})
		}
	}
	if !self.manager {
		return v
	}
	if s.leader() == nil {
		_, v.Error = asFailure(errNoLeader())
		return v
	}
	for _, n := range s.nodes {
		if n.manager {
			v.Managers++
		}
	}
	v.Nodes = len(s.nodes)
	cluster := s.cluster.ClusterInfo
	v.Cluster = &cluster
	return v
}

// distribution tells the digest of an image that the registry has.
func (s *Swarm) distribution(w http.ResponseWriter, r *http.Request) error {
	name, ok := strings.CutSuffix(r.PathValue("name"), "/json")
	if !ok {
		return notFound("page not found")
	}
	repo, tag := splitImage(name)
	return s.answer(w, http.StatusOK, func() (any, error) {
		if _, known := s.image(name); !known {
			if _, known = s.repos[repo]; known {
				return nil, notFound("manifest unknown: manifest unknown")
			}
			return nil, fail(http.StatusForbidden, "pull access denied for %s, repository does not exist or may require authorization", repo)
		}
		var v registry.DistributionInspect
		v.Descriptor = ocispec.Descriptor{
			MediaType: "application/vnd.oci.image.index.v1+json", Digest: godigest(repo + ":" + tag), Size: 1609,
		}
		v.Platforms = []ocispec.Platform{{Architecture: "amd64", OS: "linux"}, {Architecture: "arm64", OS: "linux"}}
		return v, nil
	})
}
