package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"skep/lab"
)

func incidentsCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "incidents",
		Short: "List what can be staged",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			defer w.Flush()
			fmt.Fprintln(w, "INCIDENT\tNEEDS\tWHAT IT IS")
			for _, i := range lab.Incidents() {
				fmt.Fprintf(w, "%s\t%s\t%s\n", i.Name, needs(i), i.About)
			}
			return nil
		},
	}
}

func needs(i lab.Incident) string {
	var all []string
	if i.Managers > 1 {
		all = append(all, fmt.Sprintf("%d managers", i.Managers))
	}
	if i.Workers > 0 {
		all = append(all, "a worker")
	}
	if i.Login {
		all = append(all, "--login")
	}
	return strings.Join(all, ", ")
}

func stageCmd(name *string) *cobra.Command {
	return &cobra.Command{
		Use:   "stage INCIDENT...",
		Short: "Stage incidents, one after the other, and wait until they show",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := open(*name)
			if err != nil {
				return err
			}
			for _, arg := range args {
				begin := time.Now()
				if err := l.StageIncident(cmd.Context(), arg); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s shows after %.1f s\n", arg, time.Since(begin).Seconds())
			}
			return nil
		},
	}
}
