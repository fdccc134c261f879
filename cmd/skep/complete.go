package main

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"skep/internal/config"
	"skep/internal/engine"
	"skep/internal/feed"
	"skep/internal/safetext"
	"skep/model"
	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/views"
)

// completePatience is how long a press of Tab waits for the swarm. A shell
// shows nothing meanwhile, and a name is quicker typed than waited for.
const completePatience = time.Second

// completer says what may stand on the command line. It says nothing of what
// goes wrong: a message would land in the middle of a line that is typed.
type completer struct{ cfg *config.Config }

// completions are what a shell is told, most wanted first where order counts.
type completions = []cobra.Completion

const noFiles = cobra.ShellCompDirectiveNoFileComp

// schemes are how an address begins.
var schemes = completions{"ssh://", "tcp://", "unix://"}

func (c completer) register(root *cobra.Command) {
	for flag, complete := range map[string]cobra.CompletionFunc{
		"context": c.contexts,
		"host": func(_ *cobra.Command, _ []string, typed string) (completions, cobra.ShellCompDirective) {
			return starting(schemes, typed), noFiles | cobra.ShellCompDirectiveNoSpace
		},
		"theme":     cobra.FixedCompletions(theme.Names(), noFiles),
		"output":    cobra.FixedCompletions(formats, noFiles),
		"demo-size": cobra.NoFileCompletions,
	} {
		if err := root.RegisterFlagCompletionFunc(flag, complete); err != nil {
			panic(err) // There is no such flag.
		}
	}
}

// contexts are the docker contexts.
func (c completer) contexts(_ *cobra.Command, _ []string, typed string) (completions, cobra.ShellCompDirective) {
	var out completions
	for _, d := range engine.Contexts(contexts{cfg: *c.cfg}.options()) {
		if plain.MatchString(d.Name) {
			out = append(out, cobra.CompletionWithDesc(d.Name, safetext.Line(model.MaskText(d.Host))))
		}
	}
	return starting(out, typed), noFiles
}

// arguments are the views, and then the names of what a view shows.
func (c completer) arguments(cmd *cobra.Command, args []string, typed string) (completions, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return completeViews(typed), noFiles
	case 1:
		if def := views.Find(args[0]); def != nil {
			return starting(c.names(cmd.Context(), def), typed), noFiles
		}
	}
	return nil, noFiles
}

// of completes the names of some kinds of objects, as every argument.
func (c completer) of(kinds ...model.Kind) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, typed string) (completions, cobra.ShellCompDirective) {
		var out completions
		for _, k := range kinds {
			if def := views.Of(k); def != nil {
				out = append(out, starting(c.names(cmd.Context(), def), typed)...)
			}
		}
		return out, noFiles
	}
}

// completeViews are the views. Aliases are there to be short, so they are
// offered only where nothing else begins like that.
func completeViews(typed string) completions {
	var names, aliases completions
	for _, d := range views.All {
		own, others := d.Names()[0], d.Names()[1:]
		names = append(names, cobra.CompletionWithDesc(own, d.Summary()+" ("+strings.Join(others, ", ")+")"))
		for _, alias := range others {
			aliases = append(aliases, cobra.CompletionWithDesc(alias, "the same as "+own))
		}
	}
	if out := starting(names, typed); len(out) > 0 {
		return out
	}
	return starting(aliases, typed)
}

// plain is a name that means itself to every shell and in a regular
// expression. Names come from the swarm, where others may have made them, and
// go into a line that a shell reads.
var plain = regexp.MustCompile(`^[\pL\pN_][\pL\pN._-]*$`)

// names are the names of all that a view shows; none if the swarm does not
// answer soon.
func (c completer) names(ctx context.Context, def views.Definition) completions {
	ctx, cancel := context.WithTimeout(ctx, completePatience)
	defer cancel()
	cfg := *c.cfg
	cfg.ReadOnly = true
	stop, err := embed(&cfg)
	if err != nil {
		return nil
	}
	defer stop()
	at := contexts{ctx: ctx, cfg: cfg}
	o := at.options()
	o.Batch = true // Nobody would see the question for a password.
	b, err := at.open(o)
	if err != nil {
		return nil
	}
	defer b.Close()
	list := def.Open(views.Scope{})
	cluster, err := b.Feed.Await(ctx, feed.Want{Interest: list.Interest(), Known: func(c *model.Cluster) bool { return c.Ready() && list.Known(table.Data{Cluster: c}) }})
	if err != nil {
		return nil
	}
	names := slices.DeleteFunc(def.Titles(cluster), func(name string) bool { return !plain.MatchString(name) })
	slices.Sort(names)
	return slices.Compact(names)
}

// starting are those of the completions that begin as typed.
func starting(all completions, typed string) completions {
	var out completions
	for _, one := range all {
		if strings.HasPrefix(one, typed) {
			out = append(out, one)
		}
	}
	return out
}
