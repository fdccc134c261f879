package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"skep/actions"
	"skep/model"
)

// lists are the values that may be several arguments, each whole, and how a form has
// them in one line: shells have quotes of their own.
var lists = map[string]struct {
	// is reports whether an argument is one of them, and no name.
	is   func(arg string) bool
	join func(args []string) string
}{
	"labels":      {isChange, actions.JoinWords},
	"env":         {isChange, actions.JoinWords},
	"constraints": {isConstraint, func(args []string) string { return strings.Join(args, ",") }},
}

// isChange reports whether an argument sets something or takes it away: no name
// has a = or ends with -.
func isChange(arg string) bool { return strings.Contains(arg, "=") || strings.HasSuffix(arg, "-") }

func isConstraint(arg string) bool { return strings.Contains(arg, "==") || strings.Contains(arg, "!=") }

// takeValues takes what follows the objects off the arguments.
func (a act) takeValues(args []string, values map[string]string) ([]string, map[string]string) {
	if a.last == "" {
		return args, values
	}
	at := len(args) - 1
	list, several := lists[a.last]
	if !several {
		values[a.last] = args[at]
		return args[:at], values
	}
	for at > 1 && list.is(args[at-1]) {
		at--
	}
	values[a.last] = list.join(slices.DeleteFunc(slices.Clone(args[at:]), func(arg string) bool { return arg == "" }))
	return args[:at], values
}

// usageError is an error of how something was asked for that is found out only when
// the swarm was read.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// checkValues says what is wrong with the values, whatever the swarm is like.
func (a act) checkValues(c *model.Cluster, r actions.Request) error {
	if a.last == "" && len(a.values) == 0 || r.Action.Form == nil || len(r.Targets) == 0 {
		return nil
	}
	for _, f := range r.Action.Form(c, r.Targets).Fields {
		text, given := r.Values[f.Key]
		if !given || f.Check == nil {
			continue
		}
		if err := f.Check(text); err != nil {
			return usageError{fmt.Errorf("%s: %w", f.Label, err)}
		}
	}
	return nil
}

// resourceFlags are the amounts of a service, by the names that docker gives them.
func resourceFlags(c *cobra.Command) func(act) act {
	given := formFlags(c, map[string]string{
		"cpu-limit": "limit-cpu", "memory-limit": "limit-memory", "pids-limit": "limit-pids",
		"cpu-reserve": "reserve-cpu", "memory-reserve": "reserve-memory",
	}, "AMOUNT", "for each task; 0 for none")
	c.MarkFlagsOneRequired("limit-cpu", "limit-memory", "limit-pids", "reserve-cpu", "reserve-memory")
	return given
}

func constraintFlags(c *cobra.Command) func(act) act {
	return formFlags(c, map[string]string{"preferences": "spread"}, "LABELS", "node labels whose values the tasks are spread over, such as node.labels.zone, with commas between them; empty for none")
}

// formFlags are values of a form that are given by flags, by the keys of the form.
// What is not given stays.
func formFlags(c *cobra.Command, flags map[string]string, word, about string) func(act) act {
	for _, name := range flags {
		c.Flags().String(name, "", "`"+word+"` "+about)
	}
	return func(a act) act {
		a.values = map[string]string{}
		for key, name := range flags {
			if f := c.Flags().Lookup(name); f.Changed {
				a.values[key] = f.Value.String()
			}
		}
		return a
	}
}

// countWords are how cobra begins to say that there are too few or too many arguments.
var countWords = []string{"accepts ", "requires "}

// inWords has a check of the arguments say what they should have been.
func inWords(check cobra.PositionalArgs, usage string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		err := check(c, args)
		if err == nil || !slices.ContainsFunc(countWords, func(w string) bool { return strings.HasPrefix(err.Error(), w) }) {
			return err
		}
		if len(args) > 0 && check(c, args[:len(args)-1]) == nil {
			return fmt.Errorf("%q is too much: %s", args[len(args)-1], usage)
		}
		return fmt.Errorf("something is missing: %s", usage)
	}
}

// negative tells how a number below 0 is written, which looks like flags.
func negative(c *cobra.Command, err error) error {
	_, number, _ := strings.Cut(err.Error(), " in -")
	if _, odd := strconv.Atoi(number); odd != nil || c.Name() != "scale" {
		return err
	}
	return fmt.Errorf("a number below 0 comes last, after --: skep scale web -- -%s", number)
}
