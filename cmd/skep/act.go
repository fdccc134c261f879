package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"skep/actions"
	"skep/internal/backend"
	"skep/internal/compose"
	"skep/internal/config"
	"skep/internal/converge"
	"skep/internal/feed"
	"skep/internal/safetext"
	"skep/model"
	"skep/ui/keys"
)

// act is a verb without a screen.
type act struct {
	verb string
	// objects are what is named without its kind.
	objects
	// last is the key of the form's value that follows the objects, and lastWord
	// what stands for it in the usage; empty for none.
	last, lastWord string
	// how says in a sentence what is typed there.
	how string
	// values are what flags say for the form.
	values map[string]string
	// file has the text of a verb that is done in an editor otherwise; - for
	// standard input.
	file string
	// source has the files that a service is deployed from; without any it is as it
	// runs.
	source compose.Source
	// find finds the objects where they are none of the snapshot's; without any
	// named too.
	find func(ctx context.Context, c *model.Cluster, args []string) ([]actions.Target, error)
}

// howImage is how an image is named.
const howImage = "IMAGE is NAME:TAG, or NAME:TAG@DIGEST; the registry is asked for its digest."

// acts are the verbs that need no screen. The others ask for more than fits on
// one line.
var acts = []act{
	{verb: "scale", objects: services, last: "replicas", lastWord: "REPLICAS", how: "REPLICAS is a number, or +N or -N."},
	{verb: "image", objects: services, last: "image", lastWord: "IMAGE", how: howImage},
	{verb: "newest", objects: services, find: findServices},
	{verb: "restart", objects: services},
	{verb: "rollback", objects: services},
	{verb: "revert", objects: services},
	{verb: "hold", objects: services},
	{verb: "resume", objects: services},
	{verb: "label", objects: services, last: "labels", lastWord: "CHANGE...", how: "CHANGE: KEY=VALUE sets one, KEY- takes it away."},
	{verb: "env", objects: services, last: "env", lastWord: "CHANGE...", how: "CHANGE: NAME=VALUE sets one, NAME- takes it away."},
	{verb: "constraint", objects: services, last: "constraints", lastWord: "CONSTRAINT...", how: "All constraints as they are to be, such as node.role==worker or node.labels.zone!=a."},
	{verb: "resources", objects: services},
	{verb: "mounts", objects: services},
	{verb: "networks", objects: services},
	{verb: "rollout-config", objects: services},
	{verb: "edit", objects: services},
	{verb: "rebalance", objects: services},
	{verb: "green", objects: services, last: "image", lastWord: "IMAGE", how: howImage},
	{verb: "switch", objects: services},
	{verb: "finish", objects: services},
	{verb: "stop", objects: services},
	{verb: "start", objects: services},
	{verb: "remove", objects: services},
	{verb: "drain", objects: nodes},
	{verb: "upgrade", objects: nodes, find: findNodes},
	{verb: "pause", objects: nodes},
	{verb: "activate", objects: nodes},
	{verb: "promote", objects: nodes},
	{verb: "demote", objects: nodes},
	{verb: "undo", objects: records, find: findRecords},
	{verb: "release", objects: releaseObjects, find: findReleases},
}

// errUnasked is why nothing was done where nobody could be asked.
var errUnasked = errors.New("nothing was done: this is no terminal to ask on; --yes applies what the preview says")

// brief says what an action does, as the help of its key does.
func brief(a actions.Action) string {
	for _, b := range keys.Standard() {
		if b.Verb == a.Verb {
			text, _, _ := strings.Cut(b.Help, ";")
			text, _, _ = strings.Cut(text, " (")
			return text
		}
	}
	return strings.ToLower(a.Title[:1]) + a.Title[1:]
}

