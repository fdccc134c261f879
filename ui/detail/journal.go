package detail

import (
	"fmt"
	"time"

	"skep/actions"
	"skep/model"
	"skep/ui/theme"
)

var _ = describes(model.KindRecord, (*sheet).record)

// record describes one record of the journal: what was done, what became of it, and
// what it would take to undo it. Secrets stay hidden.
func (s *sheet) record() {
	if len(s.in.Doc.Spec) == 0 {
		s.section("Record " + s.in.Ref.ID)
		s.none("it has not been read yet")
		return
	}
	r, err := actions.ReadRecord(s.in.Doc)
	if err != nil {
		s.section("Record " + s.in.Ref.ID)
		s.damage(err.Error())
		return
	}
	s.section(r.Title)
	status := map[actions.Verdict]model.Status{actions.Done: model.Neutral, "": model.Warning, actions.Unknown: model.Warning}
	was, known := status[r.Outcome]
	if !known {
		was = model.Broken
	}
	s.field("Outcome", s.status(r.OutcomeText(), was))
	if r.Asked {
		s.more(dim("found out by a later run: the one that did it saw no end"))
	}
	s.text("Error", r.Error)
	s.ago("When", r.Began)
	if took := r.Ended.Sub(r.Began).Round(time.Second); took >= time.Second && !r.Asked {
		s.text("Took", model.Span(took))
	}
	s.text("User", r.User)
	s.text("From", r.From)
	s.text("Context", r.Context)
	if here := s.in.Cluster.Session.Swarm; here != "" && here != r.Swarm {
		s.more(s.status("another swarm than the one on the screen", model.Warning))
	}
	s.text("Object", fmt.Sprintf("%s %s", r.Target.Ref.Kind, r.Target.Name))
	s.text("Stack", r.Stack)
	s.text("Entry", r.ID)
	s.text("Undoes", r.Undoes)
	s.text("Undone by", r.Undone)
	if len(r.Did) == 0 && len(r.Changes) > 0 {
		s.section("Planned changes")
		s.changes(r.Changes)
	}
	for _, d := range r.Did {
		s.section(d.String())
		s.changes(d.Changes())
	}
	s.undo(r)
	if len(r.Commands) > 0 {
		s.section("Docker commands")
		for _, c := range r.Commands {
			s.item(plain(c))
		}
	}
}

// changes are fields that differ, a line each.
func (s *sheet) changes(list []model.Change) {
	if len(list) == 0 {
		s.none("no field differs")
	}
	for _, c := range list {
		path, removed, added := dim(c.Path+"  "), Span{Text: c.Before, Role: theme.Removed}, Span{Text: c.After, Role: theme.Added}
		switch {
		case c.Before == "":
			s.item(path, dim("+ "), added)
		case c.After == "":
			s.item(path, dim("- "), removed)
		default:
			s.item(path, removed, dim(" "+s.in.Glyphs.Arrow+" "), added)
		}
	}
}

// undo says whether a record can be undone, and what does not come back.
func (s *sheet) undo(r actions.Record) {
	back := actions.Inverse(r.Did)
	kept := back.Kept
	for _, why := range []string{r.Irreversible(), r.Lacks} {
		if why != "" {
			kept = append(kept, why)
		}
	}
	if len(kept) > 0 {
		s.section("Cannot be undone")
		for _, why := range kept {
			s.item(plain(why))
		}
	}
	if len(back.Lost) > 0 {
		s.section("Does not come back")
		for _, lost := range back.Lost {
			s.item(plain(lost))
		}
	}
}
