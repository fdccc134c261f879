package actions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"skep/model"
)

// registryPatience is how long an answer of a registry is waited for. Nothing
// stands still meanwhile; the engine itself would wait for minutes.
const registryPatience = time.Minute

// ErrAsked is why there is no digest while the registry was asked and has not
// answered. A plan that is made meanwhile goes on without it.
var ErrAsked = errors.New("the registry has not answered yet")

// ErrUnread means that what belongs to a group is not known yet.
var ErrUnread = errors.New("not read yet")

// LeftError is why there is no plan for one of several.
type LeftError struct {
	Name string
	Err  error
}

// Error names who is left out.
func (e *LeftError) Error() string {
	if strings.HasPrefix(e.Err.Error(), e.Name+" ") {
		return e.Err.Error()
	}
	return e.Name + ": " + e.Err.Error()
}

// Unwrap gives the reason.
func (e *LeftError) Unwrap() error { return e.Err }

// Split is what was proposed: the plans, and why there is none for the others, who
// are left out by name.
func Split(proposals []Proposal) (plans []Plan, left []error) {
	targets := make([]Target, len(proposals))
	for i, p := range proposals {
		targets[i] = p.Input.Target
	}
	called := namesOf(targets)
	for i, p := range proposals {
		switch {
		case p.Err == nil:
			plans = append(plans, p.Plan)
		case len(proposals) > 1:
			left = append(left, &LeftError{called[i], p.Err})
		default:
			left = append(left, p.Err)
		}
	}
	return plans, left
}

// Proposal is a plan with what it was made from, or why there is none.
type Proposal struct {
	Input Input
	Plan  Plan
	Err   error
}

// Reading is a target as the engine gave it, or why it did not.
type Reading struct {
	Target Target
	Doc    model.Document
	// Missing are what the earlier version of a service needs and is gone.
	Missing []model.Reference
	// Others are what the action reads besides; see [Input.Others].
	Others map[model.Ref]Reading
	Err    error
}

// Answer is what a registry said of an image, or why it said nothing.
type Answer struct {
	Image *model.ResolvedImage
	Err   error
}

// Read reads the targets, or the parts of groups, in their order, and what else the
// action needs. What is known of them, if anything, is kept where the snapshot has
// no newer version.
func (r Request) Read(ctx context.Context, eng Engine, c *model.Cluster, known []Reading) []Reading {
	members, err := r.Members(c)
	if err != nil {
		return []Reading{{Target: r.Targets[0], Err: err}}
	}
	out := make([]Reading, len(members))
	for i, t := range members {
		at := slices.IndexFunc(known, func(k Reading) bool { return k.Target.Ref == t.Ref })
		if at >= 0 && known[at].fresh(c, t.Ref) && r.covers(known[at], c) {
			out[i] = known[at]
			continue
		}
		doc, err := r.Action.inspect(ctx, eng, t)
		out[i] = Reading{Target: t, Doc: doc, Err: gone(t, err)}
		if err == nil {
			out[i].Missing = lostNeeds(ctx, eng, doc)
			out[i].Others = r.readOthers(ctx, eng, Input{Cluster: c, Target: t, Batch: members, Values: r.Values, Doc: doc})
		}
	}
	return out
}

// covers reports whether a reading has all that is planned from: there may be more of
// it by now.
func (r Request) covers(known Reading, c *model.Cluster) bool {
	if !r.Action.Makes || r.Action.Reads == nil {
		return true
	}
	return !slices.ContainsFunc(r.Action.Reads(Input{Cluster: c, Target: known.Target}), func(ref model.Ref) bool { _, read := known.Others[ref]; return !read })
}

// inspect reads a target. A group is no object of the engine.
func (a Action) inspect(ctx context.Context, eng Engine, t Target) (model.Document, error) {
	if a.Makes && !t.Ref.Kind.Info().Inspectable() {
		return model.Document{Ref: t.Ref, Name: t.Name}, nil
	}
	return eng.Inspect(ctx, t.Ref)
}

// readOthers reads what the action needs besides its target.
func (r Request) readOthers(ctx context.Context, eng Engine, in Input) map[model.Ref]Reading {
	if r.Action.Reads == nil {
		return nil
	}
	out := map[model.Ref]Reading{}
	for _, ref := range r.Action.Reads(in) {
		if _, read := out[ref]; !read {
			doc, err := eng.Inspect(ctx, ref)
			out[ref] = Reading{Doc: doc, Err: err}
		}
	}
	return out
}

// fresh reports whether a snapshot has nothing newer than what was read. That an
// object was not there is asked again.
func (r Reading) fresh(c *model.Cluster, ref model.Ref) bool {
	known, _ := c.Find(ref)
	if r.Err != nil || r.Doc.Version < known.Version {
		return false
	}
	for _, other := range r.Others {
		if !other.fresh(c, other.Doc.Ref) {
			return false
		}
	}
	return true
}

