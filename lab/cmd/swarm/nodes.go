package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"

	"github.com/spf13/cobra"

	"skep/lab"
)

// nodeVerb is a command that does one thing to the nodes it names.
type nodeVerb struct {
	name, about string
	do          func(*lab.Node) error
}

var nodeVerbs = []nodeVerb{
	{"kill", "Kill the engine, as a power cut would", (*lab.Node).Kill},
	{"stop", "Stop the engine in an orderly way", (*lab.Node).Stop},
	{"start", "Start a killed or stopped engine again", (*lab.Node).Start},
	{"pause", "Freeze the engine: it hangs", (*lab.Node).Pause},
	{"resume", "End a pause", (*lab.Node).Resume},
	{"unplug", "Take the network link down", (*lab.Node).Unplug},
	{"plug", "Take the network link up again", (*lab.Node).Plug},
	{"unlock", "Unlock a restarted manager of a lab with autolock", (*lab.Node).Unlock},
}

func (v nodeVerb) command(name *string) *cobra.Command {
	return &cobra.Command{
		Use:   v.name + " NODE...",
		Short: v.about,
		Args:  cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			var errs []error
			for _, arg := range args {
				n, err := openNode(*name, arg)
				if err == nil {
					err = v.do(n)
				}
				if err != nil {
					errs = append(errs, fmt.Errorf("%s %s: %w", v.name, arg, err))
				}
			}
			return errors.Join(errs...)
		},
	}
}

func sockCmd(name *string) *cobra.Command {
	return &cobra.Command{
		Use:   "sock NODE",
		Short: "Print the engine's address, for DOCKER_HOST or docker -H",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := openNode(*name, args[0])
			if err == nil {
				fmt.Fprintln(cmd.OutOrStdout(), n.Host())
			}
			return err
		},
	}
}

func dockerCmd(name *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "docker NODE ARGS...",
		Short: "Run the docker command against a node",
		Args:  cobra.MinimumNArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			n, err := openNode(*name, args[0])
			if err != nil {
				return err
			}
			c := n.Command(args[1:]...)
			c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
			err = c.Run()
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				return &exitError{exit.ExitCode()}
			}
			return err
		},
	}
	// What follows the node is docker's, flags included.
	cmd.Flags().SetInterspersed(false)
	return cmd
}

func forwardCmd(name *string) *cobra.Command {
	return &cobra.Command{
		Use:   "forward NODE [PORT]",
		Short: "Reach a port of a node from the loopback, until interrupted; 2376 unless told otherwise",
		Args:  cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := openNode(*name, args[0])
			if err != nil {
				return err
			}
			port := 2376
			if len(args) == 2 {
				if port, err = strconv.Atoi(args[1]); err != nil || port < 1 || port > 65535 {
					return fmt.Errorf("%q is not a port", args[1])
				}
			}
			f, err := n.NewForward(port)
			if err != nil {
				return err
			}
			defer f.Close()
			fmt.Fprintln(cmd.OutOrStdout(), f.Addr())
			<-cmd.Context().Done()
			return nil
		},
	}
}
