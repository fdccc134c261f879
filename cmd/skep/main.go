// Command skep is an operations console for Docker Swarm in the terminal.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"charm.land/fang/v2"
	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"skep/internal/config"
	"skep/ui/theme"
	"skep/ui/views"
)

func main() {
	err := fang.Execute(context.Background(), command(),
		fang.WithVersion(versionText()),
		fang.WithNotifySignal(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP),
		fang.WithErrorHandler(func(w io.Writer, _ fang.Styles, err error) {
			_, _ = fmt.Fprintln(w, "skep: "+explain(err)) // There is nowhere else to say it.
		}))
	if err != nil {
		os.Exit(1)
	}
}

// command is the command line of skep.
func command() *cobra.Command {
	var cfg config.Config
	root := &cobra.Command{
		Use:   "skep [VIEW [FILTER]]",
		Short: "An operations console for Docker Swarm in the terminal",
		Long: "skep shows the nodes, stacks, services and tasks of a Docker Swarm, says what is\n" +
			"wrong with them, follows their logs, and changes them with a preview first.\n\n" +
			"It connects to -H, or else the context of -c, DOCKER_HOST, DOCKER_CONTEXT,\n" +
			"docker's current context, or the local socket: the first of these that is set.",
		Example: "  # the services of the current docker context\n  skep\n" +
			"  # the tasks that match \"web\"\n  skep tasks web\n" +
			"  # a manager on another host\n  skep -H ssh://ops@manager1\n" +
			"  # a report, where the output is no terminal\n  skep nodes | cat\n" +
			"  # a swarm inside the program, to try it out\n  skep --demo",
		Args:              cobra.MaximumNArgs(2),
		ValidArgsFunction: completeView,
		SilenceUsage:      true,
		SilenceErrors:     true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				cfg.View = args[0]
			}
			if len(args) > 1 {
				cfg.Pattern = args[1]
			}
			cfg.Complete(os.Getenv, term.IsTerminal(os.Stdout.Fd()) && term.IsTerminal(os.Stdin.Fd()))
			return run(cmd.Context(), cfg)
		},
	}
	f := root.Flags()
	f.StringArrayVarP(&cfg.Hosts, "host", "H", nil, "address of a manager's engine; further ones are used when it fails")
	f.StringVarP(&cfg.Context, "context", "c", "", "name of the docker context to connect to")
	f.BoolVar(&cfg.ReadOnly, "read-only", false, "show only; refuse every change")
	f.BoolVar(&cfg.ASCII, "ascii", false, "draw with ASCII characters only")
	f.StringVar(&cfg.Theme, "theme", "", "colours: "+strings.Join(theme.Names(), ", ")+" (or SKEP_THEME)")
	f.BoolVar(&cfg.Mouse, "mouse", false, "take clicks and the wheel; shift+drag then selects text (iTerm2: option+drag)")
	f.BoolVar(&cfg.Demo, "demo", false, "show a swarm inside the program; needs no Docker")
	f.StringVar(&cfg.DemoSize, "demo-size", "", "size of the demo, as nodes=100,services=500,tasks=10000")
	f.BoolVar(&cfg.Plain, "plain", false, "print a report and end, as where the output is no terminal")
	root.AddCommand(version())
	return root
}

func completeView(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, d := range views.All {
		out = append(out, d.Names()[0])
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
