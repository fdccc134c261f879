package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"skep/actions"
	"skep/internal/compose"
	"skep/internal/config"
	"skep/internal/converge"
	"skep/internal/safetext"
	"skep/model"
	"skep/ui"
)

// exitDiffers is the exit code of a comparison that has found something.
const exitDiffers = 3

// deploying is what the command line says of a deployment.
type deploying struct {
	source compose.Source
	how    actions.Deployment
	// resolve is --resolve-image, dry is set where nothing is to be written, and beside
	// where the stack is deployed once more.
	resolve string
	dry     bool
	beside  bool
	given   consent
	waits   waiting
}

// deployCommand deploys stack files.
func deployCommand(cfg *config.Config) *cobra.Command {
	var d deploying
	auth := false
	c := givesJSON(&cobra.Command{
		Use: "deploy -c FILE STACK", Args: cobra.ExactArgs(1), Short: "deploy compose files as a stack", GroupID: changesGroup,
		Long: "Bring what runs of a stack to what compose files ask for. The files mean what they\n" +
			"mean to docker stack deploy. What does not differ is not written, so that it does\n" +
			"not restart. Services are written in the order of depends_on and, before that, of\n" +
			"x-skep-wave: 1, 2, ... in a service; each group is waited for, as skep wait does.\n" +
			"A config or secret with another content becomes a new version, to which the\n" +
			"services move.\n\n" +
			"-c names files here, as in docker's command; the context is --context, or -c\n" +
			"before deploy. All of it is undone as one: skep undo.\n\n" +
			"With --beside what runs stays as it is, and the files become a stack of their own\n" +
			"beside it, STACK-green: without routing labels and published ports, in networks and\n" +
			"with volumes of its own, in which its services find each other by the same names.\n" +
			"Try it; skep switch stack/STACK hands all requests over as one, switch --back gives\n" +
			"them back, and finish makes STACK what the new one is. skep remove stack/STACK-green\n" +
			"takes it away.\n\n" +
			"Exit codes: 0 done, or nothing differs, 1 not done or not known whether, 2 wrong\n" +
			"command line, 9 refused, or not confirmed; with --dry-run: 3 something differs.\n" +
			"With --wait, once it is done:\n" + waitCodes + ".",
		ValidArgsFunction: completer{cfg}.of(model.KindStack),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(take(cfg, nil), checkLimit(d.waits.limit), d.check()); err != nil {
				return err
			}
			return d.run(cmd, cfg, args[0])
		},
	})
	f := c.Flags()
	addSource(c, cfg, &d.source)
	f.BoolVar(&d.beside, "beside", false, "deploy it once more as STACK-green beside what runs, without requests")
	f.BoolVar(&d.dry, "dry-run", false, "say what differs, and write nothing")
	f.BoolVar(&d.how.Prune, "prune", false, "remove services, networks, configs and secrets of the stack that the files no longer have")
	f.BoolVar(&d.how.KeepDrift, "keep-drift", false, "leave what was changed by hand since the last deploy and what the files did not change")
	f.BoolVar(&d.how.Together, "together", false, "write everything at once, whatever the order")
	f.StringVar(&d.resolve, "resolve-image", string(actions.ResolveAlways), "ask the registry for digests: `WHEN` is always, changed or never")
	f.StringArrayVar(&d.how.Rotate, "rotate", nil, "give the secret of this `NAME` a new version: its content cannot be compared")
	f.BoolVar(&auth, "with-registry-auth", false, "")
	_ = f.MarkHidden("with-registry-auth") // It is always so.
	addConsent(c, &d.given, &d.waits)
	return c
}

// addSource adds the flags that name files of a stack.
func addSource(c *cobra.Command, cfg *config.Config, source *compose.Source) {
	f := c.Flags()
	f.StringArrayVarP(&source.Files, "compose-file", "c", nil, "`FILE` of the stack, - for standard input; several are merged, the last one wins")
	f.StringArrayVar(&source.EnvFiles, "env-file", nil, "`FILE` of variables for the files; those of the environment win")
	// The name of the flag of all commands, without its letter.
	f.StringVar(&cfg.Context, "context", "", "`NAME` of the docker context to connect to")
}

func (d *deploying) check() error {
	if len(d.source.Files) == 0 {
		return errors.New("which files? -c compose.yaml, or -c - for standard input")
	}
	d.how.Resolve = actions.Resolving(d.resolve)
	if !slices.Contains([]actions.Resolving{actions.ResolveAlways, actions.ResolveChanged, actions.ResolveNever}, d.how.Resolve) {
		return fmt.Errorf("--resolve-image: %q is none of always, changed and never", d.resolve)
	}
	return nil
}

