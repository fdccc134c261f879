package model

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// KindRelease is the kind of releases: each is one specification that a service had.
// They stand in files where skep runs.
const KindRelease Kind = "release"

var _ = register(KindInfo{Kind: KindRelease, Plural: "releases", Elsewhere: true, Sealed: true})

// ReleaseSource is what a release is known from.
type ReleaseSource string

// The sources of releases.
const (
	ReleaseSeen     ReleaseSource = "seen"     // skep saw the service so
	ReleaseJournal  ReleaseSource = "journal"  // skep's journal has it
	ReleasePrevious ReleaseSource = "previous" // the engine kept it for a rollback
	ReleaseTasks    ReleaseSource = "tasks"    // former tasks were made of it
)

// String says it in words.
func (s ReleaseSource) String() string {
	return cmp.Or(map[ReleaseSource]string{
		ReleaseSeen: "seen by skep", ReleaseJournal: "skep's journal",
		ReleasePrevious: "the engine's previous spec", ReleaseTasks: "its former tasks",
	}[s], string(s))
}

// Release is one specification that a service had.
type Release struct {
	// N counts the releases of the services of one name, from 1.
	N int `json:"n"`
	// Service is the service's name, and ID what the engine called it then.
	Service string    `json:"service"`
	ID      ServiceID `json:"id"`
	// At is when it was written; with About it was then at the latest, or nearly
	// then.
	At    time.Time `json:"at"`
	About bool      `json:"about,omitempty"`
	// Who wrote it; empty where nobody knows.
	Who  string        `json:"who,omitempty"`
	From ReleaseSource `json:"from"`
	// Spec is the specification. Of a release that is known from tasks it holds the
	// task template alone.
	Spec json.RawMessage `json:"spec,omitempty"`
	// Lacks is why there is none.
	Lacks string `json:"lacks,omitempty"`
}

// Partial reports whether only what its tasks were made of is known.
func (r *Release) Partial() bool { return r.From == ReleaseTasks }

// String is the release as one types it.
func (r *Release) String() string { return fmt.Sprintf("%s@%d", r.Service, r.N) }

// Template is what the release's tasks are made of.
func (r *Release) Template() *swarm.TaskSpec {
	var spec swarm.ServiceSpec
	if json.Unmarshal(r.Spec, &spec) != nil {
		return nil
	}
	return &spec.TaskTemplate
}

// Image is the image of the release, with its digest.
func (r *Release) Image() string {
	if t := r.Template(); t != nil && t.ContainerSpec != nil {
		return t.ContainerSpec.Image
	}
	return ""
}

// The numbers that stand for releases by what they are.
const (
	// LastRelease is the newest one of which the tasks are not those of the service
	// as it is.
	LastRelease = -1
	// NewestRelease is the newest one.
	NewestRelease = -2
	// AllReleases stands for every one: what they name is read at once, as
	// [ReleaseUse].
	AllReleases = -3
)

// ReleaseUse is a release that names an object.
type ReleaseUse struct {
	Release int `json:"release"`
	Ref     Ref `json:"ref"`
}

// ReleaseUses are the objects that releases name, release by release.
func ReleaseUses(all []Release) []ReleaseUse {
	var out []ReleaseUse
	for i := range all {
		var spec swarm.ServiceSpec
		if json.Unmarshal(all[i].Spec, &spec) != nil {
			continue
		}
		for _, r := range References(&spec) {
			out = append(out, ReleaseUse{all[i].N, r.Ref})
		}
	}
	return out
}

// ReleaseRef names a release of the services of a name in a swarm.
func ReleaseRef(swarm, service string, n int) Ref {
	return Ref{KindRelease, fmt.Sprintf("%s/%s@%d", swarm, service, n)}
}

// ReleasesRef names two releases of a service, to be compared.
func ReleasesRef(swarm, service string, from, to int) Ref {
	return Ref{KindRelease, fmt.Sprintf("%s/%s@%d..%d", swarm, service, from, to)}
}

// ParseRelease reads the name of a release, or of two; from is 0 for one.
func (r Ref) ParseRelease() (swarm, service string, from, to int, err error) {
	swarm, rest, ok := strings.Cut(r.ID, "/")
	at := strings.LastIndexByte(rest, '@')
	if !ok || at < 0 {
		return "", "", 0, 0, fmt.Errorf("%q names no release", r.ID)
	}
	service, number := rest[:at], rest[at+1:]
	if first, second, two := strings.Cut(number, ".."); two {
		if from, err = strconv.Atoi(first); err != nil {
			return "", "", 0, 0, fmt.Errorf("%q names no release", r.ID)
		}
		number = second
	}
	if to, err = strconv.Atoi(number); err != nil {
		return "", "", 0, 0, fmt.Errorf("%q names no release", r.ID)
	}
	return swarm, service, from, to, nil
}

// ReleaseDocument is a release as it is read by itself.
type ReleaseDocument struct {
	Release
	Swarm string `json:"swarm"`
	// Before is the one that it is compared with: the one before it, or the one that
	// was asked for; nil for none.
	Before *Release `json:"before,omitempty"`
}

// Document is the release as planners and descriptions read it.
func (d *ReleaseDocument) Document() (Document, error) {
	spec, err := json.Marshal(d)
	return Document{Ref: ReleaseRef(d.Swarm, d.Service, d.N), Name: d.String(), Spec: spec, Raw: spec}, err
}

