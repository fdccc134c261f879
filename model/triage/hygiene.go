package triage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// habit is something that a service lacks or has as it is written down, and that
// costs it dearly on a bad day only. All services with the same one are one note.
type habit struct {
	// name is the code, as programs read it; claim what is said behind "3 services".
	name, claim, why, remedy string
	// of is what a service has to show for it: a field and its value; false where
	// it is not so.
	of func(c *sweep, s *model.Service) (field, value string, is bool)
	// confidence is how sure it is that it will.
	confidence model.Confidence
}

// habits are the notes on how services are written down.
var habits = []habit{
	{"no-health-check", "without a health check", "unless the image has one, one that hangs goes on getting requests, and an update takes it for good at once",
		"add a health check (--health-cmd)", func(_ *sweep, s *model.Service) (string, string, bool) {
			h := s.Spec.TaskTemplate.ContainerSpec.Healthcheck
			return "Healthcheck", "as the image has it", (len(s.Ports()) > 0 || len(s.Routes()) > 0) && h == nil
		}, model.Likely},
	{"no-memory-limit", "without a memory limit", "one that leaks takes its node's other tasks with it",
		"limit their memory (--limit-memory)", func(_ *sweep, s *model.Service) (string, string, bool) {
			r := s.Spec.TaskTemplate.Resources
			return "Resources.Limits.MemoryBytes", "0", r == nil || r.Limits == nil || r.Limits.MemoryBytes == 0
		}, model.Certain},
	{"local-volume", "tied to a local volume", "one replica, which on another node begins with an empty one",
		"keep it on its node by a constraint, or use a volume that all nodes reach", localVolume, model.Certain},
	{"stop-first-single", "updated stop-first", "each update is an outage for as long as the start takes",
		"start the new task first (--update-order start-first)", func(_ *sweep, s *model.Service) (string, string, bool) {
			u := s.Spec.UpdateConfig
			return "UpdateConfig.Order", "stop-first", len(s.Ports()) > 0 && s.Mode() == model.ModeReplicated && s.Replicas() == 1 &&
				(u == nil || u.Order != swarm.UpdateOrderStartFirst) && mayBeTwice(s)
		}, model.Certain},
	{"secret-in-env", "with secrets in the open", "whoever can inspect the service sees what stands in its environment",
		"give it as a secret (docker secret create, --secret)", func(_ *sweep, s *model.Service) (string, string, bool) {
			for _, pair := range s.Spec.TaskTemplate.ContainerSpec.Env {
				if key, _, _ := strings.Cut(pair, "="); model.MaskPair(pair) != pair {
					return "Env", key, true // Never the value.
				}
			}
			return "", "", false
		}, model.Certain},
	{"image-moved", "off the stack file's image", "they run another image than its file names, and the next stack deploy takes them back",
		"change the image in the stack's file as well", stackDrift, model.Certain},
	{"idle-connections", "may lose idle connections", "a virtual address drops what was silent for 15 minutes without a word, and clients of a database keep such connections (moby#31208)",
		"let the clients send keepalives sooner, or set the endpoint mode dnsrr (--endpoint-mode dnsrr)", idleConnections, model.Hint},
}

// longLived are images of programs whose clients keep connections that are silent.
var longLived = []string{"postgres", "postgresql", "timescaledb", "mysql", "mariadb", "percona", "mongo", "mongodb", "redis", "valkey", "rabbitmq", "memcached", "cassandra"}

// idleConnections reports whether a service is a database that others reach by a
// virtual address.
func idleConnections(_ *sweep, s *model.Service) (field, value string, is bool) {
	name, _, _ := strings.Cut(model.ShortImage(s.Image()), ":")
	name = name[strings.LastIndexByte(name, '/')+1:]
	e := s.Spec.EndpointSpec
	vip := e == nil || e.Mode != swarm.ResolutionModeDNSRR
	return "EndpointSpec.Mode", "vip", vip && len(s.Spec.TaskTemplate.Networks) > 0 && slices.Contains(longLived, name)
}

// localVolume reports whether a service keeps data on whichever node it is on.
func localVolume(_ *sweep, s *model.Service) (field, value string, is bool) {
	p := s.Demand().Placement()
	if s.Mode() != model.ModeReplicated || s.Replicas() != 1 || len(p.Constraints) > 0 {
		return "", "", false
	}
	for _, m := range s.Spec.TaskTemplate.ContainerSpec.Mounts {
		driver := ""
		if m.VolumeOptions != nil && m.VolumeOptions.DriverConfig != nil {
			driver = m.VolumeOptions.DriverConfig.Name
		}
		if m.Type == "volume" && m.Source != "" && (driver == "" || driver == "local" && len(m.VolumeOptions.DriverConfig.Options) == 0) {
			return "Mounts", m.Source, true
		}
	}
	return "", "", false
}

// mayBeTwice reports whether two tasks of a service may run at a time, as far as can be
// told: they write no data that both have, and neither a port nor a limit keeps the
// second one out.
func mayBeTwice(s *model.Service) bool {
	shared := slices.ContainsFunc(s.Spec.TaskTemplate.ContainerSpec.Mounts, func(m mount.Mount) bool {
		return (m.Type == mount.TypeVolume && m.Source != "" || m.Type == mount.TypeBind || m.Type == mount.TypeCluster) && !m.ReadOnly
	})
	return !shared && len(s.Demand().HostPorts()) == 0 && s.Demand().Placement().MaxReplicas == 0
}

// stackDrift reports whether a service runs another image than its stack's file
// named when it was last deployed.
func stackDrift(_ *sweep, s *model.Service) (field, value string, is bool) {
	from := s.Spec.Labels[model.LabelStackImage]
	return model.LabelStackImage, from, from != "" && fullImage(s.Image()) != fullImage(from)
}

