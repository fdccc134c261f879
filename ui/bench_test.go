package ui

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/internal/testkit"
	"skep/model"
	"skep/ui/screen"
	"skep/ui/table"
)

// stillFeed never has anything new.
type stillFeed struct{ looked []model.Interest }

func (f *stillFeed) Next(ctx context.Context, _ uint64) (*model.Cluster, uint64, error) {
	<-ctx.Done()
	return nil, 0, ctx.Err()
}
func (f *stillFeed) SetInterest(i model.Interest) { f.looked = append(f.looked[:0], i) }
func (f *stillFeed) Refresh()                     {}
func (f *stillFeed) Acknowledge(string)           {}
func (f *stillFeed) Pause()                       {}
func (f *stillFeed) Resume()                      {}

// paper answers every question with the same document.
type paper struct{ doc model.Document }

func (p paper) Inspect(_ context.Context, ref model.Ref) (model.Document, error) {
	d := p.doc
	d.Ref = ref
	if d.Raw == nil {
		d.Raw = json.RawMessage(`{"ID":"x"}`)
	}
	return d, nil
}
func (paper) Networks(context.Context) (map[string]string, error) { return nil, nil }

// newApp is a console that shows a snapshot in a window.
func newApp(t testing.TB, view string, c *model.Cluster, width, height int) *App {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	now := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	a, err := New(ctx, Options{
		Backend: Backend{Feed: &stillFeed{}, Documents: paper{}}, View: view, Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	a.Init()
	a.Update(tea.WindowSizeMsg{Width: width, Height: height})
	if c != nil {
		a.Update(SnapshotMsg{seen: 1, cluster: c})
	}
	return a
}

func BenchmarkUpdate(b *testing.B) {
	one, two := testkit.BigCluster(100, 500, 10_000), testkit.BigCluster(100, 500, 10_000)
	for _, view := range []string{"services", "tasks", "nodes", "stacks"} {
		b.Run(view+"/key", func(b *testing.B) {
			a := newApp(b, view, one, 200, 60)
			b.ReportAllocs()
			for b.Loop() {
				a.Update(tea.KeyPressMsg{Code: 'j', Text: "j"})
			}
		})
		b.Run(view+"/snapshot", func(b *testing.B) {
			a := newApp(b, view, one, 200, 60)
			msgs := []tea.Msg{a.snapshot(one), a.snapshot(two)} // The rows are made away from Update.
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				a.Update(msgs[i%2])
			}
		})
	}
}

func BenchmarkView(b *testing.B) {
	c := testkit.BigCluster(100, 500, 10_000)
	for _, view := range []string{"services", "tasks", "nodes", "stacks", "problems"} {
		b.Run(view, func(b *testing.B) {
			a := newApp(b, view, c, 200, 60)
			b.ReportAllocs()
			for b.Loop() {
				a.View()
			}
		})
	}
}

// snapshot is the message that would bring a snapshot.
func (a *App) snapshot(c *model.Cluster) SnapshotMsg {
	msg := SnapshotMsg{from: a.workspace, seen: 1, cluster: c, screen: a.top()}
	if p, ok := a.top().(screen.Preparer); ok {
		msg.rows = p.Prepare()(table.Data{Cluster: c})
	}
	return msg
}