// run compares, shows, asks and writes.
func (d *deploying) run(cmd *cobra.Command, cfg *config.Config, name string) error {
	d.source.Stdin, d.source.Env = cmd.InOrStdin(), os.Environ()
	loaded, err := compose.Load(d.source)
	if err != nil {
		return failed(err)
	}
	stack, err := loaded.Stack(name)
	if err != nil {
		return failed(err)
	}
	b, end, err := openToWrite(cmd.Context(), cfg)
	if err != nil {
		return failed(err)
	}
	defer end()
	d.how.Files, d.how.EnvFiles, d.how.Ledger = d.source.Files, d.source.EnvFiles, true
	r := actions.Request{Action: actions.Deploy(stack, d.how)}
	if d.beside {
		r.Action, name = actions.DeployBeside(stack, d.how), actions.BesideStack(name)
	}
	r.Targets = []actions.Target{{Ref: model.StackName(name).Ref(), Name: name}}
	c, err := look(cmd.Context(), b, r.Action.Lists())
	if err != nil {
		return failed(err)
	}
	docs := r.Read(cmd.Context(), overLedger(*cfg, journalOf(*cfg).Over(b.Engine)), c, nil)
	proposals := r.Propose(c, docs, actions.ResolveAll(cmd.Context(), b.Engine, r.Images(c, docs)))
	var same *actions.SameError
	switch err := proposals[0].Err; {
	case errors.As(err, &same):
		return failed(say(cmd.OutOrStdout(), cfg, newSameReport(same)))
	case d.dry && errors.As(err, new(*actions.StaysError)):
		return errors.Join(say(cmd.OutOrStdout(), cfg, planReport{Title: "it differs", Said: []string{model.MaskError(err)}}), exitError(exitDiffers))
	case d.dry && err == nil:
		return errors.Join(say(cmd.OutOrStdout(), cfg, newPlanReport(proposals[0].Plan)), exitError(exitDiffers))
	}
	plans, left := actions.Split(proposals)
	if len(plans) == 0 {
		return refusal{errors.Join(left...)}
	}
	w := write{cmd: cmd, cfg: cfg, b: b, request: r, before: c, given: d.given, waits: d.waits, affected: written}
	w.settle = w.awaitWave
	return w.run(plans, left)
}

// newSameReport says that nothing differs, and of what that is not known.
func newSameReport(same *actions.SameError) planReport {
	r := planReport{Title: "nothing differs", Said: []string{model.MaskText(same.Said)}}
	if len(same.Unseen) > 0 {
		r.Title += " in what can be compared"
	}
	for _, w := range same.Warnings {
		r.Warnings = append(r.Warnings, model.MaskText(w))
	}
	return r
}

// written are the services that steps have written.
func written(results []actions.Result) converge.Selection {
	var steps []actions.StepResult
	for _, r := range results {
		steps = append(steps, r.Steps...)
	}
	return servicesOf(steps)
}

func servicesOf(steps []actions.StepResult) converge.Selection {
	sel := converge.Selection{Services: map[model.ServiceID]uint64{}, Names: map[model.ServiceID]string{}}
	for _, s := range steps {
		if id := s.Ref.Service(); id != "" && s.Version > 0 && s.Err == nil {
			sel.Services[id] = max(sel.Services[id], s.Version)
			var made struct{ Name string }
			if json.Unmarshal(s.After, &made) == nil {
				sel.Names[id] = made.Name
			}
		}
	}
	return sel
}

// awaitWave waits until what was written runs as it should.
func (w write) awaitWave(ctx context.Context, done []actions.StepResult) error {
	sel := servicesOf(done)
	if len(sel.Services) == 0 {
		return ctx.Err()
	}
	_, _ = fmt.Fprintf(w.cmd.ErrOrStderr(), "waiting for %s\n", safetext.Line(model.Plural(len(sel.Services), "service")))
	report, err := waitFor(w.cmd, w.cfg, w.b, sel, w.waits.limit)
	switch {
	case err != nil:
		return err
	case report.ExitCode != 0:
		return errors.New(strings.Join(report.Failures(), "; "))
	}
	return nil
}

// deployer makes of files what the console deploys.
func deployer(d ui.Deployment) (actions.Action, error) {
	source := compose.Source{Files: []string{atHome(d.File)}, Env: os.Environ()}
	for _, file := range d.EnvFiles {
		source.EnvFiles = append(source.EnvFiles, atHome(file))
	}
	loaded, err := compose.Load(source)
	if err != nil {
		return actions.Action{}, err
	}
	want, err := loaded.Stack(d.Stack)
	if err != nil {
		return actions.Action{}, err
	}
	how := actions.Deployment{Resolve: actions.ResolveAlways, Files: source.Files, EnvFiles: source.EnvFiles, Ledger: true}
	switch {
	case d.Service:
		return actions.GreenFrom(want, how), nil
	case d.Beside:
		return actions.DeployBeside(want, how), nil
	}
	return actions.Deploy(want, how), nil
}

// atHome is a path as a shell would give it.
func atHome(file string) string {
	if below, home := strings.CutPrefix(file, "~/"); home {
		if dir, err := os.UserHomeDir(); err == nil {
			return filepath.Join(dir, below)
		}
	}
	return file
}
