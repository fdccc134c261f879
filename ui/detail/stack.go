package detail

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"skep/model"
	"skep/ui/theme"
)

var _ = describes(model.KindStack, (*sheet).stack)

// stack describes a stack. The engine knows none: it is what bears its label.
func (s *sheet) stack() {
	i := slices.IndexFunc(s.in.Cluster.Stacks(), func(st model.Stack) bool { return string(st.Name) == s.in.Ref.ID })
	if i < 0 {
		s.missing()
		return
	}
	st := s.in.Cluster.Stacks()[i]
	s.section("Stack " + string(st.Name))
	role := theme.Plain
	if st.Up+st.Finished < st.Want {
		role = theme.Warning
	}
	unsure := ""
	if !st.Sure {
		unsure = " (not sure: a part could not be checked)"
	}
	s.field("Services", plain(fmt.Sprint(len(st.Services))))
	if st.Jobs < len(st.Services) {
		completed := ""
		if st.Finished > 0 {
			completed = fmt.Sprintf(", %d completed", st.Finished)
		}
		s.field("Up", Span{Text: fmt.Sprintf("%d of %d tasks", st.Up, st.Want) + completed, Role: role}, dim(unsure))
	}
	if st.Jobs > 0 {
		s.field("Jobs", plain(fmt.Sprintf("%d of %d complete", st.Complete, st.Jobs)))
	}
	s.ago("Updated", st.Updated)
	s.stackProblems(st)
	s.stackServices(st)
	s.stackParts(st)
}

func (s *sheet) stackProblems(st model.Stack) {
	own := map[model.ServiceID]bool{}
	for _, svc := range st.Services {
		own[svc.Key()] = true
	}
	titled := false
	for _, p := range s.in.Cluster.Problems() {
		if !own[p.Ref.Service()] {
			continue
		}
		if !titled {
			s.section(fmt.Sprintf("Problems (%d)", st.Problems))
			titled = true
		}
		s.item(s.status(p.String(), p.Status))
	}
}

func (s *sheet) stackServices(st model.Stack) {
	s.section(fmt.Sprintf("Services (%d)", len(st.Services)))
	rows := make([][]Span, len(st.Services))
	for i, svc := range st.Services {
		rows[i] = append(s.serviceRow(svc), dim(model.ShortImage(svc.Image())))
	}
	s.grid(rows)
}

// stackParts are what the services' specs name, with the services that do.
func (s *sheet) stackParts(st model.Stack) {
	parts := map[model.Kind]users{}
	for _, svc := range st.Services {
		for _, r := range model.References(&svc.Spec) {
			if parts[r.Ref.Kind] == nil {
				parts[r.Ref.Kind] = users{}
			}
			parts[r.Ref.Kind].add(nameOr(r.Name, s.in.Cluster.NameOf(r.Ref)), svc)
		}
	}
	for _, kind := range model.Kinds() {
		s.users(strings.ToUpper(kind.Plural[:1])+kind.Plural[1:], parts[kind.Kind])
	}
}

// users are the services that use something, by its name.
type users map[string][]*model.Service

func (u users) add(name string, svc *model.Service) {
	if !slices.Contains(u[name], svc) {
		u[name] = append(u[name], svc)
	}
}

func (s *sheet) users(title string, u users) {
	if len(u) == 0 {
		return
	}
	s.section(fmt.Sprintf("%s (%d)", title, len(u)))
	var rows [][]Span
	for _, name := range slices.Sorted(maps.Keys(u)) {
		list := ""
		for i, svc := range u[name] {
			if i > 0 {
				list += ", "
			}
			list += svc.Name()
		}
		rows = append(rows, []Span{plain(name), dim(list)})
	}
	s.grid(rows)
}
