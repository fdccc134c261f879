package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"skep/actions"
	"skep/internal/config"
	"skep/internal/feed"
	"skep/internal/releases"
	"skep/internal/safetext"
	"skep/model"
)

// newRecorder writes down what runs.
func newRecorder(cfg config.Config) *releases.Recorder {
	return releases.NewRecorder(ledger(cfg), journalOf(cfg).Updates)
}

// withLedger is an engine beside which the ledger of releases is read.
type withLedger struct {
	actions.Engine
	store *releases.Store
}

func overLedger(cfg config.Config, eng actions.Engine) actions.Engine {
	return withLedger{eng, ledger(cfg)}
}

// Inspect implements actions.Engine.
func (w withLedger) Inspect(ctx context.Context, ref model.Ref) (model.Document, error) {
	if _, _, _, _, err := ref.ParseRelease(); err == nil {
		return w.store.Inspect(ctx, ref)
	}
	return w.Engine.Inspect(ctx, ref)
}

// releaseObjects are releases, as the command line names them.
var releaseObjects = objects{kind: model.KindRelease, word: "SERVICE@N"}

// findReleases are the releases that were named: SERVICE@N, or SERVICE and N.
func findReleases(_ context.Context, c *model.Cluster, names []string) ([]actions.Target, error) {
	if len(names) == 2 && !strings.Contains(names[0], "@") {
		names = []string{names[0] + "@" + names[1]}
	}
	var out []actions.Target
	for _, name := range names {
		at := strings.LastIndexByte(name, '@')
		n, err := strconv.Atoi(name[at+1:])
		if at < 0 || err != nil || n < 1 {
			return nil, fmt.Errorf("%q is no release: SERVICE@N names one, and skep releases SERVICE lists them", name)
		}
		t, err := services.target(c, name[:at])
		if err != nil {
			return nil, err
		}
		out = append(out, actions.Target{Ref: model.ReleaseRef(c.Session.Swarm, t.Name, n), Name: fmt.Sprintf("%s@%d", t.Name, n)})
	}
	if len(out) == 0 {
		return nil, errors.New("which release? SERVICE@N names one, and skep releases SERVICE lists them")
	}
	return out, nil
}

func releasesCommand(cfg *config.Config) *cobra.Command {
	return givesJSON(&cobra.Command{
		Use: "releases SERVICE|STACK [N [M]]", Short: "list what a service ran, and when",
		Args: cobra.RangeArgs(1, 3),
		Long: "List the releases of a service, or of all services of a stack: every specification\n" +
			"that skep has seen, or found in the task history, in the previous spec and in its\n" +
			"journal. With N, what that release changed; with N and M, what the two differ in.\n" +
			"What looks secret is hidden. skep release SERVICE@N runs one again. Where a service\n" +
			"and a stack share a name: service/NAME, stack/NAME.\n\n" +
			"Exit codes: 0 it was printed, 1 it cannot be read or there is none, 2 wrong\n" +
			"command line.",
		ValidArgsFunction: completer{cfg}.of(model.KindService, model.KindStack),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(released.check(args[0]), take(cfg, nil)); err != nil {
				return err
			}
			numbers, err := releaseNumbers(args[1:])
			if err != nil {
				return err
			}
			r, err := readReleases(cmd.Context(), cfg, args[0], numbers)
			if err != nil {
				return failed(err)
			}
			return failed(say(cmd.OutOrStdout(), cfg, r))
		},
	})
}

func releaseNumbers(args []string) ([]int, error) {
	var out []int
	for _, arg := range args {
		n, err := strconv.Atoi(arg)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is no number of a release", arg)
		}
		out = append(out, n)
	}
	return out, nil
}

// released is what has releases.
var released = choice{services, stacks}

// servicesIn are services, and those of stacks.
func servicesIn(c *model.Cluster, refs []model.Ref) (out []actions.Target) {
	for _, s := range c.Services() {
		if slices.Contains(refs, s.Key().Ref()) || s.Stack() != "" && slices.Contains(refs, s.Stack().Ref()) {
			out = append(out, actions.Target{Ref: s.Key().Ref(), Name: s.Name()})
		}
	}
	return out
}

