package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"skep/actions"
	"skep/internal/config"
	"skep/internal/journal"
	"skep/internal/safetext"
	"skep/model"
	"skep/ui/table"
)

// records are the entries of the journal, as the command line names them.
var records = objects{kind: model.KindRecord, word: "ENTRY"}

// findRecords are the entries of these IDs, or the beginnings of them; without any
// the newest of the swarm that was not undone.
func findRecords(ctx context.Context, c *model.Cluster, ids []string) ([]actions.Target, error) {
	h, err := journal.New(journal.Path(), os.Getenv).Read(ctx)
	if err != nil {
		return nil, err
	}
	var out []actions.Target
	add := func(r actions.Record, err error) error {
		out = append(out, r.AsTarget())
		return err
	}
	if len(ids) == 0 {
		return out, add(actions.Newest(h.Records(), c.Session.Swarm))
	}
	for _, id := range ids {
		if err := add(h.Find(strings.ToUpper(id))); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// recordReader is the journal as the console reads it.
type recordReader struct{ *journal.Journal }

// Read implements ui.Records.
func (r recordReader) Read(ctx context.Context) (table.Source, error) { return r.Journal.Read(ctx) }

func journalCommand(cfg *config.Config) *cobra.Command {
	count := 0
	c := givesJSON(&cobra.Command{
		Use: "journal [ENTRY]", Short: "print what was done with skep, and by whom", Args: cobra.MaximumNArgs(1),
		Long: "Print the journal of this user on this machine, the newest entry last (in\n" +
			"JSON first). It asks no engine. With the ID of an entry, or the beginning of it, it\n" +
			"prints that one, with what it changed. What looks secret is hidden.\n\n" +
			"Exit codes: 0 it was printed, 1 it cannot be read or has no such entry, 2 wrong\n" +
			"command line.",
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			j := journal.New(journal.Path(), os.Getenv)
			if len(args) > 0 {
				r, err := j.Record(cmd.Context(), strings.ToUpper(args[0]))
				if err != nil {
					return failed(err)
				}
				return failed(say(cmd.OutOrStdout(), cfg, newRecordReport(r)))
			}
			h, err := j.Read(cmd.Context())
			if err != nil {
				return failed(err)
			}
			list := h.Records()
			if count >= 0 && count < len(list) {
				list = list[:count]
			}
			return failed(say(cmd.OutOrStdout(), cfg, append(journalReport{}, list...)))
		},
	})
	c.Flags().IntVarP(&count, "lines", "n", 20, "the newest `ENTRIES`; -1 for all")
	return c
}

// journalReport are entries of the journal, the newest first.
type journalReport []actions.Record

// Text implements answer: as in a log, the newest comes last.
func (r journalReport) Text() string {
	if len(r) == 0 {
		return "the journal is empty\n"
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "TIME\tENTRY\tUSER\tCONTEXT\tOUTCOME\tWHAT")
	for i := range r {
		e := r[len(r)-1-i]
		fields := []string{e.Began.Local().Format(time.DateTime), shortID(e.ID), cmp.Or(e.User, "-"), cmp.Or(e.Context, "-"), e.OutcomeText(), e.Title}
		for k, f := range fields {
			fields[k] = safetext.Line(f)
		}
		_, _ = fmt.Fprintln(w, strings.Join(fields, "\t"))
	}
	_ = w.Flush()
	return b.String()
}

// shortID is as much of an ID as tells an entry from others.
func shortID(id string) string { return id[:min(len(id), 8)] }

// recordReport is one entry of the journal, whole.
type recordReport struct {
	actions.Record
	// Steps are what each step changed, without secrets; Kept is why one cannot be
	// taken back, and Lost what does not come back with it.
	Steps []stepReport `json:"steps,omitempty"`
	Kept  []string     `json:"kept,omitempty"`
	Lost  []string     `json:"lost,omitempty"`
}

type stepReport struct {
	What    string   `json:"what"`
	Changes []string `json:"changes,omitempty"`
}

func newRecordReport(r actions.Record) recordReport {
	out := recordReport{Record: r}
	for _, d := range r.Did {
		s := stepReport{What: d.String()}
		for _, c := range d.Changes() {
			s.Changes = append(s.Changes, c.String())
		}
		out.Steps = append(out.Steps, s)
	}
	back := actions.Inverse(r.Did)
	out.Kept, out.Lost = back.Kept, back.Lost
	out.Did = nil // It holds secrets.
	return out
}

// Text implements answer.
func (r recordReport) Text() string {
	var b strings.Builder
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%-9s %s\n", name, safetext.Line(text))
		}
	}
	fmt.Fprintln(&b, safetext.Line(r.Title))
	line("Entry", r.ID)
	line("Time", r.Began.Local().Format(time.DateTime))
	line("User", r.User)
	line("From", r.From)
	line("Context", r.Context)
	line("Swarm", r.Swarm)
	line("Stack", r.Stack)
	line("Outcome", r.OutcomeText())
	line("Error", r.Error)
	line("Undoes", r.Undoes)
	line("Undone by", r.Undone)
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "\n%s\n", safetext.Line(s.What))
		for _, c := range s.Changes {
			fmt.Fprintf(&b, "  %s\n", safetext.Line(c))
		}
	}
	section := func(title string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(&b, "\n%s\n", title)
		}
		for _, l := range lines {
			fmt.Fprintf(&b, "  %s\n", safetext.Line(l))
		}
	}
	if r.Lacks != "" {
		section("CANNOT BE UNDONE", []string{r.Lacks})
	}
	section("CANNOT BE UNDONE", r.Kept)
	section("DOES NOT COME BACK", r.Lost)
	section("DOCKER COMMANDS", r.Commands)
	return b.String()
}
