package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"skep/internal/backend"
	"skep/internal/config"
	"skep/internal/feed"
	"skep/internal/safetext"
	"skep/model"
	"skep/ui/detail"
	"skep/ui/theme"
)

// exitApart is for services that do not find each other, as skep discovery has it.
const exitApart = 3

func discoveryCommand(cfg *config.Config) *cobra.Command {
	var connect bool
	c := givesJSON(&cobra.Command{
		Use: "discovery SERVICE|NETWORK [OTHER]", Short: "say who finds whom, by which name",
		Args: cobra.RangeArgs(1, 2),
		Long: "Say by which names a service is found and on which networks, through which ports\n" +
			"and routes of proxies, and which other services it finds. With OTHER, whether\n" +
			"SERVICE reaches that one, and if not, why. Of a network, compare what the connected\n" +
			"engine resolves there with the tasks that run. Where a service and a network share\n" +
			"a name: service/NAME, network/NAME.\n\n" +
			"With --connect, connect from here to each published port of SERVICE, on every node\n" +
			"that is to answer there, and say which do.\n\n" +
			"Exit codes: 0 it was printed, 1 it cannot be read or is not there, 2 wrong command\n" +
			"line, 3 SERVICE does not reach OTHER, names and tasks differ or could not be\n" +
			"compared, or a port does not answer.",
		ValidArgsFunction: completer{cfg}.of(model.KindService, model.KindNetwork),
		RunE: func(cmd *cobra.Command, args []string) error {
			for i, name := range args {
				if err := discovered[i].check(name); err != nil {
					return err
				}
			}
			if err := take(cfg, nil); err != nil {
				return err
			}
			r, err := discover(cmd.Context(), cfg, args, connect)
			if err != nil {
				return failed(err)
			}
			if err := say(cmd.OutOrStdout(), cfg, r); err != nil || r.good() {
				return failed(err)
			}
			return exitError(exitApart)
		},
	})
	c.Flags().BoolVar(&connect, "connect", false, "connect from here to the published ports of SERVICE, node by node")
	return c
}

// discoveryReport is who finds whom.
type discoveryReport struct {
	Service  string             `json:"service,omitempty"`
	Attached []model.Attachment `json:"attached,omitempty"`
	Routes   []model.Route      `json:"routes,omitempty"`
	Reach    []model.Reach      `json:"reach,omitempty"`
	// Openings are where its ports are to answer, with what came of it where that was
	// tried.
	Openings []opening `json:"openings,omitempty"`
	Network  string    `json:"network,omitempty"`
	// Known is set where the connected engine knows the names on the network.
	Known  bool          `json:"known,omitempty"`
	Stale  []model.Stale `json:"stale,omitempty"`
	Unread []string      `json:"unread,omitempty"`
	// Changed are the services that changed while the names were read: they are not
	// compared.
	Changed []string `json:"changed,omitempty"`
	// uncompared is set where there were services, and none could be compared.
	uncompared bool
	// asked is set where one service was asked after.
	asked bool
	text  string
}

// good reports whether what was asked for is so.
func (r discoveryReport) good() bool {
	return len(r.Stale) == 0 && !r.uncompared && !slices.ContainsFunc(r.Openings, opening.silent) && (!r.asked || r.Reach[0].Can && r.Reach[0].Why == "")
}

// Text implements answer.
func (r discoveryReport) Text() string { return r.text }

// discovered is what the two names may stand for.
var discovered = [2]choice{{services, listed(model.KindNetwork)}, {services}}