// actCommands are the verbs as commands.
func actCommands(cfg *config.Config) []*cobra.Command {
	var out []*cobra.Command
	for _, a := range acts {
		action, _ := actions.Find(a.kind, a.verb)
		var asked consent
		chosen := func(a act) act { return a }
		waits := waiting{}
		use, most := a.verb+" "+a.word+"...", cobra.MinimumNArgs(1)
		if len(a.others()) > 0 {
			use = fmt.Sprintf("%s %s|KIND/NAME...", a.verb, a.word)
		}
		if a.find != nil {
			use, most = a.verb+" ["+a.word+"]...", cobra.ArbitraryArgs
		}
		if a.last != "" {
			use, most = a.verb+" "+a.word+"... "+a.lastWord, cobra.MinimumNArgs(2)
		}
		besides := ""
		if a.how != "" {
			besides = ansi.Wordwrap(a.how, helpWidth, "") + "\n\n"
		}
		if others := a.others(); len(others) > 0 {
			besides += ansi.Wordwrap("It is done to what has its kind before its name, too: "+strings.Join(others, ", ")+".", helpWidth, "") + "\n\n"
		}
		c := givesJSON(&cobra.Command{
			Use: use, Args: most, Short: brief(action), GroupID: changesGroup,
			Long: ansi.Wordwrap(action.Title+". Prints the preview of the console, asks on a terminal, and writes the journal. Elsewhere nothing is done without --yes.", helpWidth, "") + "\n\n" + besides +
				"In a production context --yes is not enough: --confirm TEXT gives what the\n" +
				"preview would ask for.\n\n" +
				"Exit codes: 0 done, or so already, 1 not done or not known whether,\n" +
				"2 wrong command line, 9 refused, or not confirmed. With --wait, once it is done:\n" + waitCodes + ".",
			ValidArgsFunction: completer{cfg}.of(a.kind),
			RunE: func(cmd *cobra.Command, args []string) error {
				if err := errors.Join(take(cfg, nil), checkLimit(waits.limit)); err != nil {
					return err
				}
				return chosen(a).run(cmd, cfg, args, asked, waits)
			},
		})
		more := actFlags[a.verb]
		if a.verb == "green" {
			more = greenFlags(cfg) // Its -c takes the letter from --context.
		}
		if more != nil {
			chosen = more(c)
		}
		c.SetFlagErrorFunc(negative)
		c.Flags().BoolVarP(&asked.goOn, "keep-going", "k", false, "of several, go on with the others after an error")
		addConsent(c, &asked, &waits)
		out = append(out, c)
	}
	return out
}

// consent is what was confirmed on the command line.
type consent struct {
	yes  bool
	text string
	goOn bool
}

// addConsent adds the flags that every command has that writes.
func addConsent(c *cobra.Command, asked *consent, waits *waiting) {
	c.Flags().BoolVarP(&asked.yes, "yes", "y", false, "apply without asking what is not refused")
	c.Flags().StringVar(&asked.text, "confirm", "", "apply without asking, where the preview would ask for this `TEXT`")
	c.Flags().BoolVar(&waits.on, "wait", false, "wait until what it changes runs as it should, as skep wait does")
	addLimit(c, &waits.limit)
	goesWith(c, "timeout", "wait")
}

// to reports whether a plan need not be asked about. In production a yes in the
// history of a shell must not do for whatever context is chosen today.
func (c consent) to(p actions.Plan) (bool, error) {
	production := p.Production != "" && p.Confirm.Gate == actions.GateName
	switch {
	case c.text != "" && !p.Confirm.Takes(c.text):
		return false, fmt.Errorf("nothing was done: --confirm %s is not what it takes; %s", safetext.Line(c.text), wants(p.Confirm))
	case c.text == "" && c.yes && production:
		return false, fmt.Errorf("nothing was done: %s is production, for which --yes is not enough; %s", safetext.Line(p.Production), wants(p.Confirm))
	}
	return c.yes || c.text != "", nil
}

// wants says what --confirm takes for a plan.
func wants(c actions.Confirm) string {
	if c.Gate != actions.GateName {
		return "--yes is what it takes"
	}
	return "--confirm " + model.Quote(safetext.Line(c.Word())) + " is what it takes"
}

// run plans, shows, asks and writes.
func (a act) run(cmd *cobra.Command, cfg *config.Config, args []string, given consent, waits waiting) error {
	b, end, err := openToWrite(cmd.Context(), cfg)
	if err != nil {
		return failed(err)
	}
	defer end()
	w := write{cmd: cmd, cfg: cfg, b: b, given: given, waits: waits}
	if w.request, w.before, err = a.asked(cmd.Context(), b, args); err != nil {
		return w.ended(err)
	}
	w.affected = func(results []actions.Result) converge.Selection { return a.affected(w.before, results) }
	w.propose = func() error { return a.propose(&w) }
	return w.propose()
}

// propose plans what was asked for, and writes it. Over what somebody else has
// written meanwhile it plans on what is there now.
func (a act) propose(w *write) (err error) {
	ctx, r := w.cmd.Context(), &w.request
	eng := overLedger(*w.cfg, journalOf(*w.cfg).Over(w.b.Engine))
	switch over := r.Values[actions.OverValue] != ""; {
	case over:
		w.before, err = lookAgain(ctx, w.b, *r)
	case r.Action.Text != nil:
		e := editing{ctx: ctx, eng: eng, c: w.before, r: r, in: w.cmd.InOrStdin(), out: w.cmd.ErrOrStderr()}
		w.typed = a.file == ""
		err = e.edit(a.file)
	}
	if err != nil {
		return w.ended(err)
	}
	_ = newRecorder(*w.cfg).See(ctx, w.before) // Without it the ledger has what it had.
	docs := r.Read(ctx, eng, w.before, nil)
	proposals := r.Propose(w.before, docs, actions.ResolveAll(ctx, w.b.Engine, r.Images(w.before, docs)))
	plans, left := actions.Split(proposals)
	if len(plans) == 0 {
		return a.unplanned(w.cmd, w.cfg, w.b, w.before, *r, proposals, w.waits)
	}
	return w.run(plans, left)
}

