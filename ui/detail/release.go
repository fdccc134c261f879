package detail

import (
	"fmt"

	"skep/model"
	"skep/ui/theme"
)

var _ = describes(model.KindRelease, (*sheet).release)

// release describes a release: when it was, what it changed, and what it would
// change now.
func (s *sheet) release() {
	if len(s.in.Doc.Spec) == 0 {
		s.section("Release")
		s.none("it has not been read yet")
		return
	}
	d, err := model.ReadRelease(s.in.Doc)
	if err != nil {
		s.section("Release")
		s.damage(err.Error())
		return
	}
	s.section("Release " + d.String())
	s.ago("When", d.At)
	if d.About {
		s.more(dim("then at the latest, or nearly then"))
	}
	s.text("By", d.By(d.Before))
	s.text("Known from", d.From.String())
	s.text("Image", model.ShortImage(d.Image()))
	s.text("Digest", model.Digest(d.Image()))
	if d.Lacks != "" {
		s.field("Not kept", s.status(d.Lacks, model.Warning))
	}
	if d.Partial() {
		s.field("Known", plain("only what its tasks were made of"))
	}
	if here := s.in.Cluster.Session.Swarm; here != "" && here != d.Swarm {
		s.field("Swarm", s.status("another one than on the screen", model.Warning))
	}
	s.releaseChanges(&d)
	s.releaseNow(&d)
}

// releaseChanges are what a release differs in from the one before it, or from the
// one that it is compared with.
func (s *sheet) releaseChanges(d *model.ReleaseDocument) {
	if d.Before == nil {
		s.section("Changed by it")
		s.none("it is the first that is known")
		return
	}
	title := fmt.Sprintf("Changed since release %d", d.Before.N)
	s.section(title)
	s.changeList(d.Changes(d.Before))
}

// releaseNow is what running it again would change.
func (s *sheet) releaseNow(d *model.ReleaseDocument) {
	for _, svc := range s.in.Cluster.Services() {
		if svc.Name() != d.Service || len(d.Spec) == 0 {
			continue
		}
		now, err := model.PlainSpecOf(&svc.Spec)
		if err != nil {
			return
		}
		s.section("Different from what is now")
		present := model.Release{Spec: now}
		s.changeList(d.Changes(&present))
		return
	}
	s.section("Different from what is now")
	s.none("there is no service " + d.Service + " any more")
}

// changeList are changes, as many as are read line by line.
func (s *sheet) changeList(changes []model.Change) {
	if len(changes) == 0 {
		s.none("nothing")
	}
	for i, c := range changes {
		if i == maxChanges {
			s.none(fmt.Sprintf("and %d more", len(changes)-i))
			return
		}
		s.change(c)
	}
}

// replaced compares what a task was made of with the task that it replaced.
func (s *sheet) replaced(t, before *model.Task) {
	if before == nil || before.Spec == nil || t.Spec == nil {
		return
	}
	changes := model.DiffTasks(before.Spec, t.Spec)
	s.section("Why it replaced the task before it")
	switch {
	case len(changes) == 1 && changes[0].Path == "ForceUpdate":
		s.item(plain("a restart was asked for: nothing else differs"))
	case len(changes) > 0:
		s.item(plain("it is made of another specification:"))
		s.changeList(changes)
	case before.Bad():
		s.item(Span{Text: "the one before ended badly: " + taskError(s.in.Cluster, before), Role: theme.Broken})
	case before.NodeID != t.NodeID:
		s.item(plain(fmt.Sprintf("both are made of the same: it moved from %s to %s", s.in.Cluster.NodeName(before.NodeID), s.in.Cluster.NodeName(t.NodeID))))
	default:
		s.item(plain("both are made of the same: the one before ended, as " + string(before.State)))
	}
}
