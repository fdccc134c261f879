package subject

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/screen"
	"skep/ui/theme"
	"skep/ui/views"
)

// finding is the one that an object was chosen by.
func finding(e screen.Env, o screen.Object) (model.Finding, bool) {
	if c := e.Snapshot(); c != nil {
		return c.Finding(model.FindingID(o.Row.ID))
	}
	return model.Finding{}, false
}

// mendReason is why nothing that would mend a problem can be done now.
func mendReason(e screen.Env, o screen.Object) string {
	if o.Ref.Kind.Info().Resolves {
		return renameReason(e, o)
	}
	f, ok := finding(e, o)
	switch r := f.Remedy; {
	case !ok:
		return "no problem is selected"
	case r.Text == "":
		return "nothing is known that would mend it by itself"
	case r.Verb == "":
		return "this is for you to do: " + r.Text
	}
	return e.Refuses(f.Remedy.Verb, remedied(e, f))
}

// remedied is what the remedy of a problem is done to.
func remedied(e screen.Env, f model.Finding) screen.Object {
	at := f.Remedy.Target
	return screen.Object{Ref: at, Row: at, Name: e.Snapshot().NameOf(at)}
}

// mend goes straight to the preview of what would mend a problem, or to the form
// where something is left to be said.
func mend(e screen.Env, o screen.Object) tea.Cmd {
	if o.Ref.Kind.Info().Resolves {
		return e.Act(restartVerb, nil, misnamed(e, o)...)
	}
	f, ok := finding(e, o)
	if !ok {
		return nil
	}
	return e.Act(f.Remedy.Verb, f.Remedy.Values, remedied(e, f))
}

// openConcerned goes to the tasks of what a problem is about.
func openConcerned(e screen.Env, o screen.Object) tea.Cmd {
	f, _ := finding(e, o)
	if f.Ref.Kind.Info().Tasks == nil {
		e.Say(theme.Dim, "it is about nothing that has tasks")
		return nil
	}
	return e.Open(views.Tasks.Open(views.Scope{Of: f.Ref}))
}

// acknowledgeable is the problem that an object was chosen by, if its operator may take
// note of it, or has.
func acknowledgeable(e screen.Env, o screen.Object) (model.Finding, bool) {
	f, ok := finding(e, o)
	return f, ok && f.Mark != ""
}

func acknowledgeReason(e screen.Env, o screen.Object) string {
	if _, ok := acknowledgeable(e, o); !ok {
		return "a note is nothing to acknowledge"
	}
	return ""
}

// acknowledge takes note of a problem, after which it is none any more: in this
// process and the next ones. Once more takes that back.
func acknowledge(e screen.Env, o screen.Object) tea.Cmd {
	f, ok := acknowledgeable(e, o)
	if !ok {
		return nil
	}
	words := "acknowledged"
	if f.Noted {
		words = "a problem again"
	} else if _, until, timed := model.SeenUntil(f.Mark); timed {
		words += " until " + until.UTC().Format("15:04 UTC") + " or a change"
	}
	e.Say(theme.Good, words+": "+f.Subject+" "+strings.TrimSuffix(f.Claim, model.NotedSuffix))
	return e.Acknowledge(f.Mark)
}