// asAsked reports whether those that are left out are as they were asked to be.
func asAsked(left []error) bool {
	return !slices.ContainsFunc(left, func(err error) bool { return !errors.Is(err, actions.ErrNoChange) })
}

// exitRefused is the exit code of what was not done for a reason of its own. It is
// none of those of a wait, which may come after the write.
const exitRefused = 9

// asked is what the command line asks for. What is not there stops all: a script has
// misspelt it. What is there and cannot take part is left out.
func (a act) asked(ctx context.Context, b *backend.Backend, args []string) (actions.Request, *model.Cluster, error) {
	r := actions.Request{Values: map[string]string{}}
	maps.Copy(r.Values, a.values)
	args, r.Values = a.takeValues(args, r.Values)
	of, names, err := a.named(args)
	if err != nil {
		return r, nil, err
	}
	r.Action, _ = actions.Find(of.kind, a.verb)
	lists := interestOf(r, of.kind)
	if len(a.source.Files) > 0 {
		lists = actions.Deploy(actions.Stack{}, actions.Deployment{}).Lists()
	}
	c, err := look(ctx, b, lists)
	if err != nil {
		return r, nil, err
	}
	if r.Targets, err = a.targets(ctx, c, of, names); err != nil {
		return r, c, err
	}
	if len(a.source.Files) > 0 {
		if r.Action, err = greenFrom(a.source, c, r.Targets[0]); err != nil {
			return r, c, err
		}
	}
	return r, c, a.checkValues(c, r)
}

// interestOf is what an action on objects of a kind goes by.
func interestOf(r actions.Request, kind model.Kind) model.Interest {
	out := r.Action.Lists()
	if kind.Info().Decode != nil {
		out = out.With(kind.All())
	}
	return out
}

// look is a snapshot with lists, and with all tasks, so that a plan can tell what it
// does to them.
func look(ctx context.Context, b *backend.Backend, lists model.Interest) (*model.Cluster, error) {
	return lookFor(ctx, b, lists, (*model.Cluster).Explained)
}

// lookAgain is a snapshot of what a request is about as it is from now on, or where
// that takes long as it was.
func lookAgain(ctx context.Context, b *backend.Backend, r actions.Request) (*model.Cluster, error) {
	from := time.Now()
	b.Feed.Refresh()
	return lookFor(ctx, b, interestOf(r, r.Targets[0].Ref.Kind), func(c *model.Cluster) bool {
		_, at := c.TasksUnder(r.Targets[0].Ref)
		return at.After(from) && c.Explained()
	})
}

// lookFor is a snapshot with lists that is whole, if that does not take too long.
func lookFor(ctx context.Context, b *backend.Backend, lists model.Interest, whole func(*model.Cluster) bool) (*model.Cluster, error) {
	waits, cancel := context.WithTimeoutCause(ctx, reportPatience, fmt.Errorf("no answer within %s", reportPatience))
	defer cancel()
	return b.Feed.Await(waits, feed.Want{
		Interest: lists.With(model.KindTask.All()), Whole: whole, Longer: reasonPatience,
		Known: func(c *model.Cluster) bool {
			return c.Ready() && !slices.ContainsFunc(lists.Refs(), func(k model.Ref) bool { return !c.Set(k.Kind).Known() })
		},
	})
}

