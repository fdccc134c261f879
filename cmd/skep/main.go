// Command skep is an operations console for Docker Swarm in the terminal.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"skep/internal/config"
	"skep/internal/safetext"
	"skep/model"
	"skep/ui/theme"
)

func main() {
	ctx, c := untilSignal(context.Background()), command()
	c.SetIn(until{ctx, os.Stdin})
	os.Exit(tell(os.Stderr, c.ExecuteContext(ctx)))
}

// command is the command line of skep.
func command() *cobra.Command {
	var cfg config.Config
	root := &cobra.Command{
		Use:   "skep [VIEW [FILTER]]",
		Short: "An operations console for Docker Swarm in the terminal",
		Long: "skep shows the nodes, stacks, services and tasks of a Docker Swarm, says what is\n" +
			"wrong with them, follows their logs, and changes them with a preview first.",
		Args:              arguments,
		ValidArgsFunction: completer{&cfg}.arguments,
		SilenceUsage:      true,
		SilenceErrors:     true,
		TraverseChildren:  true, // What stands before a command is skep's: deploy takes -c for something else.
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return checkOutput(cmd, &cfg) },
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := take(&cfg, args); err != nil {
				return err
			}
			cfg.Complete(os.Getenv, term.IsTerminal(os.Stdout.Fd()) && term.IsTerminal(os.Stdin.Fd()))
			return failed(run(cmd.Context(), cfg))
		},
	}
	addFlags(root, &cfg)
	completer{&cfg}.register(root)
	root.AddCommand(doctorCommand(&cfg), explainCommand(&cfg), waitCommand(&cfg), logsCommand(&cfg), journalCommand(&cfg), releasesCommand(&cfg), discoveryCommand(&cfg), completion(), version(&cfg), manual())
	root.AddCommand(actCommands(&cfg)...)
	root.AddCommand(deployCommand(&cfg), exportCommand(&cfg))
	for _, c := range root.Commands() {
		if c.Args != nil {
			usage := "skep " + c.Use
			c.Args = inWords(c.Args, strings.TrimSuffix(usage, " [FLAGS]"))
		}
	}
	describe(root)
	return root
}

// addFlags adds the flags: those that say which swarm is meant, what may be done
// to it, and how an answer is given, hold for every command, and the others for the console alone.
func addFlags(root *cobra.Command, cfg *config.Config) {
	all, own := root.PersistentFlags(), root.Flags()
	all.SortFlags, own.SortFlags = false, false // The order here is the one of the help.
	all.StringArrayVarP(&cfg.Hosts, "host", "H", nil, "`ADDRESS` of a manager's engine; give further managers to fail over to")
	all.StringVarP(&cfg.Context, "context", "c", "", "`NAME` of the docker context to connect to")
	all.BoolVar(&cfg.ReadOnly, "read-only", false, "show only; refuse every change")
	all.BoolVar(&cfg.Demo, "demo", false, "show a swarm inside the program; needs no Docker")
	all.StringVar(&cfg.DemoSize, "demo-size", "", "`SIZE` of the demo, as nodes=100,services=500,tasks=10000")
	all.StringVarP(&cfg.Output, "output", "o", "text", "`FORMAT` of what a command prints: text or json")
	own.BoolVar(&cfg.ASCII, "ascii", false, "draw with ASCII characters only")
	own.StringVar(&cfg.Theme, "theme", "", "colours by `NAME`: "+strings.Join(theme.Names(), ", "))
	own.BoolVar(&cfg.Mouse, "mouse", false, "take clicks and the wheel; shift+drag then selects text (iTerm2: option+drag)")
	own.StringVar(&cfg.LogSize, "log-memory", "", "`SIZE` of the memory for the lines of a log: 16m to 1g (64m)")
	own.BoolVar(&cfg.Plain, "plain", false, "print a report and exit, as when the output is not a terminal")
}

// failure is an error of what was asked for, as against one of how it was
// asked.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

func failed(err error) error {
	if err == nil {
		return nil
	}
	return failure{err}
}

// The exit codes.
const (
	exitFailure = 1
	exitUsage   = 2
	exitLeft    = 3
)

// tell says what went wrong, if anything, and what the exit code is. There is
// nowhere to say that saying it failed.
func tell(w io.Writer, err error) (code int) {
	if err == nil {
		return 0
	}
	var signalled signalError
	if errors.As(err, &signalled) {
		return signalled.code() // Whoever sent it knows why.
	}
	var exit exitError
	if errors.As(err, &exit) {
		return int(exit)
	}
	if errors.Is(err, errLeft) {
		return exitLeft
	}
	// An engine's words come here too, and must do nothing to the terminal.
	for line := range strings.SplitSeq("skep: "+model.MaskText(explain(err)), "\n") {
		_, _ = fmt.Fprintln(w, safetext.Line(line))
	}
	if errors.As(err, &refusal{}) {
		return exitRefused
	}
	if errors.As(err, &failure{}) {
		return exitFailure
	}
	_, _ = fmt.Fprintln(w, "Try 'skep --help'.")
	return exitUsage
}