func discover(ctx context.Context, cfg *config.Config, args []string, connect bool) (discoveryReport, error) {
	b, end, err := openToRead(ctx, cfg)
	if err != nil {
		return discoveryReport{}, err
	}
	defer end()
	waits, cancel := context.WithTimeoutCause(ctx, reportPatience, fmt.Errorf("no answer within %s", reportPatience))
	defer cancel()
	c, err := b.Feed.Await(waits, feed.Want{
		Interest: model.InterestIn(model.KindTask.All(), model.KindNetwork.All()), Whole: (*model.Cluster).Explained, Longer: reasonPatience,
		Known: func(c *model.Cluster) bool { return c.Ready() && c.Set(model.KindNetwork).Known() },
	})
	if err != nil {
		return discoveryReport{}, err
	}
	var found [2]*model.Service
	for i, name := range args {
		ref, err := discovered[i].one(c, name)
		if err != nil {
			return discoveryReport{}, err
		}
		if found[i] = c.Service(ref.Service()); found[i] == nil && connect {
			return discoveryReport{}, errors.New("--connect is for a service: a network publishes no ports")
		}
		if found[i] == nil && len(args) > 1 {
			return discoveryReport{}, fmt.Errorf("%s is a network: what it connects is asked for alone", name)
		}
		if found[i] == nil {
			return discoverNetwork(ctx, b, c, ref)
		}
	}
	r := discoveryReport{Service: found[0].Name(), Attached: c.Attachments(found[0]), Routes: found[0].Routes()}
	for _, o := range c.Openings(found[0]) {
		r.Openings = append(r.Openings, opening{Opening: o})
	}
	if connect {
		connectTo(ctx, r.Openings)
	}
	if found[1] != nil {
		r.asked, r.Reach = true, []model.Reach{c.Reach(found[0], found[1])}
		r.text = reachText(r.Reach[0])
		if connect {
			r.text += connectedText(found[0].Name(), r.Openings)
		}
		return r, nil
	}
	for _, s := range c.Services() {
		if s.Key() != found[0].Key() {
			r.Reach = append(r.Reach, c.Reach(found[0], s))
		}
	}
	r.text = described(c, model.Document{}, model.Ref{Kind: model.KindDiscovery, ID: found[0].ID})
	if connect {
		r.text += connectedText(found[0].Name(), r.Openings)
	}
	return r, nil
}

func discoverNetwork(ctx context.Context, b *backend.Backend, c *model.Cluster, network model.Ref) (discoveryReport, error) {
	n, ok := model.Lookup[*model.Network](c, network)
	if !ok || !n.InSwarm() {
		return discoveryReport{}, errors.New("it is no network of the swarm")
	}
	ref := model.Ref{Kind: model.KindNames, ID: n.ID}
	doc, err := b.Engine.Inspect(ctx, ref)
	if err != nil {
		return discoveryReport{}, err
	}
	r := discoveryReport{Network: n.Name}
	seen, known, err := model.ReadNames(doc.Raw)
	if err != nil {
		return r, err
	}
	if r.Known = known; known {
		check := c.CheckNames(n, seen, doc.ReadAt)
		r.Stale, r.Unread, r.Changed = check.Stale, check.Unread, check.Changed
		r.uncompared = check.Compared == 0 && len(check.Unread)+len(check.Changed) > 0
	}
	r.text = described(c, doc, ref)
	return r, nil
}

// reachText says whether one service reaches another one.
func reachText(r model.Reach) string {
	var b strings.Builder
	word := "does not reach"
	if r.Can {
		word = "reaches"
	}
	fmt.Fprintf(&b, "%s %s %s\n", safetext.Line(r.From), word, safetext.Line(r.To))
	for _, a := range r.Over {
		to := "the addresses of its tasks"
		if a.VIP != "" {
			to = a.VIP
		}
		fmt.Fprintf(&b, "  on %s as %s: %s\n", safetext.Line(a.Name), safetext.Line(strings.Join(a.Names, ", ")), to)
	}
	if r.Why != "" {
		fmt.Fprintf(&b, "  %s\n", safetext.Line(r.Why))
	}
	if !r.Can && len(r.Ports) > 0 {
		fmt.Fprintf(&b, "  it publishes %s: what reaches a node reaches it there\n", safetext.Line(strings.Join(r.Ports, ", ")))
	}
	return b.String()
}

// described is the description of an object as plain text.
func described(c *model.Cluster, doc model.Document, ref model.Ref) string {
	var b strings.Builder
	for _, line := range detail.Describe(detail.Input{Cluster: c, Doc: doc, Ref: ref, Now: time.Now(), Glyphs: theme.ASCII()}) {
		var text strings.Builder
		for _, span := range line {
			text.WriteString(span.Text)
		}
		b.WriteString(strings.TrimRight(safetext.Line(text.String()), " ") + "\n")
	}
	return b.String()
}