// targets are the objects that were named.
func (a act) targets(ctx context.Context, c *model.Cluster, of objects, names []string) ([]actions.Target, error) {
	if a.find != nil {
		return a.find(ctx, c, names)
	}
	var out []actions.Target
	for _, name := range names {
		t, err := of.target(c, name)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// confirmed asks for what it takes. The error is the signal that came in place of an
// answer.
func confirmed(in io.Reader, out io.Writer, c actions.Confirm) (bool, error) {
	if c.Gate != actions.GateName {
		c.Name = "Y"
	}
	typed, err := askLine(in, out, fmt.Sprintf("To apply it, type %s and press enter: ", safetext.Line(c.Word())))
	if typed != "" && !c.Takes(typed) {
		_, _ = fmt.Fprintf(out, "%s is not %s\n", safetext.Line(typed), safetext.Line(c.Word()))
	}
	return err == nil && c.Takes(typed), err
}

// planReport is a preview without a screen, and what became of it.
type planReport struct {
	Title    string   `json:"title,omitempty"`
	Refused  string   `json:"refused,omitempty"`
	Impact   []string `json:"impact,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
	// Instead is the command that is better run first.
	Instead string   `json:"instead,omitempty"`
	Changes []string `json:"changes,omitempty"`
	// changesTitle is what stands above them.
	changesTitle string
	Undo         []string `json:"undo,omitempty"`
	Commands     []string `json:"commands,omitempty"`
	// Outcome is there after the write.
	Outcome  string   `json:"outcome,omitempty"`
	NotDone  []string `json:"not_done,omitempty"`
	Unknown  []string `json:"unknown,omitempty"`
	NotBegun []string `json:"not_begun,omitempty"`
	Said     []string `json:"said,omitempty"`
	// Ended is how what went on after the write ended.
	Ended []string `json:"ended,omitempty"`
	// Wait is there where it was waited for what was changed.
	Wait *converge.Report `json:"wait,omitempty"`
}

func newPlanReport(p actions.Plan) planReport {
	r := planReport{Title: p.Title, Refused: p.Confirm.Why, Impact: p.Impact.Sentences, Warnings: p.Warnings, Commands: p.Commands, changesTitle: p.ChangesTitle()}
	if p.Instead != "" {
		r.Instead = "skep " + p.Instead + " " + model.Quote(typed(p.Target))
	}
	for _, c := range p.Changes {
		r.Changes = append(r.Changes, c.String())
	}
	if p.Undo.Sentence != "" {
		r.Undo = append([]string{p.Undo.Sentence}, p.Undo.Commands...)
	}
	return r
}

// typed is what names an object on a command line: its name, or its ID where the name
// cannot be typed.
func typed(t actions.Target) string {
	if safetext.Line(t.Name) != t.Name || strings.HasPrefix(t.Name, "-") {
		return t.Ref.ID
	}
	return t.Name
}

// became adds what became of the plans.
func (r *planReport) became(plans []actions.Plan, results []actions.Result, journalled error) {
	o := actions.Sum(plans, results)
	r.Outcome, r.NotDone, r.Unknown, r.NotBegun = o.String(), o.NotDone, o.Unsure, o.NotBegun
	for _, one := range results {
		r.Said = append(r.Said, one.Warnings...)
	}
	if journalled != nil {
		r.Said = append(r.Said, "not in the journal: "+model.MaskError(journalled))
	}
}

// hintUndo says how what was written is taken back; nothing where it cannot be. What went
// on after it is newer in the journal: only of a gentle drain each step takes back all.
func (r *planReport) hintUndo(plans []actions.Plan, results []actions.Result, wentOn bool) {
	if wentOn && plans[0].Verb != "gentle-drain" {
		return
	}
	n, part := 0, false
	for i, one := range results {
		inPart := one.Verdict() == actions.InPart
		if (one.Err == nil || inPart) && actions.Undoable(plans[i], one) {
			n, part = n+1, part || inPart
		}
	}
	switch {
	case n == 1 && part:
		r.Outcome += "; skep undo takes back what was done"
	case n == 1:
		r.Outcome += "; skep undo takes it back"
	case n > 1:
		r.Outcome += "; skep undo takes the last one back, skep journal lists them"
	}
}

// Text implements answer.
func (r planReport) Text() string {
	var b strings.Builder
	section := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		fmt.Fprintf(&b, "\n%s\n", title)
		for _, l := range lines {
			fmt.Fprintf(&b, "  %s\n", safetext.Line(l))
		}
	}
	if r.Title != "" {
		fmt.Fprintln(&b, safetext.Line(r.Title))
	}
	if r.Refused != "" {
		section("REFUSED", []string{r.Refused})
	}
	section("IMPACT", r.Impact)
	section("WARNINGS", r.Warnings)
	if r.Instead != "" {
		section("BETTER FIRST", []string{r.Instead})
	}
	section(r.changesTitle, r.Changes)
	section("UNDO", r.Undo)
	section("DOCKER COMMANDS", r.Commands)
	if r.Outcome != "" {
		fmt.Fprintln(&b, "\n"+r.Outcome)
	}
	section("NOT DONE", r.NotDone)
	section("NOT KNOWN", r.Unknown)
	section("NOT BEGUN", r.NotBegun)
	section("SAID", r.Said)
	section("IN THE END", r.Ended)
	return strings.TrimLeft(b.String(), "\n")
}