// ReadRelease reads the release that a document holds.
func ReadRelease(doc Document) (ReleaseDocument, error) {
	var d ReleaseDocument
	err := json.Unmarshal(doc.Spec, &d)
	return d, err
}

// PlainSpec is a specification in the one form in which specifications are compared:
// what the engine leaves out, or writes in another order, differs in nothing.
func PlainSpec(raw json.RawMessage) (json.RawMessage, error) {
	var spec swarm.ServiceSpec
	if err := json.Unmarshal(raw, &spec); err != nil {
		return nil, err
	}
	return PlainSpecOf(&spec)
}

// PlainSpecOf is the same of a specification that was read already.
func PlainSpecOf(spec *swarm.ServiceSpec) (json.RawMessage, error) {
	plain := *spec
	if plain.TaskTemplate.Runtime == swarm.RuntimeContainer {
		plain.TaskTemplate.Runtime = "" // Tasks do not say it.
	}
	if _, marked := plain.Labels[LabelDeployed]; marked { // It is no part of what ran.
		plain.Labels = maps.Clone(plain.Labels)
		delete(plain.Labels, LabelDeployed)
		if len(plain.Labels) == 0 {
			plain.Labels = nil
		}
	}
	return json.Marshal(&plain)
}

// Changes are what a release has changed; all that it is where there is none before
// it. Of what only the tasks tell, only what tasks are made of is compared.
func (r *Release) Changes(before *Release) []Change {
	if before == nil {
		return SpecChanges(nil, r.Spec)
	}
	return SpecChanges(compared(before.Spec, before.Partial() || r.Partial()), compared(r.Spec, before.Partial() || r.Partial()))
}

// compared is a specification, or the part of it that tasks are made of.
func compared(spec json.RawMessage, template bool) json.RawMessage {
	if !template {
		return spec
	}
	var part struct{ TaskTemplate json.RawMessage }
	if json.Unmarshal(spec, &part) != nil {
		return spec
	}
	out, err := json.Marshal(part)
	if err != nil {
		return spec
	}
	return out
}

// Summary says in a few words what a release has changed.
func (r *Release) Summary(before *Release) string {
	switch {
	case r.Lacks != "":
		return "not kept"
	case before == nil:
		return "the first that is known"
	case before.Lacks != "":
		return "the one before was not kept"
	}
	var said []string
	counted := map[string][]string{}
	for _, c := range r.Changes(before) {
		path := strings.TrimPrefix(strings.TrimPrefix(c.Path, "TaskTemplate."), "ContainerSpec.")
		field, name, _ := strings.Cut(strings.TrimSuffix(path, "]"), "[")
		switch {
		case path == "Image":
			said = append(said, imageChange(c.BareBefore, c.BareAfter))
		case strings.HasSuffix(path, ".Replicas"):
			said = append(said, fmt.Sprintf("replicas %s to %s", cmp.Or(c.Before, "none"), cmp.Or(c.After, "none")))
		case path == "ForceUpdate":
			said = append(said, "restart")
		case strings.HasPrefix(path, "Labels") && strings.Contains(path, LabelStackImage):
		default:
			if first, rest, deeper := strings.Cut(field, "."); deeper {
				field, name = first, cmp.Or(name, rest)
			}
			counted[field] = append(counted[field], name)
		}
	}
	return strings.Join(append(said, countedChanges(counted)...), ", ")
}

// countedChanges name the fields in which parts have changed.
func countedChanges(counted map[string][]string) []string {
	words := map[string]string{"Env": "variables", "Labels": "labels", "Networks": "networks", "Mounts": "mounts", "Placement": "placement",
		"Resources": "resources", "EndpointSpec": "ports", "UpdateConfig": "update config", "RollbackConfig": "rollback config",
		"Healthcheck": "health check", "RestartPolicy": "restart policy", "LogDriver": "log driver", "Secrets": "secrets", "Configs": "configs"}
	fields := make([]string, 0, len(counted))
	for field := range counted {
		fields = append(fields, field)
	}
	slices.Sort(fields)
	for i, field := range fields {
		word := cmp.Or(words[field], strings.ToLower(field))
		if names := counted[field]; field == "Env" || field == "Labels" {
			word = strings.TrimSuffix(word, "s") + " " + names[0]
			if len(names) > 1 {
				word = fmt.Sprintf("%d %s", len(names), words[field])
			}
		}
		fields[i] = word
	}
	return fields
}

// imageChange says what image took the place of what other one.
func imageChange(before, after string) string {
	_, was := SplitImage(ShortImage(before))
	name, is := SplitImage(ShortImage(after))
	switch {
	case before == "":
		return BriefImage(after)
	case ShortImage(before) == ShortImage(after):
		return fmt.Sprintf("%s %s to %s", is, cmp.Or(Digest(before), "no digest"), cmp.Or(Digest(after), "no digest"))
	case strings.HasPrefix(ShortImage(before), name) && was != "":
		return strings.TrimPrefix(was, ":") + " to " + strings.TrimPrefix(is, ":")
	}
	return BriefImage(before) + " to " + BriefImage(after)
}

// DiffTasks lists what two specifications of tasks differ in.
func DiffTasks(before, after *TaskSpec) []Change {
	b, err1 := json.Marshal(&before.TaskSpec)
	a, err2 := json.Marshal(&after.TaskSpec)
	if err1 != nil || err2 != nil {
		return nil
	}
	return Diff(b, a)
}