// Resolve asks the registry for the digest of an image.
func Resolve(ctx context.Context, eng Engine, image string) Answer {
	ctx, cancel := context.WithTimeoutCause(ctx, registryPatience,
		fmt.Errorf("the registry did not answer within %s", model.Span(registryPatience)))
	defer cancel()
	r, err := eng.ResolveImage(ctx, image)
	switch {
	case err != nil && ctx.Err() != nil:
		return Answer{Err: context.Cause(ctx)}
	case err != nil:
		return Answer{Err: err}
	}
	return Answer{Image: &r}
}

// Request is what is asked for: an action on targets, with the values of its
// form.
type Request struct {
	Action  Action
	Targets []Target
	Values  map[string]string
}

// inputs are what the plans are made from. It is an error to plan for a target
// that was not read, or for which the action makes no sense.
func (r Request) inputs(c *model.Cluster, docs []Reading) []Proposal {
	out := make([]Proposal, len(docs))
	batch := make([]Target, len(docs))
	for i, read := range docs {
		batch[i] = read.Target
	}
	for i, read := range docs {
		p := &out[i]
		p.Input = Input{Cluster: c, Target: read.Target, Batch: batch, InGroup: r.Action.Parts != nil, Values: r.Values, Doc: read.Doc, Missing: read.Missing, Others: read.Others}
		if p.Err = read.Err; errors.Is(p.Err, ErrUnread) {
			continue
		}
		if reason := r.on(read.Target).Disabled(c, batch[i:i+1]); reason != "" {
			p.Err = errors.New(reason)
			if slices.Contains(settled, reason) {
				p.Err = fmt.Errorf("%w: %s", ErrNoChange, reason)
			}
		}
	}
	return out
}

// Images are the images that the registry should be asked about, each once.
func (r Request) Images(c *model.Cluster, docs []Reading) []string {
	var out []string
	asked := map[string]bool{"": true}
	for _, p := range r.inputs(c, docs) {
		if p.Err != nil {
			continue
		}
		for _, image := range r.images(p.Input) {
			if !asked[image] {
				asked[image] = true
				out = append(out, image)
			}
		}
	}
	return out
}

// images are those that the registry should be asked about for a target.
func (r Request) images(in Input) []string {
	a := r.on(in.Target)
	switch {
	case a.Images != nil:
		return a.Images(in)
	case a.Image != nil:
		return []string{a.Image(in)}
	}
	return nil
}

// Propose plans from a snapshot, from what was read of the targets, and from
// what the registry answered so far, by image. It is pure. There is one proposal
// for each that was read, in their order.
func (r Request) Propose(c *model.Cluster, docs []Reading, answers map[string]Answer) []Proposal {
	out := r.inputs(c, docs)
	for i := range out {
		p := &out[i]
		if p.Err != nil {
			continue
		}
		p.Input.Answers = map[string]Answer{}
		for _, image := range r.images(p.Input) {
			answer, answered := answers[image]
			switch {
			case image == "":
				continue
			case !answered:
				answer.Err = ErrAsked
			}
			p.Input.Answers[image] = answer
			p.Input.Image, p.Input.ImageErr = answer.Image, answer.Err
		}
		if p.Plan, p.Err = r.on(p.Input.Target).Plan(p.Input); p.Err == nil {
			p.bind()
			p.warnOld()
			p.warnGrace()
			p.nameNetworks()
			p.Plan.hideSecrets()
		}
	}
	return out
}

// bind makes a plan one for the swarm that it was made from, with the gate that
// that asks for, and says so where it has not told which it is.
func (p *Proposal) bind() {
	if p.Plan.Production = p.Input.Cluster.Session.Production; p.Plan.Production != "" {
		p.Plan.confirm()
	}
	if p.Plan.Swarm = p.Input.Cluster.Session.Swarm; p.Plan.Swarm == "" {
		p.Plan.warn("the engine has not told which swarm this is: that it is still the one on the screen can be checked by the object's ID and version only")
	}
}

// oldTasks is the age from which tasks may no longer be those of now. It is
// more than the feed leaves between two readings of what is on the screen.
const oldTasks = 15 * time.Second

// warnOld says that a plan was made from tasks that were read long before the
// rest of the snapshot, as where the manager is slow.
func (p *Proposal) warnOld() {
	c := p.Input.Cluster
	_, at := c.TasksUnder(p.Input.Target.Ref)
	if !at.IsZero() && c.At.Sub(at) > oldTasks {
		p.Plan.warn("its tasks were last read more than %s ago: the numbers may be off", oldTasks)
	}
}