// readReleases reads the ledger, after it was told what the swarm is now.
func readReleases(ctx context.Context, cfg *config.Config, name string, numbers []int) (answer, error) {
	b, end, err := openToRead(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer end()
	waits, cancel := context.WithTimeoutCause(ctx, reportPatience, fmt.Errorf("no answer within %s", reportPatience))
	defer cancel()
	c, err := b.Feed.Await(waits, feed.Want{Interest: model.InterestIn(model.KindTask.All()), Known: (*model.Cluster).Ready, Whole: (*model.Cluster).Explained, Longer: reasonPatience})
	if err != nil {
		return nil, err
	}
	found, err := released.of(c, name)
	if err != nil {
		return nil, err
	}
	targets := servicesIn(c, found)
	store := ledger(*cfg)
	if err := newRecorder(*cfg).See(ctx, c); err != nil {
		return nil, fmt.Errorf("the ledger cannot be written: %w", err)
	}
	if len(numbers) > 0 {
		return oneRelease(store, c.Session.Swarm, targets, numbers)
	}
	out := releasesReport{}
	for _, t := range targets {
		all, err := store.Read(c.Session.Swarm, t.Name)
		if err != nil {
			return nil, err
		}
		for i := range all {
			var before *model.Release
			if i > 0 {
				before = &all[i-1]
			}
			out = append(out, newReleaseReport(&all[i], before, i == len(all)-1))
		}
	}
	slices.SortStableFunc(out, func(a, b releaseReport) int { return a.At.Compare(b.At) })
	return out, nil
}

// oneRelease is one release, compared with the one before it or another one.
func oneRelease(store *releases.Store, swarm string, targets []actions.Target, numbers []int) (answer, error) {
	if len(targets) != 1 {
		return nil, errors.New("a number is that of a release of one service")
	}
	d, err := store.Find(swarm, targets[0].Name, numbers[len(numbers)-1])
	if err != nil {
		return nil, err
	}
	if len(numbers) == 2 {
		other, err := store.Find(swarm, targets[0].Name, numbers[0])
		if err != nil {
			return nil, err
		}
		d.Before = &other.Release
	}
	r := newReleaseReport(&d.Release, d.Before, false)
	if d.Before != nil {
		r.Since = d.Before.N
	}
	for _, c := range d.Changes(d.Before) {
		r.Changes = append(r.Changes, c.String())
	}
	return r, nil
}

// releaseReport is a release without what is secret in it.
type releaseReport struct {
	Release string              `json:"release"`
	N       int                 `json:"n"`
	Service string              `json:"service"`
	At      time.Time           `json:"at"`
	About   bool                `json:"about,omitempty"`
	Now     bool                `json:"now,omitempty"`
	Image   string              `json:"image,omitempty"`
	Digest  string              `json:"digest,omitempty"`
	What    string              `json:"what"`
	Who     string              `json:"who,omitempty"`
	By      string              `json:"by,omitempty"`
	From    model.ReleaseSource `json:"from"`
	Lacks   string              `json:"lacks,omitempty"`
	// Since is the release that the changes are from.
	Since   int      `json:"since,omitempty"`
	Changes []string `json:"changes,omitempty"`
}

func newReleaseReport(r, before *model.Release, now bool) releaseReport {
	_, digest, _ := strings.Cut(r.Image(), "@")
	return releaseReport{Release: r.String(), N: r.N, Service: r.Service, At: r.At, About: r.About, Now: now, Image: model.ShortImage(r.Image()), Digest: digest,
		What: model.MaskText(r.Summary(before)), Who: r.Who, By: r.By(before), From: r.From, Lacks: r.Lacks}
}

// when is its time, with a sign where that is not exact.
func (r releaseReport) when() string {
	at := r.At.Local().Format(time.DateTime)
	if r.About {
		return "~" + at
	}
	return at
}

// Text implements answer.
func (r releaseReport) Text() string {
	var b strings.Builder
	for _, f := range [][2]string{{"Release", r.Release}, {"Time", r.when()}, {"By", r.By}, {"Image", r.Image}, {"Digest", r.Digest}, {"From", r.From.String()}, {"Lacks", r.Lacks}} {
		if f[1] != "" {
			fmt.Fprintf(&b, "%-9s %s\n", f[0], safetext.Line(f[1]))
		}
	}
	if r.Since > 0 {
		fmt.Fprintf(&b, "\nCHANGED SINCE %d\n", r.Since)
	} else {
		fmt.Fprint(&b, "\nTHE FIRST THAT IS KNOWN\n")
	}
	for _, c := range r.Changes {
		fmt.Fprintf(&b, "  %s\n", safetext.Line(c))
	}
	return b.String()
}

// releasesReport are releases, the oldest first.
type releasesReport []releaseReport

// Text implements answer.
func (r releasesReport) Text() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "RELEASE\tTIME\tIMAGE\tDIGEST\tBY\tCHANGED")
	for _, e := range r {
		name := e.Release
		if e.Now {
			name += " *"
		}
		fields := []string{name, e.when(), cmp.Or(model.BriefImage(e.Image), "-"), cmp.Or(model.Digest("@"+e.Digest), "-"), cmp.Or(e.By, "-"), cmp.Or(e.What, "-")}
		for k, f := range fields {
			fields[k] = safetext.Line(f)
		}
		_, _ = fmt.Fprintln(w, strings.Join(fields, "\t"))
	}
	_ = w.Flush()
	return b.String()
}
