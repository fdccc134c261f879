package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"skep/model"
	"skep/model/triage"
)

// Reader reads what the lists of the swarm do not have.
type Reader interface {
	// Names are those of a network, as the connected engine gives them.
	Names(ctx context.Context, id model.NetworkID) (json.RawMessage, error)
	// Times are when a task wrote its last lines, so many at the most, the oldest first.
	Times(ctx context.Context, t *model.Task, most int) ([]time.Time, error)
	// Again is a newer snapshot, with the tasks of some services read after a time.
	Again(ctx context.Context, after time.Time, of []string) (*model.Cluster, error)
}

const (
	// probeFor bounds all that is read for one report, and logWait the wait for one log.
	probeFor = 8 * time.Second
	logWait  = 2 * time.Second
	// settles is how long names may differ from the tasks after a change: the engines
	// tell each other within a second or two.
	settles = 3 * time.Second
	// linesTimed is how many lines show how often a task writes.
	linesTimed = 200
)

// Probe reads what only is worth reading where somebody asks what is wrong; with a
// service, only what is about it. It asks for one thing at a time, and tells what it
// has when its time is over.
func Probe(ctx context.Context, c *model.Cluster, only model.ServiceID, r Reader) (p model.Probe) {
	ctx, cancel := context.WithTimeout(ctx, probeFor)
	defer cancel()
	began := time.Now()
	own := ""
	if s := c.Service(only); s != nil {
		own = s.Name()
	}
	first := names(ctx, c, c.ProbedNetworks(only), own, r)
	for _, t := range c.ProbedLogs(only, began) {
		if ctx.Err() != nil {
			break
		}
		p.Logs = append(p.Logs, timed(ctx, t, r))
	}
	if len(first) > 0 {
		p.Names = confirmed(ctx, first, began, own, r)
	}
	return p
}

// names are the networks on which names differ from the tasks; with the name of a
// service, on which its own does.
func names(ctx context.Context, c *model.Cluster, networks []*model.Network, own string, r Reader) (out []model.NamesProbe) {
	for _, n := range networks {
		raw, err := r.Names(ctx, model.NetworkID(n.ID))
		if err != nil {
			continue
		}
		seen, known, err := model.ReadNames(raw)
		if err != nil || !known {
			continue // The engine has no part in the network.
		}
		stale := slices.DeleteFunc(c.StaleNames(n, seen), func(s model.Stale) bool { return own != "" && s.Service != own })
		if len(stale) > 0 {
			out = append(out, model.NamesProbe{Network: n, Stale: stale})
		}
	}
	return out
}

// confirmed looks once more at the networks on which names differed, and keeps what
// still does: just after a change they may.
func confirmed(ctx context.Context, first []model.NamesProbe, began time.Time, own string, r Reader) (out []model.NamesProbe) {
	var services []string
	var networks []*model.Network
	for _, p := range first {
		networks = append(networks, p.Network)
		for _, s := range p.Stale {
			services = append(services, s.Service)
		}
	}
	select {
	case <-ctx.Done():
		return nil
	case <-time.After(time.Until(began.Add(settles))):
	}
	c, err := r.Again(ctx, began.Add(settles), services)
	if err != nil {
		return nil
	}
	for _, p := range names(ctx, c, networks, own, r) {
		i := slices.IndexFunc(first, func(o model.NamesProbe) bool { return o.Network.ID == p.Network.ID })
		p.Stale = slices.DeleteFunc(p.Stale, func(s model.Stale) bool { return !slices.Contains(first[i].Stale, s) })
		if len(p.Stale) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// timed asks when a task wrote its last lines.
func timed(ctx context.Context, t *model.Task, r Reader) model.LogProbe {
	waits, cancel := context.WithTimeout(ctx, logWait)
	defer cancel()
	times, err := r.Times(waits, t, linesTimed)
	return model.LogProbe{Task: t, Times: times, Unanswered: errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil && len(times) == 0}
}

// Probe adds to a report what only a probe finds, the problems before the notes.
func (r *Report) Probe(ctx context.Context, c *model.Cluster, from Reader) {
	found := triage.Examine(c, Probe(ctx, c, "", from), time.Now())
	r.Findings, r.Verdict = added(c, r.Findings, found), worse(r.Verdict, verdictOf(found))
}

// Probe does the same with what is about a service.
func (e *Explanation) Probe(ctx context.Context, c *model.Cluster, from Reader) {
	if e.service == "" {
		return
	}
	found := triage.Examine(c, Probe(ctx, c, e.service, from), time.Now())
	e.Findings, e.Verdict = added(c, e.Findings, found), worse(e.Verdict, verdictOf(found))
}

// worse is the verdict on both of two things.
func worse(a, b Verdict) Verdict {
	if a == Outage || b == Healthy || b == Unknown {
		return a
	}
	return b
}

func added(c *model.Cluster, list []Finding, found []model.Finding) []Finding {
	at := slices.IndexFunc(list, func(f Finding) bool { return f.Severity == severities[model.Neutral] })
	if at < 0 {
		at = len(list)
	}
	for _, f := range found {
		if f.Status == model.Neutral {
			list = append(list, findingOf(c, f))
			continue
		}
		list = slices.Insert(list, at, findingOf(c, f))
		at++
	}
	return list
}
