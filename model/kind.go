package model

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Kind is a kind of object, in the engine's own word where it has one.
type Kind string

// All names all objects of the kind.
func (k Kind) All() Ref { return Ref{Kind: k} }

// KindInfo is all that the layers below the screen know of one kind of object.
// Each kind fills one in beside its type and registers it; whoever needs to know
// something of a kind asks for it here rather than tell kinds apart. Whatever
// is left out, the kind does not have.
type KindInfo struct {
	Kind   Kind
	Plural string
	// Path is where the engine keeps the objects; empty where it has none.
	Path string
	// Query is what has to be asked for along with one object.
	Query string
	// Elsewhere is set for what is none of the engine's: it is kept where skep
	// runs.
	Elsewhere bool
	// Sealed is set where what is secret in an object is shown to nobody.
	Sealed bool
	// Resolves is set where it is checked whether names lead to the tasks that run.
	Resolves bool
	// Bare is set where the engine's objects have no specification and no
	// version: what they are called stands at their top.
	Bare bool
	// Decode makes an element of the engine's list an object that is kept; nil
	// for a kind that is not kept as a [Set]. It hands a pointer to read, which
	// decodes the element into it and says what it had to leave out.
	Decode func(read func(v any) (damage string)) Object
	// Member is the part of the engine's answer that is the list; empty where
	// the answer is.
	Member string
	// Every is how old the list may grow while it is on the screen and events
	// tell of changes; without them it is read more often.
	Every time.Duration
	// Local is set for objects of the connected engine alone. No event tells of
	// them, and another manager has others.
	Local bool
	// Uses adds the objects of the kind that a service's specification names,
	// by their IDs, and their names where it tells them.
	Uses func(spec *swarm.ServiceSpec, add func(id, name string))
	// Implied adds those that it uses without naming them, by their IDs.
	Implied func(c *Cluster, spec *swarm.ServiceSpec, add func(id string))
	// Required is set where no task of such a service starts without them.
	Required bool
	// Writes are the requests that change an object.
	Writes Writes
	// Recreate is what the engine takes to create an object again that it shows
	// like this; nil where that is the specification.
	Recreate func(raw json.RawMessage) (json.RawMessage, error)
	// Lost is what does not come back when an object is created again from what
	// the engine shows of it. Unmade is why that cannot be done at all; empty
	// where it can.
	Lost   []string
	Unmade string

	// Find is what objects of all kinds have in common, of one of this kind;
	// false for one that the snapshot does not have. A kind with Decode needs
	// neither it nor Names.
	Find func(c *Cluster, id string) (Meta, bool)
	// Names are what objects of the kind are looked for by.
	Names func(c *Cluster) []string
	// Tasks are the tasks of an object, and when they were read whole.
	Tasks func(c *Cluster, id string) ([]*Task, time.Time)
	// Logs are what of an object writes a log.
	Logs func(c *Cluster, id string) LogSource
	// About is the object that one of this kind is about, as a finding is; nil
	// for a kind that stands for itself.
	About func(c *Cluster, id string) (Ref, bool)
	// Shown is what has to be read while an object is described; nil for
	// nothing besides what is read anyway.
	Shown func(c *Cluster, id string) []Ref
}

// Writes are the requests that an engine takes for the objects of a kind.
type Writes struct {
	Create, Update, Remove bool
	// Image is set where the specification names an image, so that a write has
	// to bring the registry's credentials and may be a rollback.
	Image bool
}

// Meta is what objects of all kinds have in common. What a kind does not have
// is zero.
type Meta struct {
	Ref              Ref
	Name             string
	Stack            StackName
	Labels           map[string]string
	Version          uint64
	Created, Updated time.Time
	// Damage says why the engine's answer could not be read as a whole.
	Damage string
	// Local is set for what the connected engine alone has.
	Local bool
	// Moved is when something that is told of the object last happened.
	Moved time.Time
}

// kinds are the registered ones.
var kinds = map[Kind]*KindInfo{}

// register makes a kind known. It is called while the package's variables are
// made.
func register(k KindInfo) *KindInfo {
	kinds[k.Kind] = &k
	return &k
}

// Kinds are all kinds that the console knows, in a fixed order.
func Kinds() []*KindInfo {
	out := make([]*KindInfo, 0, len(kinds))
	for _, k := range kinds {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b *KindInfo) int { return cmp.Compare(a.Kind, b.Kind) })
	return out
}

// Info is what is known of the kind. Of a kind that is not registered it is
// nothing but its name.
func (k Kind) Info() *KindInfo {
	if info := kinds[k]; info != nil {
		return info
	}
	return &KindInfo{Kind: k, Plural: string(k) + "s"}
}

// Inspectable reports whether one object can be read by itself.
func (k *KindInfo) Inspectable() bool { return k.Path != "" || k.Elsewhere }

// Find is what objects of all kinds have in common, of one object; false for
// one that is not there.
func (c *Cluster) Find(r Ref) (Meta, bool) {
	switch info := r.Kind.Info(); {
	case c == nil:
		return Meta{}, false
	case info.Find != nil:
		return info.Find(c, r.ID)
	}
	return findListed(c, r)
}

// NameOf is an object's name, or its ID while it is not there.
func (c *Cluster) NameOf(r Ref) string {
	if m, ok := c.Find(r); ok {
		return m.Name
	}
	return r.ID
}

// About is the object that another one is about; false for none.
func (c *Cluster) About(r Ref) (Ref, bool) {
	about := r.Kind.Info().About
	if c == nil || about == nil {
		return Ref{}, false
	}
	return about(c, r.ID)
}

// NamesOf are what the objects of a kind are looked for by.
func (c *Cluster) NamesOf(k Kind) []string {
	switch info := k.Info(); {
	case c == nil:
		return nil
	case info.Names != nil:
		return info.Names(c)
	}
	return namesListed(c, k)
}

// TasksUnder are the known tasks of an object, and when they were read whole;
// see [Cluster.TasksOf].
func (c *Cluster) TasksUnder(r Ref) ([]*Task, time.Time) {
	tasks := r.Kind.Info().Tasks
	if c == nil || tasks == nil {
		return nil, time.Time{}
	}
	return tasks(c, r.ID)
}

// LogsOf are what of an object writes a log.
func (c *Cluster) LogsOf(r Ref) LogSource {
	logs := r.Kind.Info().Logs
	if c == nil || logs == nil {
		return LogSource{}
	}
	return logs(c, r.ID)
}

// InterestIn is what has to be read while an object is described.
func (c *Cluster) InterestIn(r Ref) Interest {
	shown := r.Kind.Info().Shown
	if c == nil || shown == nil {
		return Interest{}
	}
	return InterestIn(shown(c, r.ID)...)
}
