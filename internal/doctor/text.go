package doctor

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"skep/internal/safetext"
	"skep/model"
)

// Text is the report for people: the verdict, then a line for each finding with
// what would mend it below, each below its cause.
func (r Report) Text() string {
	var b strings.Builder
	where := ""
	if name := r.Swarm.Endpoint; name != "" {
		where = " (" + name + ", Engine " + r.Swarm.Engine + ")"
	}
	fmt.Fprintf(&b, "%s%s: %s\n", r.Verdict, where, r.summary())
	for line := range strings.Lines(r.Advice) {
		fmt.Fprintf(&b, "          %s\n", safetext.Line(strings.TrimSuffix(line, "\n")))
	}
	r.writeOwn(&b)
	for _, f := range r.Findings {
		f.write(&b, r.At)
	}
	return b.String()
}

// writeOwn adds the containers of services on the connected engine: those that do not
// run as they should each in a line.
func (r Report) writeOwn(b *strings.Builder) {
	if len(r.Containers) == 0 {
		return
	}
	running, services := 0, map[string]bool{}
	for _, t := range r.Containers {
		if t.State == "running" {
			running++
			services[t.Service] = true
		}
	}
	fmt.Fprintf(b, "\non this engine itself: %s of %s running, %d not\n", model.Plural(running, "container"), model.Plural(len(services), "service"), len(r.Containers)-running)
	for _, t := range r.Containers {
		if t.State != "running" || strings.Contains(t.Status, "unhealthy") {
			fmt.Fprintf(b, "  %-40s %s\n", safetext.Line(t.Task), safetext.Line(t.Status))
		}
	}
}

// summary is how much was found, and how much was looked at.
func (r Report) summary() string {
	if r.Error != "" {
		return safetext.Line(r.Error) + "; looked at nothing in the swarm"
	}
	problems, noted := 0, 0
	for _, f := range r.Findings {
		if f.Acknowledged {
			noted++
		}
		if f.Severity != severities[model.Neutral] && f.Cause == "" {
			problems++
		}
	}
	l := r.Coverage
	found := model.Plural(problems, "problem")
	if noted > 0 {
		found += fmt.Sprintf(" and %d acknowledged", noted)
	}
	text := fmt.Sprintf("%s; looked at %s, %s, %s", found,
		model.Plural(l.Nodes, "node"), model.Plural(l.Services, "service"), model.Plural(l.Tasks, "task"))
	if l.Unread > 0 {
		text += fmt.Sprintf(", not at the tasks of %s", model.Plural(l.Unread, "service"))
	}
	for _, list := range l.Lists {
		text += ", not at the " + list
	}
	return text
}

// write adds a finding; what another one explains is indented.
func (f Finding) write(b *strings.Builder, now time.Time) {
	indent := ""
	if f.Cause != "" {
		indent = "  "
	}
	fmt.Fprintf(b, "%s%-9s %s\n", indent, f.Severity, safetext.Line(f.sentence()))
	var more []string
	if f.Since != nil {
		more = append(more, "since "+f.Since.Format("2006-01-02 15:04:05 UTC")+", "+age(now.Sub(*f.Since)))
	}
	if f.Remedy != nil {
		more = append(more, "mend: "+f.Remedy.Text)
	}
	for _, m := range more {
		fmt.Fprintf(b, "%s          %s\n", indent, safetext.Line(m))
	}
}

// sentence is what is found, why, and how sure that is.
func (f Finding) sentence() string {
	line := f.Subject.Name + " " + f.Claim
	if f.Why != "" {
		line += " - " + f.Why
	}
	if f.Confidence != model.Certain.String() {
		line += " (" + f.Confidence + ")"
	}
	return line
}

// age is a duration in its two largest units.
func age(d time.Duration) string {
	switch {
	case d >= 24*time.Hour:
		return fmt.Sprintf("%dd%dh", int(d.Hours())/24, int(d.Hours())%24)
	case d >= time.Hour:
		return fmt.Sprintf("%dh%dm", int(d.Hours()), int(d.Minutes())%60)
	case d >= time.Minute:
		return fmt.Sprintf("%dm%ds", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%ds", max(0, int(d.Seconds())))
	}
}

// nameWidth is how wide a column of names is at the least, in columns of the terminal.
const nameWidth = 20

func width(name string) int { return utf8.RuneCountInString(safetext.Line(name)) }

// Text is the explanation for people.
func (e Explanation) Text() string {
	var b strings.Builder
	state := e.State
	if e.Restarts != "" {
		times := " times"
		if e.Restarts == "1" {
			times = " time"
		}
		state += ", restarted " + e.Restarts + times + " as far as is known"
	}
	fmt.Fprintf(&b, "%s %s: %s\n", e.Subject.Kind, safetext.Line(e.Subject.Name), safetext.Line(state))
	for _, f := range e.Findings {
		f.Cause = "" // Its cause stands there only if it affects the object.
		f.write(&b, e.At)
		for _, v := range f.Evidence {
			fmt.Fprintf(&b, "          %s\n", safetext.Line(v.Object+" "+v.Field+" = "+v.Value))
		}
	}
	if len(e.Findings) == 0 {
		b.WriteString("nothing wrong was found\n")
	}
	if len(e.Nodes) > 0 {
		b.WriteString("\nnodes, the nearest first:\n")
	}
	names, nodes := nameWidth, 0
	for _, n := range e.Nodes {
		names = max(names, width(n.Node))
	}
	for _, n := range e.Nodes {
		words := []string{"would take it"}
		if !n.Fits {
			words = nil
		}
		for _, m := range n.Misfits {
			words = append(words, m.Filter+": "+m.Detail)
		}
		fmt.Fprintf(&b, "  %-*s %s\n", names, safetext.Line(n.Node), safetext.Line(strings.Join(words, "; ")))
	}
	if len(e.Tasks) > 0 {
		b.WriteString("\ntasks, the newest first:\n")
	}
	names = nameWidth
	for _, t := range e.Tasks {
		names, nodes = max(names, width(t.Name)), max(nodes, width(t.Node))
	}
	for _, t := range e.Tasks {
		line := fmt.Sprintf("  %-*s %-10s %-*s  %s", names, safetext.Line(t.Name), t.State, nodes, safetext.Line(t.Node), safetext.Line(t.Why))
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	if e.Untold > 0 {
		fmt.Fprintf(&b, "  and %d more, older ones\n", e.Untold)
	}
	e.Log.write(&b)
	return b.String()
}

// write adds the end of a log.
func (l *Log) write(b *strings.Builder) {
	if l == nil {
		return
	}
	fmt.Fprintf(b, "\nthe last log lines of %s, which died:\n", safetext.Line(l.Name))
	for _, line := range l.Lines {
		fmt.Fprintf(b, "  %s\n", safetext.Line(line))
	}
	switch {
	case l.Error != "":
		fmt.Fprintf(b, "  the log cannot be read: %s\n", safetext.Line(l.Error))
	case len(l.Lines) == 0:
		b.WriteString("  it wrote nothing\n")
	}
}
