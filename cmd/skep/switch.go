package main

import (
	"fmt"
	"maps"
	"os"

	"github.com/spf13/cobra"

	"skep/actions"
	"skep/internal/compose"
	"skep/internal/config"
	"skep/model"
)

// withValues is a verb with what flags say for its form, where they say anything.
func (a act) withValues(said map[string]string) act {
	values := maps.Clone(said)
	maps.DeleteFunc(values, func(_, v string) bool { return v == "" })
	a.values = values
	return a
}

func greenFlags(cfg *config.Config) func(*cobra.Command) func(act) act {
	return func(c *cobra.Command) func(act) act {
		name, replicas := "", ""
		var source compose.Source
		images := c.Args
		c.Use = "green SERVICE... IMAGE | SERVICE -c FILE"
		c.Args = func(c *cobra.Command, args []string) error {
			if len(source.Files) > 0 {
				return inWords(cobra.ExactArgs(1), "skep green SERVICE -c FILE")(c, args)
			}
			return images(c, args)
		}
		c.Flags().StringVar(&name, "as", "", "what the new service is called, in place of SERVICE-green: a `NAME`")
		c.Flags().StringVar(&replicas, "replicas", "", "how many of it, in place of as many as SERVICE has: a `NUMBER`")
		addSource(c, cfg, &source)
		goesWith(c, "env-file", "compose-file")
		c.Long += "\n\nThe new service is the old one with another image, or with -c as the stack's files\n" +
			"have it, and without what requests come by: labels that proxies read, published\n" +
			"ports, aliases. It waits until all its tasks are up. Then try it, skep switch hands\n" +
			"the requests over, and skep finish makes the old service what the new one is. A\n" +
			"whole stack: skep deploy --beside."
		return func(a act) act {
			source.Stdin = c.InOrStdin()
			if a.source = source; len(source.Files) > 0 {
				a.last = ""
			}
			return a.withValues(map[string]string{"name": name, "replicas": replicas})
		}
	}
}

// greenFrom deploys a service beside itself as files have it.
func greenFrom(source compose.Source, c *model.Cluster, t actions.Target) (actions.Action, error) {
	s := c.Service(t.Ref.Service())
	if s == nil || s.Stack() == "" {
		return actions.Action{}, fmt.Errorf("%s belongs to no stack: which of the services in the files it is cannot be told", t.Name)
	}
	source.Env = os.Environ()
	loaded, err := compose.Load(source)
	if err != nil {
		return actions.Action{}, err
	}
	stack, err := loaded.Stack(string(s.Stack()))
	if err != nil {
		return actions.Action{}, err
	}
	return actions.GreenFrom(stack, actions.Deployment{Resolve: actions.ResolveAlways}), nil
}

func switchFlags(c *cobra.Command) func(act) act {
	steps, pause, back := "", "", false
	c.Flags().StringVar(&steps, "steps", "", "in steps: the `PERCENTS` for the new service, such as 10,30; then all")
	c.Flags().StringVar(&pause, "pause", "", "how long to watch after each step (default 30s): a `TIME`")
	c.Flags().BoolVar(&back, "back", false, "give the requests back to the old service")
	c.MarkFlagsMutuallyExclusive("back", "steps")
	c.MarkFlagsMutuallyExclusive("back", "pause")
	c.Long += "\n\nSERVICE is either of the two. The routing labels that Traefik, Caddy (docker-proxy)\n" +
		"or Docker Flow Proxy read, or a proxy that the configuration tells of, go from the\n" +
		"one to the other: no task restarts. Where there are none the published ports go\n" +
		"over, or else the network aliases. In steps it waits for the end, and stops where a\n" +
		"task of the new service fails; the same command goes on with what was begun before."
	return func(a act) act {
		if back {
			a.verb = "switch-back"
			return a
		}
		return a.withValues(map[string]string{"steps": steps, "pause": pause})
	}
}

func finishFlags(c *cobra.Command) func(act) act {
	pause := ""
	c.Flags().StringVar(&pause, "pause", "", "how long proxies get to notice a change (default 30s): a `TIME`")
	c.Long += "\n\nAn engine renames no service: the old one gets what the new one runs, while that\n" +
		"has the requests; then they go back to it, and the new one is removed."
	return func(a act) act { return a.withValues(map[string]string{"pause": pause}) }
}
