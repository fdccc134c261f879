package detail

import (
	"fmt"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/moby/api/types/swarm"

	"skep/model"
	"skep/ui/theme"
)

var _ = describes(model.KindService, (*sheet).service)

// service describes a service.
func (s *sheet) service() {
	svc := s.findService()
	if svc == nil {
		s.missing()
		return
	}
	spec := &svc.Spec.TaskTemplate
	s.serviceStatus(svc)
	s.image(svc.Image())
	s.rollouts(svc)
	s.placement(spec.Placement)
	s.resources(spec.Resources)
	s.networks(svc)
	if c := spec.ContainerSpec; c != nil {
		s.mounts(c.Mounts)
		s.files(c)
		s.environment(c.Env)
		s.container(c)
		s.health(c.Healthcheck)
		s.security(c)
	}
	s.logDriver(spec)
	s.labels("Labels", svc.Spec.Labels)
	if c := spec.ContainerSpec; c != nil {
		s.labels("Container labels", c.Labels)
	}
	s.previous(svc)
	s.lastTasks(svc)
}

// findService is the service of the snapshot, or of the document where the
// snapshot has none or an older one.
func (s *sheet) findService() *model.Service {
	known := s.in.Cluster.Service(model.ServiceID(s.in.Ref.ID))
	if known != nil && known.Version.Index >= s.in.Doc.Version {
		return known
	}
	var out model.Service
	err := decode(s.in.Doc.Raw, &out.Service)
	if out.ID != s.in.Ref.ID || out.ID == "" {
		return known
	}
	if err != nil {
		out.Damage = model.MaskError(err)
	}
	if known != nil {
		out.ServiceStatus, out.Print = known.ServiceStatus, known.Print
	}
	return &out
}

func (s *sheet) serviceStatus(svc *model.Service) {
	f := s.in.Cluster.Facts(svc.Key())
	s.section("Service " + svc.Name())
	if s.in.Cluster.Service(svc.Key()) == nil {
		s.field("State", s.status("no longer in the swarm, or not yet", model.Warning))
	} else {
		word, status := f.State(svc)
		s.field("State", s.status(word, status))
		s.problems(svc.Key().Ref())
		s.counts(svc, f)
		s.updateStatus(svc, f)
		s.restarts(f)
		s.worst(svc, f)
	}
	s.damage(svc.Damage)
	s.text("ID", svc.ID)
	s.text("Stack", string(svc.Stack()))
	s.field("Mode", plain(modeWords(svc)))
	if j := svc.JobStatus; j != nil {
		s.field("Run", plain(fmt.Sprint(j.JobIteration.Index)))
		s.ago("Last run", j.LastExecution)
	}
	s.ago("Created", svc.CreatedAt)
	s.ago("Updated", svc.UpdatedAt)
}

func modeWords(svc *model.Service) string {
	switch m := svc.Mode(); m {
	case model.ModeReplicated:
		return "replicated, " + model.Plural(model.Count(svc.Replicas()), "replica")
	case model.ModeGlobal:
		return "global, one task on each node that fits"
	case model.ModeReplicatedJob:
		return fmt.Sprintf("replicated-job, %d to complete, at most %d at once", svc.Completions(), svc.Replicas())
	default:
		return string(m) + ", one completion on each node that fits"
	}
}

// counts tells how many tasks are up, and where the engine says otherwise.
func (s *sheet) counts(svc *model.Service, f model.ServiceFacts) {
	unsure := ""
	if !f.Sure {
		unsure = " (not sure: a part could not be checked)"
	}
	if svc.IsJob() {
		s.field("Completed", plain(fmt.Sprintf("%d of %d%s", f.Completed, f.Total, unsure)))
		s.field("Running", plain(fmt.Sprint(f.Up)))
	} else {
		role := theme.Plain
		if f.Up < f.Want {
			role = theme.Warning
		}
		s.field("Up", Span{Text: fmt.Sprintf("%d of %d", f.Up, f.Want), Role: role}, dim(unsure))
	}
	if f.Reported >= 0 && f.Reported != f.Up {
		s.more(Span{Text: fmt.Sprintf("the engine reports %d", f.Reported), Role: theme.Warning})
	}
	if f.Ghosts > 0 {
		s.more(Span{Text: model.Plural(f.Ghosts, "task") + " recorded as running on a node that is not ready", Role: theme.Warning})
	}
}

var updateRoles = map[swarm.UpdateState]model.Status{
	swarm.UpdateStateUpdating: model.Moving, swarm.UpdateStateRollbackStarted: model.Moving,
	swarm.UpdateStatePaused: model.Broken, swarm.UpdateStateRollbackPaused: model.Broken,
	swarm.UpdateStateCompleted: model.Good, swarm.UpdateStateRollbackCompleted: model.Warning,
}

// routine are messages that say no more than the state does.
var routine = map[string]bool{"update in progress": true, "update completed": true, "rollback completed": true}

// updateStatus tells what the last update came to.
func (s *sheet) updateStatus(svc *model.Service, f model.ServiceFacts) {
	u := svc.UpdateStatus
	if u == nil || u.State == "" {
		return
	}
	words := strings.ReplaceAll(string(u.State), "_", " ")
	when := ""
	switch {
	case u.CompletedAt != nil && !unset(*u.CompletedAt):
		when = s.agoWords(*u.CompletedAt)
	case u.StartedAt != nil && !unset(*u.StartedAt):
		when = ", started" + s.agoWords(*u.StartedAt)
	}
	s.field("Update", s.status(words, updateRoles[u.State]), plain(when))
	if f.Rollout.Active() && f.Rollout.Known {
		s.more(plain(fmt.Sprintf("%d of %d tasks run the current spec", min(f.Rollout.New, f.Rollout.Total), f.Rollout.Total)))
	}
	if u.Message != "" && !routine[u.Message] {
		s.more(plain(model.MaskText(u.Message)))
	}
}

