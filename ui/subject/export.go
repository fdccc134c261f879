package subject

import (
	tea "charm.land/bubbletea/v2"

	"skep/ui/document"
	"skep/ui/export"
	"skep/ui/screen"
)

// openYAML shows an object as YAML: a stack, which the engine does not know, as the
// compose file of what runs.
func openYAML(e screen.Env, o screen.Object) tea.Cmd {
	if o.Ref.Stack() != "" {
		return openExport(e, o)
	}
	return e.Open(document.New(e, o, true))
}

func yamlReason(e screen.Env, o screen.Object) string {
	switch {
	case o.Ref.Stack() != "":
		return exportReason(e, o)
	case o.Ref.Kind.Info().Inspectable():
		return ""
	}
	return "the engine has no " + string(o.Ref.Kind) + " objects"
}

// openExport shows a stack as a compose file.
func openExport(e screen.Env, o screen.Object) tea.Cmd { return e.Open(export.New(e, o)) }

func exportReason(e screen.Env, _ screen.Object) string {
	if _, here := e.Screen().(*export.Screen); here {
		return "this is its compose file"
	}
	if !e.Exports() {
		return "nothing is exported here"
	}
	return ""
}
