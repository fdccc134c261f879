package actions

import (
	"fmt"
	"slices"
	"strings"

	"skep/model"
)

// Tier is how much harm an action can do, and so what it takes to confirm it.
type Tier int

// The tiers, in rising order of harm.
const (
	// Reversible changes restart nothing.
	Reversible Tier = iota + 1
	// Disruptive changes restart, move or stop tasks.
	Disruptive
	// Destructive changes take something away that does not come back by
	// itself; the name has to be typed.
	Destructive
	// Refused changes would break the swarm.
	Refused
)

// Action is one verb that the console knows. Its functions are pure.
type Action struct {
	// Verb is the action's name for commands and the journal, Title what it
	// is called in a menu.
	Verb, Title string
	// Kind is what it is done to.
	Kind model.Kind
	// Parts are set for what is a group, as a stack is: the kinds of what belongs
	// to it, in the order in which the verb is done to each. The group itself is
	// then neither read nor planned.
	Parts []model.Kind
	// Rolling waits for the update of one part before it begins with the next.
	Rolling bool
	// Tier is the least that an action of this verb takes; a plan says what
	// the one at hand takes.
	Tier Tier
	// Enabled gives the reason why the action makes no sense for a target
	// now; empty where it does.
	Enabled func(c *model.Cluster, t Target) (reason string)
	// Form asks for what the action needs to know; nil where that is nothing.
	// Several targets share one form.
	Form func(c *model.Cluster, targets []Target) *Form
	// Text is what is edited in the operator's editor; nil for an action that is
	// not done so. Its text is the value [TextValue]. It is done to one target.
	Text *Text
	// Image is the image reference that the registry should be asked about
	// before planning; nil or empty for none.
	Image func(in Input) string
	// Images are those of an action that is about several.
	Images func(in Input) []string
	// Makes is set where what it is done to need not be there yet. A target that is
	// no object of the engine is then not read by itself.
	Makes bool
	// Needs are the lists that have to be known before it can be planned, besides
	// those of its parts.
	Needs model.Interest
	// Patient waits for all that the registries say before there is a preview.
	Patient bool
	// Joint is set where several targets are planned as one: what one needs another
	// brings about.
	Joint bool
	// Reads are what the plan is made from besides the target, by ID or by name;
	// nil for nothing.
	Reads func(in Input) []model.Ref
	// Plan says what will be done. An error is for the form: what was typed
	// cannot be done, or changes nothing.
	Plan func(in Input) (Plan, error)
}

// Disabled gives the reason why the action cannot be done to the targets; empty
// where it can be done to one at least: the plan leaves the others out by name.
func (a Action) Disabled(c *model.Cluster, targets []Target) string {
	switch {
	case len(targets) == 0:
		return "nothing is selected"
	case c == nil || !c.Ready():
		return "the swarm has not been read yet"
	case c.Session.ReadOnly:
		return model.ErrReadOnly.Error()
	}
	if a.Text != nil && len(targets) > 1 {
		return "one at a time: each has a text of its own"
	}
	first := ""
	for _, t := range targets {
		reason := a.disabledFor(c, t)
		switch {
		case reason == "":
			return ""
		case first != "":
		case len(targets) == 1 || strings.HasPrefix(reason, t.Name+" "):
			first = reason
		default:
			first = t.Name + ": " + reason
		}
	}
	return first
}

func (a Action) disabledFor(c *model.Cluster, t Target) string {
	if t.Ref.Kind != a.Kind {
		return fmt.Sprintf("%s is for a %s", a.Verb, a.Kind)
	}
	if _, found := c.Find(t.Ref); !found && !a.Kind.Info().Elsewhere && !a.Makes {
		return gone(t, model.ErrGone).Error()
	}
	switch {
	case a.Parts != nil:
		return a.partsDisabled(c, t)
	case a.Enabled == nil:
		return ""
	}
	return a.Enabled(c, t)
}

// Target is what an action is done to. It is pinned by its ID when the key is
// pressed, whatever the list does afterwards. What is previewed is the object as
// it is read then, and what is written is checked against that.
type Target struct {
	Ref  model.Ref
	Name string
}

// Form is what an action asks for.
type Form struct {
	Title  string
	Fields []Field
	// AllTasks is set where the plan depends on what every node holds: while
	// the form is filled in, all tasks are worth reading.
	AllTasks bool
}

// Field is one line of a form.
type Field struct {
	// Key names the value in [Input.Values].
	Key, Label string
	// Value is today's; the field starts with it.
	Value, Hint string
	// Replace is set where a value is typed anew rather than edited: the first
	// key takes today's away.
	Replace bool
	// Check says what is wrong with a value; nil for nothing.
	Check func(value string) error
}

// Check says what is wrong with the values of a form, as the first field that
// has something wrong puts it.
func (f *Form) Check(values map[string]string) error {
	if f == nil {
		return nil
	}
	for _, field := range f.Fields {
		if field.Check == nil {
			continue
		}
		if err := field.Check(values[field.Key]); err != nil {
			return fmt.Errorf("%s: %w", field.Label, err)
		}
	}
	return nil
}

// Input is what a plan is made from.
type Input struct {
	Cluster *model.Cluster
	Target  Target
	// Batch are all targets of the same key press, this one too: a node must
	// not be counted on while it is drained along with another.
	Batch []Target
	// InGroup is set where the verb is done to a group that the target belongs to.
	InGroup bool
	// Doc is the target as it was read after the key was pressed.
	Doc model.Document
	// Missing are what the target's earlier version needs and is gone.
	Missing []model.Reference
	// Others are the objects that the action reads besides, each by what it was
	// asked for by. Of what is not there the error is a [model.ErrGone].
	Others map[model.Ref]Reading
	Values map[string]string
	// Image is what the registry said, ImageErr why it said nothing. Both are
	// nil where it was not asked.
	Image    *model.ResolvedImage
	ImageErr error
	// Answers are what the registry said of several images, by their names.
	Answers map[string]Answer
}

// inBatch reports whether an object is a target of the same key press.
func (in Input) inBatch(r model.Ref) bool {
	return in.Target.Ref == r || slices.ContainsFunc(in.Batch, func(t Target) bool { return t.Ref == r })
}
