package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"skep/internal/compose"
	"skep/internal/config"
	"skep/model"
)

// exportCommand prints the compose file of what runs of a stack.
func exportCommand(cfg *config.Config) *cobra.Command {
	return &cobra.Command{
		Use: "export STACK", Args: cobra.ExactArgs(1), Short: "print a stack as it runs as a compose file",
		Long: "Print the compose file of a stack, made from what runs. To deploy it again changes\n" +
			"nothing. Secrets and configs are named in it and have to be in the swarm already;\n" +
			"what a compose file cannot say stands in comments at its beginning.",
		ValidArgsFunction: completer{cfg}.of(model.KindStack),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := take(cfg, nil); err != nil {
				return err
			}
			b, end, err := openToRead(cmd.Context(), cfg)
			if err != nil {
				return failed(err)
			}
			defer end()
			c, err := look(cmd.Context(), b, model.InterestIn(model.KindNetwork.All()))
			if err != nil {
				return failed(err)
			}
			refs, err := choice{stacks}.of(c, args[0])
			if err != nil {
				return failed(err)
			}
			file, err := compose.Export(c, func(r model.Ref) (model.Document, error) { return b.Engine.Inspect(cmd.Context(), r) }, string(refs[0].Stack()), false)
			if err != nil {
				return failed(fmt.Errorf("export: %w", err))
			}
			_, err = io.WriteString(cmd.OutOrStdout(), file.Text)
			return failed(err)
		},
	}
}

// exporter makes for the console the compose file of a stack.
func exporter(c *model.Cluster, look func(model.Ref) (model.Document, error), stack string, hide bool) (string, int, error) {
	file, err := compose.Export(c, look, stack, hide)
	return file.Text, file.Hidden, err
}
