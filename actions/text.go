package actions

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// The values of an action that is done in an editor.
const (
	// TextValue is the text that came back.
	TextValue = "text"
	// BaseValue is the specification that the text was made from.
	BaseValue = "base"
	// OverValue is set where the operator wants what the text says in place of
	// what somebody else has written meanwhile.
	OverValue = "over"
)

// Text is what of an object is edited as YAML, in the operator's own editor.
type Text struct {
	// about is what is edited, in a title.
	about string
	// fields are the parts of the specification, each under its own name; none
	// for the specification as a whole.
	fields [][]string
	// of is the type of what is edited.
	of reflect.Type
	// without is what is shown of a field that is not there, as the engine takes
	// its absence.
	without json.RawMessage
	// Example is shown as a comment below the text.
	Example string
}

// Of is what is edited of a specification.
func (t *Text) Of(spec json.RawMessage) json.RawMessage {
	if len(t.fields) == 0 {
		return spec
	}
	out := []byte{'{'}
	for i, path := range t.fields {
		if i > 0 {
			out = append(out, ',')
		}
		value := field(spec, path...)
		if value == nil {
			value = t.without
		}
		out = fmt.Appendf(out, "%q:%s", path[len(path)-1], value)
	}
	return append(out, '}')
}

// edits are what a text changes in the specification that it was made from. A
// field that was not there is written as a whole: what is shown in its place would
// otherwise be lost.
func (t *Text) edits(text string, base json.RawMessage) ([]Edit, error) {
	shown := t.Of(base)
	edited, err := readYAML(text, t.of, shown)
	if err != nil {
		return nil, err
	}
	edits := Edits(shown, edited)
	if len(t.fields) == 0 {
		return edits, nil
	}
	var out []Edit
	for _, path := range t.fields {
		name := path[len(path)-1]
		mine := slices.DeleteFunc(slices.Clone(edits), func(e Edit) bool { return e.Path[0] != name })
		switch {
		case len(mine) == 0:
		case field(base, path...) == nil && field(edited, name) != nil:
			out = append(out, Edit{Path: path, Value: slices.Clone(field(edited, name))})
		default:
			for _, e := range mine {
				e.Path = slices.Concat(path, e.Path[1:])
				out = append(out, e)
			}
		}
	}
	return out, nil
}

// editsOf are the edits of a text for the object as it is now.
func (t *Text) editsOf(in Input) ([]Edit, error) {
	base := json.RawMessage(in.Values[BaseValue])
	edits, err := t.edits(in.Values[TextValue], base)
	if err != nil {
		return nil, err
	}
	if len(edits) == 0 {
		return nil, fmt.Errorf("%w: the text says the same as before", ErrNoChange)
	}
	edits, err = rebase(in.Target, base, in.Doc.Spec, edits, in.Values[OverValue] != "")
	if err == nil && len(edits) == 0 {
		err = fmt.Errorf("%w: somebody else has written the same meanwhile", ErrNoChange)
	}
	return edits, err
}

// rolloutWithout is how the engine rolls a change out that nothing is said of
// (swarmkit api/defaults/service.go).
const rolloutWithout = `{"Parallelism":1,"FailureAction":"pause","Monitor":5000000000,"MaxFailureRatio":0,"Order":"stop-first"}`

var (
	editService = textAction("edit", "Edit the spec", model.KindService, planServiceText, Text{about: "the spec", of: reflect.TypeFor[swarm.ServiceSpec]()})
	editMounts  = textAction("mounts", "Edit the mounts", model.KindService, planServiceText, Text{
		about: "the mounts", fields: [][]string{{"TaskTemplate", "ContainerSpec", "Mounts"}}, without: json.RawMessage("[]"),
		of:      reflect.TypeFor[struct{ Mounts []mount.Mount }](),
		Example: "Mounts:\n  - Type: volume\n    Source: data\n    Target: /data\n  - Type: bind\n    Source: /etc/localtime\n    Target: /etc/localtime\n    ReadOnly: true",
	})
	editNetworks = textAction("networks", "Edit the networks", model.KindService, planServiceText, Text{
		about: "the networks", fields: [][]string{{"TaskTemplate", "Networks"}}, without: json.RawMessage("[]"),
		of: reflect.TypeFor[struct {
			Networks []swarm.NetworkAttachmentConfig
		}](),
		Example: "Networks:\n  - Target: backend\n    Aliases:\n      - db",
	})
	editRollout = textAction("rollout-config", "Edit the update config", model.KindService, planServiceText, Text{
		about: "the update and rollback configuration", fields: [][]string{{"UpdateConfig"}, {"RollbackConfig"}}, without: json.RawMessage(rolloutWithout),
		of: reflect.TypeFor[struct{ UpdateConfig, RollbackConfig *swarm.UpdateConfig }](),
		Example: "UpdateConfig:\n  Parallelism: 2           # 0 for all at once\n  Delay: 10s\n  FailureAction: rollback  # or pause, continue\n" +
			"  Monitor: 30s\n  MaxFailureRatio: 0.2\n  Order: start-first       # or stop-first",
	})
	editNode = textAction("edit", "Edit the spec", model.KindNode, planNodeText, Text{about: "the spec", of: reflect.TypeFor[swarm.NodeSpec]()})
)

