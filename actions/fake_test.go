package actions

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"skep/internal/testkit"
	"skep/model"
)

// fakeEngine keeps documents and gives them versions, as the engine does. The
// functions, where set, are asked before.
type fakeEngine struct {
	// fillsIn is what the engine makes of a specification that it is to create; nil
	// where it keeps it as it is.
	fillsIn func(json.RawMessage) json.RawMessage
	docs    map[model.Ref]model.Document
	writes  []model.Write
	removed []model.Ref
	lost    map[model.Ref]bool
	gone    bool

	beforeUpdate func(f *fakeEngine, w model.Write) error
	beforeRemove func(f *fakeEngine, w model.Write) error
	resolve      func(ctx context.Context, image string) (model.ResolvedImage, error)
}

func newFake(docs ...model.Document) *fakeEngine {
	f := &fakeEngine{docs: map[model.Ref]model.Document{}}
	for _, d := range docs {
		f.docs[d.Ref] = d
	}
	return f
}

func (f *fakeEngine) Inspect(ctx context.Context, ref model.Ref) (model.Document, error) {
	if err := ctx.Err(); err != nil {
		return model.Document{}, err
	}
	if d, ok := f.docs[ref]; ok {
		return d, nil
	}
	for _, d := range f.docs { // A name finds it as well.
		if d.Ref.Kind == ref.Kind && d.Name == ref.ID && ref.ID != "" {
			return d, nil
		}
	}
	return model.Document{}, fmt.Errorf("inspect: %w", model.ErrGone)
}

func (f *fakeEngine) Exists(_ context.Context, ref model.Ref) (bool, error) {
	if f.gone { // What was removed, and nothing else, is not there.
		_, there := f.docs[ref]
		return there, nil
	}
	return !f.lost[ref], nil
}

func (f *fakeEngine) Update(ctx context.Context, w model.Write) ([]string, error) {
	if f.beforeUpdate != nil {
		if err := f.beforeUpdate(f, w); err != nil {
			return nil, err
		}
	}
	d := f.docs[w.Ref]
	if d.Version != w.Version {
		return nil, fmt.Errorf("update out of sequence: %w", model.ErrConflict)
	}
	f.writes = append(f.writes, w)
	if w.Rollback {
		d.Spec, d.Previous = d.Previous, d.Spec
	} else {
		d.Spec, d.Previous = w.Spec, d.Spec
	}
	d.Version++
	f.docs[w.Ref] = d
	return nil, nil
}

func (f *fakeEngine) ResolveImage(ctx context.Context, image string) (model.ResolvedImage, error) {
	return f.resolve(ctx, image)
}

func (f *fakeEngine) Create(_ context.Context, w model.Write) (string, []string, error) {
	if f.beforeUpdate != nil {
		if err := f.beforeUpdate(f, w); err != nil {
			return "", nil, err
		}
	}
	var spec struct{ Name string }
	if err := json.Unmarshal(w.Spec, &spec); err != nil {
		return "", nil, err
	}
	f.writes = append(f.writes, w)
	ref := model.Ref{Kind: w.Ref.Kind, ID: fmt.Sprintf("made%d", len(f.writes))}
	kept := w.Spec
	if f.fillsIn != nil {
		kept = f.fillsIn(kept)
	}
	f.docs[ref] = model.Document{Ref: ref, Name: spec.Name, Version: 1, Spec: kept, Raw: kept}
	return ref.ID, nil, nil
}

func (f *fakeEngine) Remove(_ context.Context, w model.Write) error {
	ref := w.Ref
	if f.beforeRemove != nil {
		if err := f.beforeRemove(f, w); err != nil {
			return err
		}
	}
	f.removed = append(f.removed, ref)
	delete(f.docs, ref)
	return nil
}

// edit changes a document behind the action's back, as the engine or somebody
// else would.
func (f *fakeEngine) edit(t *testing.T, ref model.Ref, edits ...Edit) {
	t.Helper()
	d := f.docs[ref]
	spec, err := Apply(d.Spec, edits)
	if err != nil {
		t.Fatal(err)
	}
	d.Spec, d.Version = spec, d.Version+1
	f.docs[ref] = d
}

// docOf is a service's document as the engine would give it.
func docOf(t testing.TB, s *model.Service) model.Document {
	t.Helper()
	d := model.Document{Ref: s.Key().Ref(), Name: s.Name(), Version: s.Version.Index}
	d.Raw, d.Spec = marshal(t, s.Service), marshal(t, s.Spec)
	if s.PreviousSpec != nil {
		d.Previous = marshal(t, s.PreviousSpec)
	}
	return d
}

func nodeDoc(t *testing.T, n *model.Node) model.Document {
	t.Helper()
	return model.Document{Ref: n.Key().Ref(), Name: n.Hostname(), Version: n.Version.Index,
		Raw: marshal(t, n.Node), Spec: marshal(t, n.Spec)}
}

func marshal(t testing.TB, v any) json.RawMessage {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ServiceTarget is a service as the target of an action.
func ServiceTarget(s *model.Service) Target {
	return Target{Ref: s.Key().Ref(), Name: s.Name()}
}

// NodeTarget is a node as one, by the name that tells it from its twins.
func NodeTarget(c *model.Cluster, n *model.Node) Target {
	return Target{Ref: n.Key().Ref(), Name: c.NodeName(n.Key())}
}

// inputFor is what planning an action on a service starts from.
func inputFor(t testing.TB, s *model.Service, values map[string]string, options ...testkit.ClusterOption) Input {
	t.Helper()
	c := testkit.Cluster(append([]testkit.ClusterOption{testkit.Services(s)}, options...)...)
	target := ServiceTarget(s)
	return Input{Cluster: c, Target: target, Batch: []Target{target}, Doc: docOf(t, s), Values: values}
}

// inputForNode is the same for a node.
func inputForNode(t *testing.T, c *model.Cluster, n *model.Node, batch ...*model.Node) Input {
	t.Helper()
	in := Input{Cluster: c, Target: NodeTarget(c, n), Doc: nodeDoc(t, n)}
	for _, b := range batch {
		in.Batch = append(in.Batch, NodeTarget(c, b))
	}
	return in
}

// allOf are the tasks of a service as it asks for them, all running on one node.
// Those of another version come from the options.
func allOf(s *model.Service, n *model.Node, options ...testkit.TaskOption) []*model.Task {
	var out []*model.Task
	for slot := range s.Replicas() {
		out = append(out, testkit.Task(append([]testkit.TaskOption{testkit.Of(s), testkit.Slot(int(slot) + 1), testkit.On(n)}, options...)...))
	}
	return out
}

// mustPlan plans and fails the test on an error.
func mustPlan(t *testing.T, a Action, in Input) Plan {
	t.Helper()
	p, err := a.Plan(in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
