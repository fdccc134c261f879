package detail

import (
	"fmt"
	"strings"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
	"skep/ui/theme"
)

var _ = describes(model.KindFinding, (*sheet).finding)

// statusWords are what a finding is called by how bad it is.
var statusWords = map[model.Status]string{model.Broken: "outage", model.Warning: "degraded, or at risk", model.Neutral: "note"}

// finding shows one finding whole: what is claimed, by what evidence, and what
// would mend it.
func (s *sheet) finding() {
	f, ok := s.in.Cluster.Finding(model.FindingID(s.in.Ref.ID))
	if !ok {
		s.section("Finding")
		s.none("this is no longer so: it was mended, or has become something else")
		return
	}
	s.section(f.Subject + " " + f.Claim)
	role := theme.RoleOf(f.Status)
	if f.Why != "" {
		s.field("Why", Span{Text: f.Why, Role: role})
	}
	s.field("Severity", s.status(statusWords[f.Status], f.Status))
	s.ago("Since", f.Since)
	if f.Confidence != model.Certain {
		s.field("Confidence", plain(f.Confidence.String()))
	}
	if f.Remedy.Text != "" {
		s.field("Remedy", plain(f.Remedy.Text))
		if f.Remedy.Verb != "" {
			s.more(dim(s.in.MendKey + " opens the preview of it: " + f.Remedy.Verb + " " + s.in.Cluster.NameOf(f.Remedy.Target)))
		}
	}
	s.folded(f)
	s.evidence(f)
	s.lastWords(f)
	if svc := s.in.Cluster.Service(model.ServiceID(f.Ref.ID)); svc != nil {
		s.matrix(svc)
		s.lastTasks(svc)
	}
}

// folded are the cause of a finding, and what it is the cause of.
func (s *sheet) folded(f model.Finding) {
	if cause, ok := s.in.Cluster.Finding(f.Cause); ok {
		s.section("Explained by")
		s.item(s.status(cause.String(), cause.Status))
	}
	if len(f.Affects) == 0 {
		return
	}
	s.section(fmt.Sprintf("Explains (%d)", len(f.Affects)))
	for _, effect := range s.in.Cluster.Problems() {
		if effect.Cause == f.ID() {
			s.item(s.status(effect.String(), effect.Status))
		}
	}
}

// lastWords are the last log lines of the last task that died.
func (s *sheet) lastWords(f model.Finding) {
	w := s.in.Words
	t := s.in.Cluster.LastDead(f.Ref.Service())
	switch {
	case w.Of != "":
		s.section("Last log lines of " + w.Name)
	case t != nil && s.in.Listening:
		s.section("Last log lines of " + s.in.Cluster.TaskName(t))
		s.none("reading" + s.in.Glyphs.Ellipsis)
		return
	default:
		return
	}
	for _, line := range w.Lines {
		s.item(plain(line))
	}
	switch {
	case w.Err != "":
		s.none("the log cannot be read: " + w.Err)
	case len(w.Lines) == 0:
		s.none("it wrote nothing")
	}
}

func (s *sheet) evidence(f model.Finding) {
	if len(f.Evidence) == 0 {
		return
	}
	s.section("Evidence")
	for _, e := range f.Evidence {
		s.item(dim(e.Object+" "), plain(e.Field+" = "+e.Value))
	}
}

// matrix is why each node refuses the task that a service waits for.
func (s *sheet) matrix(svc *model.Service) {
	t := s.in.Cluster.Facts(svc.Key()).Worst
	if t == nil || t.State != swarm.TaskStatePending {
		return
	}
	s.section("Nodes, the nearest first, and what keeps " + s.in.Cluster.TaskName(t) + " off them")
	fits := s.in.Cluster.WhyPending(svc, t)
	rows := make([][]Span, len(fits))
	for i, f := range fits {
		var all []string
		for _, m := range f.Misfits {
			all = append(all, m.Words())
		}
		rows[i] = []Span{s.status(s.in.Cluster.NodeName(f.Node.Key()), model.Warning), plain(strings.Join(all, "; "))}
		if f.OK() {
			rows[i] = []Span{s.status(s.in.Cluster.NodeName(f.Node.Key()), model.Good), plain("nothing: it would take the task")}
		}
	}
	s.grid(rows)
}

// problems say what was found about an object, for the top of its description.
func (s *sheet) problems(r model.Ref) {
	for _, f := range s.in.Cluster.FindingsAbout(r) {
		text := f.Claim
		if f.Why != "" {
			text += " - " + f.Why
		}
		key := "Problem"
		if f.Status == model.Neutral {
			key = "Note"
		}
		s.field(key, s.status(text, f.Status))
		if f.Remedy.Text != "" {
			s.more(dim("remedy: " + f.Remedy.Text))
		}
	}
}
