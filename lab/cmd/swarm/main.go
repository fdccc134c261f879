// Command swarm runs real Docker Swarms of several engines on this machine,
// and stages incidents in them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"skep/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := root().ExecuteContext(ctx)
	stop()
	var exit *exitError
	switch {
	case errors.As(err, &exit):
		os.Exit(exit.code)
	case err != nil:
		fmt.Fprintln(os.Stderr, "swarm:", err)
		os.Exit(1)
	}
}

// exitError passes on the exit code of a command that has said why itself.
type exitError struct{ code int }

func (e *exitError) Error() string { return fmt.Sprintf("exit %d", e.code) }

// defaultName is the lab that is meant when none is named.
const defaultName = "default"

func root() *cobra.Command {
	name := defaultName
	root := &cobra.Command{
		Use:           "swarm",
		Short:         "Run a real Docker Swarm of several engines on this machine",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().StringVar(&name, "name", defaultName, "the lab, where there are several")
	root.AddCommand(upCmd(&name), downCmd(&name), lsCmd(), sweepCmd(), resetCmd(&name),
		incidentsCmd(), stageCmd(&name), sockCmd(&name), dockerCmd(&name), forwardCmd(&name))
	for _, v := range nodeVerbs {
		root.AddCommand(v.command(&name))
	}
	return root
}

// open finds the running lab of this name.
func open(name string) (*lab.Lab, error) {
	r, err := find(name)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, fmt.Errorf("there is no lab %q; start one with: lab/swarm up 3 2", name)
	}
	return lab.Open(r.Dir)
}

// find returns the record of the lab of this name, or nil.
func find(name string) (*lab.Record, error) {
	all, err := lab.Records()
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.Name == name {
			return &r, nil
		}
	}
	return nil, nil
}

// openNode finds a node of the lab of this name.
func openNode(name, node string) (*lab.Node, error) {
	l, err := open(name)
	if err != nil {
		return nil, err
	}
	n := l.Node(node)
	if n == nil {
		return nil, fmt.Errorf("lab %q has no node %q", name, node)
	}
	return n, nil
}
