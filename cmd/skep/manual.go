package main

import (
	_ "embed"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"skep/ui/keys"
	"skep/ui/views"
)

// manualText is the manual page, in the man macros of roff.
//
//go:embed skep.1
var manualText string

// named is something that the manual lists.
type named struct {
	Names []string
	Text  string
}

// environment is what skep and its libraries read of the environment.
var environment = []named{
	{[]string{"DOCKER_HOST"}, "address of the engine, when neither -H nor -c is given"},
	{[]string{"DOCKER_CONTEXT"}, "docker context to connect to, when DOCKER_HOST is not set either"},
	{[]string{"DOCKER_CONFIG"}, "directory of docker's configuration instead of ~/.docker"},
	{[]string{"DOCKER_TLS_VERIFY", "DOCKER_TLS", "DOCKER_CERT_PATH"}, "TLS for tcp:// addresses, as the docker command takes them"},
	{[]string{"DOCKER_AUTH_CONFIG"}, "registry credentials, as JSON, for updating an image"},
	{[]string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}, "proxy for tcp:// addresses"},
	{[]string{"TERM", "COLORTERM"}, "what the terminal can show; with dumb, a report is printed"},
	{[]string{"SKEP_THEME"}, "theme, when --theme is not given"},
	{[]string{"COLORFGBG"}, "colours of the terminal, when it does not report its background"},
	{[]string{"NO_COLOR"}, "with any value but an empty one, no colours are used"},
	{[]string{"LC_ALL", "LC_CTYPE", "LANG"}, "the first that is set decides whether more than ASCII is drawn"},
	{[]string{"SSH_CONNECTION"}, "when it is set, skep draws and asks less often"},
	{[]string{"GOMEMLIMIT"}, "soft memory limit, instead of 256MiB"},
	{[]string{"TMUX", "STY"}, "set by tmux and GNU screen; skep copies through them"},
	{[]string{"XDG_STATE_HOME"}, "directory of the journal instead of ~/.local/state (macOS: ~/Library/Application Support, Windows: %LOCALAPPDATA%)"},
}

// manualFiles are the files that skep reads or writes.
var manualFiles = []named{
	{[]string{"~/.docker/config.json"}, "docker's configuration: the current context, credentials, headers; only read"},
	{[]string{"~/.docker/contexts/"}, "the docker contexts; only read"},
	{[]string{"~/.local/state/skep/journal.jsonl"}, "the journal: each change, its outcome and what undoes it, one JSON object per line; journal.jsonl.1 to .4 are older"},
	{[]string{"~/.local/state/skep/journal.secrets.jsonl"}, "what looks secret in the journal, kept apart: without it such a change cannot be undone"},
	{[]string{"~/.local/state/skep/history-command", "~/.local/state/skep/history-filter", "~/.local/state/skep/history-search"}, "the last 100 commands, filters and searches that were typed"},
	{[]string{"~/.local/state/skep/hint-read"}, "exists once the hint of the first start has been read"},
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
// Strings are put in by hand: text/template calls methods by name, for which
// the linker has to keep all methods there are, 2 MB of them.
func writeManual(w io.Writer, root *cobra.Command, of details) error {
	date := ""
	if !of.Time.IsZero() {
		date = of.Time.UTC().Format("2006-01-02")
	}
	_, err := strings.NewReplacer(
		"@DATE@", date, "@RELEASE@", roff(of.Release),
		"@VIEWS@\n", manualViews(), "@COMMANDS@\n", manualCommands(root), "@OPTIONS@\n", manualFlags(flags(root)), "@KEYS@\n", manualKeys(keys.Standard()),
		"@ENVIRONMENT@\n", manualList(environment), "@FILES@\n", manualList(manualFiles), "@EXAMPLES@\n", manualExamples(),
	).WriteString(w, manualText)
	return err
}

// item is one of a list: what stands out, in roff, and its text below.
func item(head, text string) string { return ".TP\n" + head + "\n" + text + "\n" }

func bold(text string) string { return `\fB` + roff(text) + `\fR` }

func manualList(list []named) string {
	var b strings.Builder
	for _, n := range list {
		b.WriteString(item(bold(strings.Join(n.Names, ", ")), sentence(n.Text)))
	}
	return b.String()
}

func manualViews() string {
	var list []named
	for _, d := range views.All {
		list = append(list, named{d.Names(), d.Summary()})
	}
	return manualList(list)
}

// manualCommands lists the commands, those that change the swarm apart.
func manualCommands(root *cobra.Command) string {
	var b strings.Builder
	for _, group := range commandGroups(root) {
		b.WriteString(".SS " + strings.TrimSuffix(sentence(group.title), ":.") + "\n")
		for _, c := range group.commands {
			b.WriteString(item(bold("skep "+c.Use), sentence(c.Short)))
		}
	}
	return b.String()
}

func manualFlags(flags *pflag.FlagSet) string {
	var b strings.Builder
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, text := pflag.UnquoteUsage(f)
		head := bold("--" + f.Name)
		if f.Shorthand != "" {
			head = bold("-"+f.Shorthand) + ", " + head
		}
		if value != "" {
			head += ` \fI` + roff(value) + `\fR`
		}
		b.WriteString(item(head, sentence(text)))
	})
	return b.String()
}

// manualKeys lists the keys by where they work.
func manualKeys(table keys.Table) string {
	var out strings.Builder
	for _, s := range table.Scopes() {
		out.WriteString(".SS " + strings.TrimSuffix(sentence(string(s)), ".") + "\n")
		for _, b := range table {
			if b.Scope == s {
				out.WriteString(item(bold(b.Names("", ", ")), sentence(table.Spell(b.Help, nil, keys.Show))))
			}
		}
		if also := table.AlsoIn(s, ""); also != "" {
			out.WriteString(".PP\n" + sentence(also) + "\n")
		}
	}
	return out.String()
}

func manualExamples() string {
	var b strings.Builder
	for _, e := range examples {
		b.WriteString(item(sentence(e.about), bold(e.command)))
	}
	return b.String()
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
