// Package doctor says what is wrong with a swarm without a screen: as text for
// people, and as JSON for programs. The JSON bears the version of its schema,
// which README.md describes: a field may be added within a version, but none
// changes its meaning or goes.
package doctor

import (
	"time"

	"skep/model"
)

// The schemas.
const (
	ReportSchema  = "skep.doctor/1"
	ExplainSchema = "skep.explain/1"
)

// Verdict is the whole answer in a word.
type Verdict string

// The verdicts.
const (
	Healthy  Verdict = "healthy"
	Degraded Verdict = "degraded"
	Outage   Verdict = "outage"
	Unknown  Verdict = "unknown"
)

// exitCodes are what the commands exit with. 1 and 2 are taken: the swarm was
// not reached, the command line was wrong.
var exitCodes = map[Verdict]int{Healthy: 0, Degraded: 3, Outage: 4, Unknown: 5}

// ExitCode is what a command exits with that found so.
func (v Verdict) ExitCode() int { return exitCodes[v] }

// Object names one object of the swarm.
type Object struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Evidence is what the engine says: a field of an object, and its value.
type Evidence struct {
	Object string `json:"object"`
	Field  string `json:"field"`
	Value  string `json:"value"`
}

// Remedy is what would mend a finding. Verb, Target and Values are there where an
// action of the console does it.
type Remedy struct {
	Text   string            `json:"text"`
	Verb   string            `json:"verb,omitempty"`
	Target *Object           `json:"target,omitempty"`
	Values map[string]string `json:"values,omitempty"`
}

// Finding is one thing that is wrong, or worth knowing.
type Finding struct {
	// ID is the same for as long as the finding lasts.
	ID   string `json:"id"`
	Rule string `json:"rule"`
	// Severity is outage, degraded or note.
	Severity   string `json:"severity"`
	Confidence string `json:"confidence"`
	Subject    Object `json:"subject"`
	Claim      string `json:"claim"`
	Why        string `json:"why,omitempty"`
	// Since is not there where nothing tells it.
	Since    *time.Time `json:"since,omitempty"`
	Evidence []Evidence `json:"evidence,omitempty"`
	Affects  []Object   `json:"affects,omitempty"`
	// Cause is the ID of the finding that explains this one.
	Cause string `json:"cause,omitempty"`
	// Acknowledged is set for a problem that is a note because its operator has taken
	// note of it.
	Acknowledged bool    `json:"acknowledged,omitempty"`
	Remedy       *Remedy `json:"remedy,omitempty"`
}

// Coverage is how much was read.
type Coverage struct {
	Nodes    int `json:"nodes"`
	Services int `json:"services"`
	Tasks    int `json:"tasks"`
	// Unread counts the services whose tasks were not read in time.
	Unread int `json:"servicesUnread"`
	// Lists are the networks, secrets and configs, as far as they were not read in time
	// or the engine refuses them.
	Lists []string `json:"listsUnread,omitempty"`
}

// Swarm says where was looked.
type Swarm struct {
	ID       string `json:"id,omitempty"`
	Context  string `json:"context,omitempty"`
	Endpoint string `json:"endpoint,omitempty"`
	Engine   string `json:"engine,omitempty"`
}

// Report is what is wrong with a swarm.
type Report struct {
	Schema   string    `json:"schema"`
	At       time.Time `json:"at"`
	Swarm    Swarm     `json:"swarm"`
	Verdict  Verdict   `json:"verdict"`
	Coverage Coverage  `json:"lookedAt"`
	Findings []Finding `json:"findings"`
	// Error is why no more could be said, Advice what to do about that, in lines.
	Error  string `json:"error,omitempty"`
	Advice string `json:"advice,omitempty"`
	// Containers are those of services on the connected engine, where it tells nothing
	// else.
	Containers []model.OwnTask `json:"containers,omitempty"`
}

// NewReport makes the report of a snapshot.
func NewReport(c *model.Cluster, now time.Time) Report {
	tasks, _ := c.Tasks()
	r := Report{
		Schema: ReportSchema, At: now.UTC(), Swarm: swarmOf(c.Session),
		Coverage: Coverage{Nodes: len(c.Nodes()), Services: len(c.Services()), Tasks: len(tasks), Unread: c.TasksUnread(), Lists: c.ListsUnread()},
		Findings: []Finding{},
	}
	for _, list := range [][]model.Finding{c.Problems(), c.Notes()} {
		for _, f := range list {
			r.Findings = append(r.Findings, findingOf(c, f))
		}
	}
	if r.Verdict = verdictOf(c.Problems()); r.Verdict == Healthy && r.Coverage.Unread+len(r.Coverage.Lists) > 0 {
		r.Verdict = Unknown
	}
	return r
}

func swarmOf(s model.Session) Swarm {
	return Swarm{ID: s.Swarm, Context: model.MaskText(s.Context), Endpoint: s.Endpoint, Engine: s.Engine}
}

// verdictOf is the worst of some findings.
func verdictOf(list []model.Finding) Verdict {
	worst := model.Neutral
	for _, f := range list {
		worst = max(worst, f.Status)
	}
	switch worst {
	case model.Broken:
		return Outage
	case model.Warning:
		return Degraded
	default:
		return Healthy
	}
}

// severities are the words for how bad a finding is.
var severities = map[model.Status]string{model.Broken: "outage", model.Warning: "degraded", model.Neutral: "note"}

func findingOf(c *model.Cluster, f model.Finding) Finding {
	out := Finding{
		ID: string(f.ID()), Rule: f.Rule, Severity: severities[f.Status], Confidence: f.Confidence.String(),
		Subject: Object{string(f.Ref.Kind), f.Ref.ID, f.Subject}, Claim: f.Claim, Why: model.MaskText(f.Why), Cause: string(f.Cause), Acknowledged: f.Noted,
	}
	if !f.Since.IsZero() {
		at := f.Since.UTC()
		out.Since = &at
	}
	for _, e := range f.Evidence {
		out.Evidence = append(out.Evidence, Evidence{e.Object, e.Field, model.MaskText(e.Value)})
	}
	for _, ref := range f.Affects {
		out.Affects = append(out.Affects, objectOf(c, ref))
	}
	if f.Remedy.Text != "" {
		out.Remedy = &Remedy{Text: f.Remedy.Text, Verb: f.Remedy.Verb, Values: f.Remedy.Values}
		if f.Remedy.Verb != "" {
			o := objectOf(c, f.Remedy.Target)
			out.Remedy.Target = &o
		}
	}
	return out
}

func objectOf(c *model.Cluster, r model.Ref) Object {
	return Object{string(r.Kind), r.ID, c.NameOf(r)}
}

// Failed is the report where the swarm cannot be read; false where nothing was
// reached that could tell anything.
func Failed(err error, trouble *model.Trouble, now time.Time) (Report, bool) {
	r := Report{Schema: ReportSchema, At: now.UTC(), Findings: []Finding{}, Error: model.MaskError(err)}
	if trouble == nil {
		return r, false
	}
	switch trouble.Situation {
	case model.NoLeader:
		r.Verdict = Outage
	case model.WorkerNode, model.Locked, model.Preparing, model.Expired, model.Orphaned:
		r.Verdict = Unknown
	default:
		return r, false
	}
	r.Error, r.Advice = trouble.Headline(), trouble.Advice()
	return r, true
}

// Own adds what the connected engine itself runs of the swarm, where it cannot tell of
// more.
func (r *Report) Own(tasks []model.OwnTask) {
	for _, t := range tasks {
		t.Status = model.MaskText(t.Status)
		r.Containers = append(r.Containers, t)
	}
}
