package detail

import (
	"fmt"
	"strings"
	"time"

	"skep/model"
	"skep/ui/theme"
)

// objectOf is the object to describe, of a kind that is kept as a set: as it was
// read, which tells more than the list does, or else as the list has it. Where
// there is none the sheet says so.
func objectOf[T model.Object](s *sheet) (T, bool) {
	known, ok := model.Lookup[T](s.in.Cluster, s.in.Ref)
	if read, is := s.read().(T); is && read.Meta().Ref == s.in.Ref {
		if !ok {
			s.wentSince(s.in.Cluster.Set(s.in.Ref.Kind).At)
		}
		return read, true
	}
	if !ok {
		s.section(string(s.in.Ref.Kind) + " " + s.in.Ref.ID)
		if set := s.in.Cluster.Set(s.in.Ref.Kind); set.At.IsZero() {
			s.none("nothing is known about it yet")
		} else {
			s.none("it no longer exists")
		}
	}
	return known, ok
}

// wentSince says that an object is no longer there, where a list without it is newer
// than what is described.
func (s *sheet) wentSince(listed time.Time) {
	if !listed.After(s.in.Doc.ReadAt) {
		return
	}
	s.lines = append(s.lines, Line{{Text: "It no longer exists; this is what it was" + s.agoWords(s.in.Doc.ReadAt) + ".", Role: theme.Broken}})
}

// read is the document as an object of its kind; nil for none.
func (s *sheet) read() model.Object {
	make := s.in.Ref.Kind.Info().Decode
	if make == nil || len(s.in.Doc.Raw) == 0 {
		return nil
	}
	return make(func(v any) string {
		if err := decode(s.in.Doc.Raw, v); err != nil {
			return err.Error()
		}
		return ""
	})
}

// object begins the description of an object with what all of them have.
func (s *sheet) object(title string, m model.Meta) {
	s.section(title + " " + m.Name)
	now, former := model.UserNames(s.in.Cluster.Users(m.Ref))
	switch {
	case len(now) > 0:
		s.field("Used by", plain(strings.Join(now, ", ")))
	case len(former) > 0:
		s.field("Used by", s.status("nothing now; a rollback would use it again: of "+strings.Join(former, ", "), model.Neutral))
	case m.Local:
		s.field("Used by", plain("no service"))
	default:
		s.field("Used by", s.status("nothing: no service names it, now or in its earlier version", model.Neutral))
	}
	s.damage(m.Damage)
	if m.Ref.ID != m.Name {
		s.text("ID", m.Ref.ID)
	}
	s.text("Stack", string(m.Stack))
	s.ago("Created", m.Created)
	if !m.Updated.Equal(m.Created) {
		s.ago("Updated", m.Updated)
	}
}

// usersOf are the services that use the object, how they do, and how they are.
func (s *sheet) usersOf(ref model.Ref, how func(*model.Service) string) {
	users := s.in.Cluster.Users(ref)
	if len(users) == 0 {
		return
	}
	s.section(fmt.Sprintf("Services (%d)", len(users)))
	rows := make([][]Span, len(users))
	for i, u := range users {
		if u.Former {
			rows[i] = []Span{plain(u.Service.Name()), dim("only its earlier version, which a rollback brings back")}
			continue
		}
		rows[i] = append(s.serviceRow(u.Service), plain(how(u.Service)))
	}
	s.grid(rows)
}

// serviceRow is a service in a list of them: its name, its tasks and its state.
func (s *sheet) serviceRow(svc *model.Service) []Span {
	f := s.in.Cluster.Facts(svc.Key())
	up := fmt.Sprintf("%d/%d", f.Up, f.Want)
	if svc.IsJob() {
		up = fmt.Sprintf("%d/%d done", f.Completed, f.Total)
	}
	word, status := f.State(svc)
	return []Span{plain(svc.Name()), plain(up), s.status(word, status)}
}