func (s *sheet) restarts(f model.ServiceFacts) {
	r := f.Restarts
	if !r.Known {
		s.field("Restarts", dim("the tasks have not been read yet"))
		return
	}
	count, note := fmt.Sprint(r.Count), ""
	switch {
	case r.More && r.Count == 0:
		count, note = "unknown", " (the engine keeps no old tasks)"
	case r.More:
		count, note = count+" or more", " (the engine keeps only the last few tasks)"
	}
	switch {
	case r.Last == nil:
	case r.Count == 0:
		count += ", ended" + s.agoWords(r.Last.Since())
	default:
		count += ", the last one" + s.agoWords(r.Last.Since())
	}
	s.field("Restarts", plain(count), dim(note))
}

// worst shows the error that most needs a look, whole. While an update goes on,
// that may be one of a new task that cannot take its place: the old one still
// runs, so the service as such lacks nothing.
func (s *sheet) worst(svc *model.Service, f model.ServiceFacts) {
	t := f.Worst
	if t == nil && f.Rollout.Active() {
		tasks, _ := s.in.Cluster.TasksOf(svc.Key())
		if i := slices.IndexFunc(tasks, func(t *model.Task) bool { return t.Err != "" && t.Wanted() && !t.Terminal() }); i >= 0 {
			t = tasks[i]
		}
	}
	if t == nil {
		return
	}
	word, status := t.Status(s.in.Cluster.Node(t.NodeID))
	where := s.in.Cluster.TaskName(t)
	if t.NodeID != "" {
		where += " on " + s.in.Cluster.NodeName(t.NodeID)
	}
	s.field("Error", Span{Text: s.in.Cluster.Reason(t), Role: theme.Broken})
	s.more(plain(where+" "), s.status(word, status), plain(s.agoWords(t.Since())))
}

// image takes a reference apart.
func (s *sheet) image(image string) {
	s.section("Image")
	if image == "" {
		s.none("none: this service does not run containers")
		return
	}
	name, digest, pinned := strings.Cut(image, "@")
	s.text("Image", name)
	if ref, err := reference.ParseNormalizedNamed(image); err == nil {
		registry := reference.Domain(ref)
		if !strings.HasPrefix(image, registry+"/") {
			registry += isDefault
		}
		s.text("Registry", registry)
		s.text("Repository", reference.Path(ref))
		if tag, ok := reference.TagNameOnly(ref).(reference.Tagged); ok {
			t := tag.Tag()
			if _, written := ref.(reference.Tagged); !written {
				t += isDefault
			}
			s.text("Tag", t)
		}
	}
	if pinned {
		s.text("Digest", digest)
		return
	}
	s.field("Digest", dim("none: each node pulls whatever the tag points to"))
}

// rollouts say how the service is updated, rolled back and restarted.
func (s *sheet) rollouts(svc *model.Service) {
	s.section("Rollout")
	if !svc.IsJob() {
		s.list("Update", UpdateWords(svc.Spec.UpdateConfig))
		s.list("Rollback", UpdateWords(svc.Spec.RollbackConfig))
	}
	s.field("Restart", plain(restartWords(svc.Spec.TaskTemplate.RestartPolicy, svc.IsJob())))
	if n := svc.Spec.TaskTemplate.ForceUpdate; n > 0 {
		s.field("Force update", plain(fmt.Sprint(n)))
	}
}

func (s *sheet) placement(p *swarm.Placement) {
	s.section("Placement")
	before := len(s.lines)
	if p != nil {
		s.list("Constraints", p.Constraints)
		var spread []string
		for _, pref := range p.Preferences {
			if pref.Spread != nil {
				spread = append(spread, "spread over "+pref.Spread.SpreadDescriptor)
			}
		}
		s.list("Preferences", spread)
		if p.MaxReplicas > 0 {
			s.field("Max replicas", plain(fmt.Sprintf("%d per node", p.MaxReplicas)))
		}
		var platforms []string
		for _, pl := range p.Platforms {
			platforms = append(platforms, strings.Trim(pl.OS+"/"+pl.Architecture, "/"))
		}
		s.text("Platforms", strings.Join(platforms, ", "))
	}
	if len(s.lines) == before {
		s.none("no constraints: any node")
	}
}

func (s *sheet) resources(r *swarm.ResourceRequirements) {
	s.section("Resources")
	reserved, limited := "none", "none"
	if r != nil && r.Reservations != nil {
		reserved = amounts(r.Reservations.NanoCPUs, r.Reservations.MemoryBytes, 0, r.Reservations.GenericResources)
	}
	if r != nil && r.Limits != nil {
		limited = amounts(r.Limits.NanoCPUs, r.Limits.MemoryBytes, r.Limits.Pids, nil)
	}
	s.field("Reservations", plain(reserved))
	s.field("Limits", plain(limited))
	if r != nil && r.SwapBytes != nil {
		s.field("Swap", plain(model.Bytes(*r.SwapBytes)))
	}
	if r != nil && r.MemorySwappiness != nil {
		s.field("Swappiness", plain(fmt.Sprint(*r.MemorySwappiness)))
	}
}

func amounts(nanoCPUs, memory, pids int64, generic []swarm.GenericResource) string {
	var out []string
	if nanoCPUs != 0 {
		out = append(out, cpus(nanoCPUs))
	}
	if memory != 0 {
		out = append(out, model.Bytes(memory)+" memory")
	}
	if pids != 0 {
		out = append(out, fmt.Sprintf("%d pids", pids))
	}
	out = append(out, model.GenericWords(generic)...)
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}
