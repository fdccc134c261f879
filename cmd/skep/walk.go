package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"skep/actions"
	"skep/internal/backend"
	"skep/internal/safetext"
	"skep/model"
)

// actFlags are the flags that some verbs have besides, and what they make of the
// verb.
var actFlags = map[string]func(c *cobra.Command) func(act) act{"drain": drainFlags, "upgrade": upgradeFlags, "resources": resourceFlags, "constraint": constraintFlags,
	"mounts": fileFlag, "networks": fileFlag, "rollout-config": fileFlag, "edit": fileFlag, "switch": switchFlags, "finish": finishFlags}

func drainFlags(c *cobra.Command) func(act) act {
	gentle, hard := false, false
	c.Flags().BoolVar(&gentle, "gentle", false, "move the services off one after the other, each without a gap, and then drain;\n"+
		"waits for the end, and goes on with what was begun before (skep activate takes it back)")
	c.Flags().BoolVar(&hard, "hard", false, "with --gentle: stop in the end what cannot go gently, instead of leaving it on a paused node")
	goesWith(c, "hard", "gentle")
	c.Long += "\n\nWith --gentle it is over when the node is empty. 1 is then also for a node that\n" +
		"stays paused, because something on it cannot go gently."
	return func(a act) act {
		if gentle {
			a.verb = "gentle-drain"
			if hard {
				a.values = map[string]string{"rest": "hard"}
			}
		}
		return a
	}
}

func upgradeFlags(c *cobra.Command) func(act) act {
	end, hard := false, false
	c.Flags().BoolVar(&end, "end", false, "end the upgrade that was begun: the nodes that are left are no more to be upgraded")
	c.Flags().BoolVar(&hard, "hard", false, "stop what cannot go gently, instead of leaving it on a paused node")
	c.MarkFlagsMutuallyExclusive("end", "hard")
	c.Long += "\n\nWithout a node it is for all, in the right order: workers, managers, the leader\n" +
		"last. It waits at each node until you have upgraded or rebooted it. Left in the\n" +
		"middle, the same command goes on."
	return func(a act) act {
		if end {
			a.verb = "end-upgrade"
		}
		if hard {
			a.values = map[string]string{"rest": "hard"}
		}
		a.find = a.findNodes
		return a
	}
}

// goesWith refuses a flag that means nothing without another: what was asked for would
// not be done.
func goesWith(c *cobra.Command, flag, other string) {
	before := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		if c.Flags().Changed(flag) && !c.Flags().Changed(other) {
			return fmt.Errorf("--%s is for --%s only", flag, other)
		}
		if before != nil {
			return before(c, args)
		}
		return nil
	}
}

// findNodes are the nodes of these names; without any all that the verb is for.
func (a act) findNodes(_ context.Context, c *model.Cluster, args []string) ([]actions.Target, error) {
	if len(args) == 0 {
		return actions.AllNodes(c, a.verb)
	}
	var out []actions.Target
	for _, name := range args {
		t, err := a.target(c, name)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// findNodes says in the table that an upgrade finds its nodes itself.
func findNodes(ctx context.Context, c *model.Cluster, args []string) ([]actions.Target, error) {
	return act{verb: "upgrade", objects: nodes}.findNodes(ctx, c, args)
}

// stepPause is the longest time between two looks at what is under way.
const stepPause = 2 * time.Second

// goOn carries out what goes on after plans, one after the other, and says on the
// way how far it is. It gives how each ended, and whether all did as they should.
func goOn(ctx context.Context, b *backend.Backend, out io.Writer, plans []actions.Plan, results []actions.Result, record actions.Journal) (ended []string, all bool) {
	all = true
	var walks []*actions.Walk
	for i, p := range plans {
		procedure, goes := p.Procedure()
		if !goes || i >= len(results) || results[i].Err != nil {
			continue
		}
		// An upgrade is one for all nodes: it goes on after the last write.
		walks = slices.DeleteFunc(walks, func(w *actions.Walk) bool { return w.Is(procedure) })
		walks = append(walks, actions.NewWalk(procedure, results[i]))
	}
	for _, w := range walks {
		at := walk(ctx, b, out, w, record)
		ended = append(ended, w.Title()+": "+model.MaskText(at.String()))
		all = all && at.Done != "" && !at.Partly
	}
	return ended, all
}

// walk carries a procedure out to its end, or to that of its context.
func walk(ctx context.Context, b *backend.Backend, out io.Writer, w *actions.Walk, record actions.Journal) actions.Move {
	b.Feed.SetInterest(model.InterestIn(w.Target.Ref))
	said := ""
	var at actions.Move
	var c *model.Cluster
	for seen := uint64(0); ctx.Err() == nil; {
		waits, enough := context.WithTimeout(ctx, stepPause)
		next, n, err := b.Feed.Next(waits, seen)
		enough()
		if err == nil {
			c, seen = next, n
		}
		if c == nil {
			continue
		}
		if at = w.Step(ctx, b.Engine, c, record); at.Ended() {
			return at
		}
		if at.Now != nil {
			b.Feed.Refresh()
		}
		b.Feed.SetInterest(model.InterestIn(append(at.Refs, w.Target.Ref)...))
		if text := at.String(); text != said && text != "" {
			said = text
			_, _ = fmt.Fprintln(out, safetext.Line(w.Title()+": "+model.MaskText(text)))
		}
	}
	return actions.Move{Stop: "it was left in the middle", Said: at.Said, Back: at.Back}
}
