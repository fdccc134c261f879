package subject

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/document"
	"skep/ui/screen"
	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/views"
)

// openReleases lists the releases of a service, or of a stack.
func openReleases(e screen.Env, o screen.Object) tea.Cmd {
	return e.Open(views.Releases.Open(views.Scope{Of: o.Ref}))
}

// pair are the two releases that are to be compared: the marked ones, or else the
// one under the cursor and the newest.
func pair(e screen.Env, o screen.Object) (model.Ref, string, error) {
	swarm, service, _, first, err := o.Ref.ParseRelease()
	if err != nil {
		return model.Ref{}, "", err
	}
	second := model.NewestRelease
	if s, ok := e.Screen().(screen.Selector); ok && len(s.Chosen()) > 1 {
		chosen := s.Chosen()
		if len(chosen) != 2 {
			return model.Ref{}, "", fmt.Errorf("%d are marked: two can be compared", len(chosen))
		}
		var other string
		if _, service, _, first, err = chosen[0].Ref.ParseRelease(); err == nil {
			_, other, _, second, err = chosen[1].Ref.ParseRelease()
		}
		if err != nil || other != service {
			return model.Ref{}, "", fmt.Errorf("they are of two services")
		}
		first, second = min(first, second), max(first, second)
	}
	name := fmt.Sprintf("%s %d and %d", service, first, second)
	if second == model.NewestRelease {
		name = fmt.Sprintf("%s %d and the newest", service, first)
	}
	return model.ReleasesRef(swarm, service, first, second), name, nil
}

func compareReason(e screen.Env, o screen.Object) string {
	if _, _, err := pair(e, o); err != nil {
		return err.Error()
	}
	return ""
}

// compareReleases shows what two releases differ in.
func compareReleases(e screen.Env, o screen.Object) tea.Cmd {
	ref, name, err := pair(e, o)
	if err != nil {
		e.Say(theme.Warning, err.Error())
		return nil
	}
	return e.Open(document.New(e, screen.Object{Ref: ref, Row: ref, Name: name}, false))
}

// set are the releases that the services of a stack were when one of them was the
// newest, without those that are so still.
func set(e screen.Env, o screen.Object) []screen.Object {
	if l, ok := e.Screen().(interface{ Held() table.Source }); ok {
		return views.ReleaseSet(l.Held(), o.Ref)
	}
	return nil
}

func runSetReason(e screen.Env, o screen.Object) string {
	if subjects := e.Screen().Subjects(); len(subjects) < 2 || subjects[1].Ref.Service() != "" {
		return "this is for the releases of a stack: v on one lists them"
	}
	objects := set(e, o)
	if len(objects) == 0 {
		return "every service of the stack is so still"
	}
	return e.Refuses("release", objects...)
}

// runSet previews what gives the services of a stack what they were then.
func runSet(e screen.Env, o screen.Object) tea.Cmd { return e.Act("release", nil, set(e, o)...) }