func textAction(verb, title string, kind model.Kind, plan func(Text, Input) (Plan, error), t Text) Action {
	tier := Disruptive
	if verb == "rollout-config" {
		tier = Reversible
	}
	return Action{Verb: verb, Title: title, Kind: kind, Tier: tier, Text: &t, Plan: func(in Input) (Plan, error) {
		p, err := plan(t, in)
		p.Verb = verb
		return p, err
	}}
}

// textPlan is the part of a plan that all texts have in common.
func (t Text) plan(in Input) (Plan, error) {
	edits, err := t.editsOf(in)
	if err != nil {
		return Plan{}, err
	}
	p, err := newPlan(in, "edit", Reversible, edits...)
	if err != nil {
		return Plan{}, err
	}
	p.Title = fmt.Sprintf("edit %s of %s", t.about, in.Target.Name)
	if len(t.fields) == 0 {
		p.Title += ": " + list(fieldsOfChanges(p.Changes))
	}
	p.Undo.Sentence = "edit it back: CHANGES has the former values"
	return p, nil
}

// fieldsOfChanges names the fields that change, each once and without what leads to
// it.
func fieldsOfChanges(changes []model.Change) []string {
	var out []string
	for _, c := range changes {
		name := strings.TrimPrefix(strings.TrimPrefix(c.Path, "TaskTemplate."), "ContainerSpec.")
		name, _, _ = strings.Cut(name, "[")
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func planServiceText(t Text, in Input) (Plan, error) {
	p, err := t.plan(in)
	if err != nil {
		return Plan{}, err
	}
	s := readService(in)
	after, err := Apply(s.spec, p.Steps[0].Edits)
	if err != nil {
		return Plan{}, err
	}
	in.Doc.Spec = after
	next := readService(in)
	if err := s.checkFixed(next); err != nil {
		return Plan{}, err
	}
	if image := next.image(); image != s.image() {
		p.Steps[0].Image = image
		s.warnDigest(&p, image)
	}
	if err := s.checkAmounts(&p, after); err != nil {
		return Plan{}, &TextError{[]Problem{{0, err.Error()}}}
	}
	if s.job() || s.tasks == next.tasks || s.mode != model.ModeReplicated {
		return p, s.complete(&p, "this edit")
	}
	s.describeScale(&p, after, next.tasks)
	if next.tasks == 0 {
		p.raise(Destructive)
	}
	if p.Impact.Restarts > 0 {
		s.warnMoves(&p)
	}
	s.finish(&p, "this edit")
	return p, nil
}

// warnDigest says what an image that was typed into a text means.
func (s service) warnDigest(p *Plan, image string) {
	_, was, _ := strings.Cut(s.image(), "@")
	switch _, is, pinned := strings.Cut(image, "@"); {
	case !pinned:
		p.warn("%s is written without a digest: nodes may run different versions of it; the verb image pins it", image)
	case was == is && withoutDigest(image) != withoutDigest(s.image()):
		p.warn("the digest is still the one of %s, and it is what the nodes go by: take it off, or use the verb image", withoutDigest(s.image()))
	}
}

// checkFixed says what the engine never changes of a service: so the text comes
// back at once.
func (s service) checkFixed(next service) error {
	var was, is string
	decodeField(s.spec, &was, "Name")
	decodeField(next.spec, &is, "Name")
	switch {
	case was != is:
		return &TextError{[]Problem{{0, fmt.Sprintf("the engine renames no service: Name has to stay %s", was)}}}
	case s.mode != next.mode:
		return &TextError{[]Problem{{0, fmt.Sprintf("the engine does not change the mode of a service: it has to stay %s", s.mode)}}}
	}
	return nil
}

// planNodeText plans what the text changes of a node. What moves tasks, or the
// quorum, in a way of its own is planned by the verb for it.
func planNodeText(t Text, in Input) (Plan, error) {
	p, err := t.plan(in)
	if err != nil {
		return Plan{}, err
	}
	n := nodeOf(in.Cluster, in.Target)
	if n == nil {
		return Plan{}, model.ErrGone
	}
	spec, err := Apply(in.Doc.Spec, p.Steps[0].Edits)
	if err != nil {
		return Plan{}, err
	}
	for _, v := range nodeVerbs {
		var was, is string
		decodeField(in.Doc.Spec, &was, v.path...)
		decodeField(spec, &is, v.path...)
		switch {
		case was == is || is != v.value:
		case len(p.Changes) > 1:
			return Plan{}, &TextError{[]Problem{{0, fmt.Sprintf("this would %s the node and change more besides: one at a time, so that the preview tells what each does", v.action.Verb)}}}
		default:
			return v.action.Plan(in)
		}
	}
	after := *n
	after.Spec = swarm.NodeSpec{}
	decodeField(spec, &after.Spec)
	if !slices.ContainsFunc(p.Changes, func(c model.Change) bool { return c.Path == "Availability" || c.Path == "Role" }) {
		sayEvicted(&p, in, n, &after)
		p.confirm()
		return p, nil
	}
	return Plan{}, &TextError{[]Problem{{0, "Availability is active, pause or drain, and Role is worker or manager"}}}
}

// nodeVerbs are the changes of a node that have a verb of their own.
var nodeVerbs = []struct {
	path   []string
	value  string
	action *Action
}{
	{pathAvailability, string(swarm.NodeAvailabilityDrain), &drain}, {pathAvailability, string(swarm.NodeAvailabilityPause), &pause},
	{pathAvailability, string(swarm.NodeAvailabilityActive), &activate}, {pathRole, string(swarm.NodeRoleManager), &promote}, {pathRole, string(swarm.NodeRoleWorker), &demote},
}
