package main

import (
	"errors"

	"github.com/spf13/cobra"

	"skep/actions"
	"skep/internal/backend"
	"skep/internal/config"
	"skep/internal/converge"
	"skep/model"
)

// refusal is why nothing was done though the swarm could be read and has what was
// named.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// ended is an error of a verb as what decides about its exit code. Where all is as it
// was asked to be there is none, and that is said.
func (w *write) ended(err error) error {
	if errors.Is(err, actions.ErrNoChange) {
		return failed(say(w.cmd.OutOrStdout(), w.cfg, planReport{Title: actions.ErrNoChange.Error(), Said: texts([]error{err})}))
	}
	return asFailure(err)
}

func asFailure(err error) error {
	if errors.As(err, &refusal{}) || errors.As(err, &usageError{}) {
		return err
	}
	return failed(err)
}

// unplanned ends a command for which there is no plan. What is as it was asked to be
// is no failure: a script may say it again.
func (a act) unplanned(cmd *cobra.Command, cfg *config.Config, b *backend.Backend, c *model.Cluster, r actions.Request, proposals []actions.Proposal, waits waiting) error {
	_, left := actions.Split(proposals)
	if !asAsked(left) {
		why := errors.Join(left...)
		if unread(proposals) {
			return failed(why)
		}
		if cfg.Output == asJSON {
			return errors.Join(say(cmd.OutOrStdout(), cfg, planReport{Refused: model.MaskError(why)}), refusal{why})
		}
		return refusal{why}
	}
	report := planReport{Title: actions.ErrNoChange.Error(), Said: texts(left)}
	if r.Action.Patient { // It was a question as well, and this is the answer.
		report.Title = "nothing newer"
	}
	if !waits.on {
		return failed(say(cmd.OutOrStdout(), cfg, report))
	}
	return waits.run(cmd, cfg, b, report, a.affectedAlready(c, r.Targets))
}

// unread reports whether a plan is missing because the engine or a registry did not
// tell what it takes.
func unread(proposals []actions.Proposal) bool {
	for _, p := range proposals {
		if p.Input.Target.Ref.Kind.Info().Inspectable() && len(p.Input.Doc.Raw) == 0 || p.Input.ImageErr != nil && errors.Is(p.Err, p.Input.ImageErr) {
			return true
		}
	}
	return false
}

// affectedAlready is what a verb would have changed that is as it was asked to be.
func (a act) affectedAlready(c *model.Cluster, targets []actions.Target) converge.Selection {
	sel := converge.Selection{Services: map[model.ServiceID]uint64{}, Roles: map[model.NodeID]bool{}}
	for _, t := range targets {
		if id := t.Ref.Service(); id != "" {
			sel.Services[id] = 0
		}
		for _, stack := range c.Stacks() {
			if stack.Name.Ref() == t.Ref {
				sel.Stacks = append(sel.Stacks, stack.Name)
			}
		}
		if node := c.Node(t.Ref.Node()); node != nil {
			a.affectedBy(node, c, sel)
		}
	}
	return sel
}

func texts(errs []error) []string {
	out := make([]string, len(errs))
	for i, err := range errs {
		out[i] = model.MaskError(err)
	}
	return out
}
