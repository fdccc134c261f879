package main

import (
	_ "embed"
	"io"
	"slices"
	"strings"
	"text/template"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"skep/ui/keys"
	"skep/ui/views"
)

// manualText is the manual page, in the man macros of roff.
//
//go:embed skep.1.tmpl
var manualText string

// named is something that the manual lists.
type named struct {
	Names []string
	Text  string
}

// environment is what skep and its libraries read of the environment.
var environment = []named{
	{[]string{"DOCKER_HOST"}, "address of the engine, where neither -H nor -c is given"},
	{[]string{"DOCKER_CONTEXT"}, "docker context to connect to, where DOCKER_HOST is not set either"},
	{[]string{"DOCKER_CONFIG"}, "directory of docker's configuration instead of ~/.docker"},
	{[]string{"DOCKER_TLS_VERIFY", "DOCKER_TLS", "DOCKER_CERT_PATH"}, "TLS for tcp:// addresses, as the docker command takes them"},
	{[]string{"DOCKER_AUTH_CONFIG"}, "credentials of registries, as JSON, where an image is updated"},
	{[]string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}, "proxy for tcp:// addresses"},
	{[]string{"TERM", "COLORTERM"}, "what the terminal can show; with dumb a report is printed"},
	{[]string{"NO_COLOR"}, "with any value but an empty one, no colours are used"},
	{[]string{"LC_ALL", "LC_CTYPE", "LANG"}, "the first that is set decides whether more than ASCII is drawn"},
	{[]string{"SSH_CONNECTION"}, "where it is set, skep draws and asks less often"},
	{[]string{"XDG_STATE_HOME"}, "directory of the journal instead of ~/.local/state"},
}

// manualFiles are the files that skep reads or writes.
var manualFiles = []struct{ Name, Text string }{
	{"~/.docker/config.json", "docker's configuration: the current context, credentials, headers; only read"},
	{"~/.docker/contexts/", "the docker contexts; only read"},
	{"~/.local/state/skep/journal.jsonl", "what was changed with skep, one JSON object a line"},
}

// manual prints the manual page. It is for those who make packages.
func manual() *cobra.Command {
	return &cobra.Command{
		Use: "man", Short: "print the manual page", Hidden: true, Args: cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return failed(writeManual(cmd.OutOrStdout(), cmd.Root(), build()))
		},
	}
}

// writeManual writes the manual page. The same build always writes the same.
func writeManual(w io.Writer, root *cobra.Command, of details) error {
	t, err := template.New("skep.1").Funcs(template.FuncMap{
		"roff": roff, "sentence": sentence,
		"join": func(names []string) string { return roff(strings.Join(names, ", ")) },
	}).Parse(manualText)
	if err != nil {
		return err
	}
	type example struct{ About, Command string }
	var shown []example
	for _, e := range examples {
		shown = append(shown, example{e.about, e.command})
	}
	date := ""
	if !of.Time.IsZero() {
		date = of.Time.UTC().Format("2006-01-02")
	}
	return t.Execute(w, map[string]any{
		"Date": date, "Release": of.Release, "Views": views.All, "Flags": manualFlags(root.Flags()),
		"Scopes": manualKeys(keys.All), "ExitFailure": exitFailure, "ExitUsage": exitUsage,
		"Environment": environment, "Files": manualFiles, "Examples": shown,
	})
}

// manualFlag is a flag with what stands above its text.
type manualFlag struct{ Head, Text string }

func manualFlags(flags *pflag.FlagSet) []manualFlag {
	var out []manualFlag
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, text := pflag.UnquoteUsage(f)
		head := `\fB` + roff("--"+f.Name) + `\fR`
		if f.Shorthand != "" {
			head = `\fB` + roff("-"+f.Shorthand) + `\fR, ` + head
		}
		if value != "" {
			head += ` \fI` + roff(value) + `\fR`
		}
		out = append(out, manualFlag{head, text})
	})
	return out
}

// manualScope is a place where keys work.
type manualScope struct {
	Title    string
	Bindings []manualBinding
}

type manualBinding struct {
	Names []string
	Help  string
}

func manualKeys(table keys.Table) []manualScope {
	var out []manualScope
	for _, b := range table {
		title := strings.ToUpper(string(b.Scope)[:1]) + string(b.Scope)[1:]
		at := slices.IndexFunc(out, func(s manualScope) bool { return s.Title == title })
		if at < 0 {
			at = len(out)
			out = append(out, manualScope{Title: title})
		}
		out[at].Bindings = append(out[at].Bindings, manualBinding{[]string{b.Names("", ", ")}, b.Help})
	}
	return out
}

// sentence is a text that begins and ends as one.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return roff(text)
}

// roffSigns are what roff or a font makes something else of, and the arrows in
// a form that every roff knows.
var roffSigns = strings.NewReplacer(
	`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, `"`, `\(dq`,
	"↑", `\(ua`, "↓", `\(da`, "←", `\(<-`, "→", `\(->`, "⇧", "shift+",
)

// roff is a text that may stand anywhere in a line of roff.
func roff(text string) string {
	text = roffSigns.Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}