// fullImage is the same for all ways to write an image: with the tag latest or without,
// with what stands for Docker Hub or without, and with the digest of its tag or without.
func fullImage(image string) string {
	name, version := model.SplitImage(image)
	name = strings.TrimPrefix(strings.TrimPrefix(name, "docker.io/"), "library/")
	if strings.HasPrefix(version, ":") {
		version, _, _ = strings.Cut(version, "@")
	}
	return name + cmp.Or(version, ":latest")
}

// habitEvidence bounds the services that a note on a habit names one by one.
const habitEvidence = 20

// someEvidence is evidence as far as it is told, and how much there is besides.
func someEvidence(all []model.Evidence) []model.Evidence {
	more := len(all) - habitEvidence
	if more <= 0 {
		return all
	}
	last := all[habitEvidence]
	return append(slices.Clone(all[:habitEvidence]), model.Evidence{Object: "others", Field: last.Field, Value: fmt.Sprintf("and %d more", more)})
}

// badHabits notes how services are written down, all that are so in one note.
func badHabits(c *sweep, report func(model.Finding)) {
	for _, h := range habits {
		var names []string
		f := model.Finding{Ref: model.FindingID(h.name).Ref(), Part: h.name, Status: model.Neutral, Confidence: h.confidence, Why: h.why, Remedy: model.Remedy{Text: h.remedy}}
		for _, s := range c.Services() {
			if s.Spec.TaskTemplate.ContainerSpec == nil || s.IsJob() {
				continue
			}
			field, value, is := h.of(c, s)
			if !is {
				continue
			}
			names = append(names, s.Name())
			f.Evidence = append(f.Evidence, model.Evidence{Object: s.Name(), Field: field, Value: value})
		}
		if len(names) > 0 {
			f.Subject, f.Claim, f.Evidence = model.Plural(len(names), "service"), h.claim, someEvidence(f.Evidence)
			f.Why = some(names) + ": " + f.Why
			report(f)
		}
	}
}

// singlePoints notes what one failure takes away although there are several of it.
func singlePoints(c *sweep, report func(model.Finding)) {
	var names []string
	var evidence []model.Evidence
	for _, s := range c.Services() {
		f := c.Facts(s.Key())
		if s.Mode() != model.ModeReplicated || f.Want < 2 || !c.atRest(s, f) {
			continue
		}
		if at, alone := c.onOneNode(s); alone && len(c.candidates(s)) > 1 {
			names = append(names, s.Name())
			evidence = append(evidence, model.Evidence{Object: s.Name(), Field: "all its tasks on", Value: c.NodeName(at)})
		}
	}
	if len(names) > 0 {
		report(model.Finding{Ref: model.FindingID("one-node").Ref(), Part: "one-node", Subject: model.Plural(len(names), "service"), Status: model.Neutral,
			Claim: "on one node only", Why: some(names) + ": the node's failure is theirs, though they could run elsewhere too",
			Evidence: someEvidence(evidence), Remedy: model.Remedy{Text: "spread them: restart them, or rebalance"}})
	}
	c.oneZone(report)
}

// onOneNode is the node of a service's tasks that are up, if all have the same.
func (c *sweep) onOneNode(s *model.Service) (at model.NodeID, alone bool) {
	tasks, _ := c.TasksOf(s.Key())
	for _, t := range tasks {
		switch {
		case t.State != swarm.TaskStateRunning || !t.Wanted():
		case at != "" && t.NodeID != at:
			return "", false
		default:
			at = t.NodeID
		}
	}
	return at, at != ""
}

// zoneLabels are labels of nodes that tell where they stand.
var zoneLabels = []string{"zone", "az", "rack", "dc", "datacenter", "region", "topology.kubernetes.io/zone"}

// oneZone notes that all managers stand in one zone although there are others.
func (c *sweep) oneZone(report func(model.Finding)) {
	for _, label := range zoneLabels {
		managers, all := map[string]int{}, map[string]bool{}
		n := 0
		for _, node := range c.Nodes() {
			zone := node.Spec.Labels[label]
			if zone != "" && !node.Lost() {
				all[zone] = true
			}
			if node.Manages() {
				managers[zone]++
				n++
			}
		}
		if n < 3 || len(managers) != 1 || managers[""] > 0 || len(all) < 2 {
			continue
		}
		for zone := range managers {
			report(model.Finding{Ref: c.quorumStands(), Part: "zone-" + label, Subject: "quorum", Status: model.Neutral,
				Claim: "all managers are in one zone", Why: fmt.Sprintf("node.labels.%s is %s on all %d: what takes the zone away takes the quorum", label, zone, n),
				Remedy: model.Remedy{Text: "promote nodes of other zones in their place"}})
		}
	}
}

// runsOn counts a service's tasks that are up by node.
func (c *sweep) runsOn(s *model.Service) map[model.NodeID]int {
	on := map[model.NodeID]int{}
	tasks, _ := c.TasksOf(s.Key())
	for _, t := range tasks {
		if t.State == swarm.TaskStateRunning && t.Wanted() {
			on[t.NodeID]++
		}
	}
	return on
}

// candidates are the nodes that may have tasks of a service, whether or not there
// is room.
func (c *sweep) candidates(s *model.Service) (out []*model.Node) {
	constraints, err := model.ParseConstraints(s.Demand().Placement().Constraints)
	if err != nil {
		return nil
	}
	for _, n := range c.Nodes() {
		if n.Schedulable() && !slices.ContainsFunc(constraints, func(k model.Constraint) bool { return !k.Matches(n) }) {
			out = append(out, n)
		}
	}
	return out
}
