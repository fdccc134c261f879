package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"skep/lab"
)

func upCmd(name *string) *cobra.Command {
	c := lab.Config{Dockerd: os.Getenv("SKEP_LAB_DOCKERD"), Keep: true}
	var login string
	cmd := &cobra.Command{
		Use:   "up [MANAGERS [WORKERS]]",
		Short: "Start a lab, of one manager unless told otherwise",
		Args:  cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.Name, c.Managers = *name, 1
			for i, target := range []*int{&c.Managers, &c.Workers} {
				if i >= len(args) {
					break
				}
				n, err := strconv.Atoi(args[i])
				if err != nil || n < 0 {
					return fmt.Errorf("%q is not a number of nodes", args[i])
				}
				*target = n
			}
			var ok bool
			if c.RegistryUser, c.RegistryPassword, ok = strings.Cut(login, ":"); login != "" {
				if !ok {
					return fmt.Errorf("--login wants USER:PASSWORD")
				}
				c.Registry = true
			}
			return up(cmd, c)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&c.TLS, "tls", false, "listen with TLS too")
	f.BoolVar(&c.Autolock, "autolock", false, "encrypt the managers' keys")
	f.BoolVar(&c.Registry, "registry", false, "add an image registry")
	f.StringVar(&login, "login", "", "add a registry that wants this `USER:PASSWORD`")
	f.BoolVar(&c.ContainerdImages, "containerd-images", false, "leave images to containerd, as engines from 29 on do")
	f.BoolVar(&c.SlowPulls, "slow-pulls", false, "let hopeless image pulls take their time")
	return cmd
}

func up(cmd *cobra.Command, c lab.Config) error {
	if r, err := find(c.Name); err != nil {
		return err
	} else if r != nil {
		return fmt.Errorf("lab %q runs in %s already", c.Name, r.Dir)
	}
	begin := time.Now()
	l, err := lab.Start(cmd.Context(), c)
	if err != nil {
		return err
	}
	if err := l.MakeImage(cmd.Context(), "app:1"); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%d nodes in %.1f s, in %s\n", len(l.Nodes()), time.Since(begin).Seconds(), l.Dir)
	if c.Registry {
		fmt.Fprintf(out, "registry %s\n", l.RegistryHost())
	}
	if c.TLS {
		fmt.Fprintf(out, "certificates %s\n", l.CertPath())
	}
	if c.Autolock {
		fmt.Fprintf(out, "unlock key %s\n", l.UnlockKey)
	}
	fmt.Fprintf(out, "export DOCKER_HOST=%s\n", l.Manager(0).Host())
	return nil
}

func downCmd(name *string) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Remove a lab and every trace of it",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if !all {
				return down(*name)
			}
			records, err := lab.Records()
			if err != nil {
				return err
			}
			for _, r := range records {
				// Those of a process are that process's to remove.
				if r.Owner != (lab.Process{}) {
					continue
				}
				if err := r.Remove(); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "all labs that were started by command")
	return cmd
}

// down goes by the record, which is there even for a lab that never came up.
func down(name string) error {
	r, err := find(name)
	if err != nil {
		return err
	}
	if r == nil {
		return fmt.Errorf("there is no lab %q", name)
	}
	return r.Remove()
}

func lsCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "ls",
		Short: "List the labs on this machine and their nodes",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := lab.Records()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			defer w.Flush()
			fmt.Fprintln(w, "LAB\tNODE\tENGINE\tADDRESS\tHOST")
			for _, r := range all {
				l, err := lab.Open(r.Dir)
				if err != nil {
					fmt.Fprintf(w, "%s\t-\tstarting or broken\t-\t%s\n", r.Name, r.Dir)
					continue
				}
				for _, n := range l.Nodes() {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Name, n.Name, engine(n), n.IP(), n.Host())
				}
			}
			return nil
		},
	}
}

func engine(n *lab.Node) string {
	if n.Running() {
		return "runs"
	}
	return "ended"
}

func sweepCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "sweep",
		Short: "Remove what crashed tests left behind",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			swept, err := lab.Sweep()
			for _, r := range swept {
				fmt.Fprintf(cmd.OutOrStdout(), "removed %s of %s\n", r.Dir, r.Name)
			}
			return err
		},
	}
}

func resetCmd(name *string) *cobra.Command {
	return &cobra.Command{
		Use:   "reset",
		Short: "Bring all nodes back and empty the swarm",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := open(*name)
			if err != nil {
				return err
			}
			return l.Reset(cmd.Context())
		},
	}
}
