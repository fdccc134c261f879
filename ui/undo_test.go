package ui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"skep/actions"
	"skep/internal/testkit"
	"skep/model"
	"skep/ui/table"
)

// fakeRecords are a journal in memory, with what was done before.
type fakeRecords struct {
	mu   sync.Mutex
	list []actions.Record
	rev  uint64
}

type recordList struct {
	list []actions.Record
	rev  uint64
}

func (l recordList) Revision() uint64          { return l.rev }
func (l recordList) Records() []actions.Record { return l.list }

// shopRecords are those that scenes show.
func shopRecords() *fakeRecords {
	at := func(d time.Duration) time.Time { return testkit.Now.Add(-d) }
	service := func(name string) actions.Target {
		return actions.Target{Ref: model.Ref{Kind: model.KindService, ID: name + "-id"}, Name: name}
	}
	return &fakeRecords{rev: 1, list: []actions.Record{
		{ID: "FIVE", Began: at(2 * time.Minute), Ended: at(2 * time.Minute), User: "ann", Context: "prod-eu", Swarm: testkit.SwarmID, Verb: "scale", Target: service("shop_web"), Stack: "shop", Title: "scale shop_web from 3 to 5 replicas", Outcome: actions.Done},
		{ID: "FOUR", Began: at(time.Hour), Ended: at(time.Hour), User: "root (sudo by ben)", Context: "prod-eu", Swarm: testkit.SwarmID, Verb: "image", Target: service("shop_api"), Stack: "shop", Title: "update shop_api to app:2", Outcome: actions.NotDone, Error: "update shop_api: rpc error: code = Unknown desc = update out of sequence"},
		{ID: "THREE", Began: at(3 * time.Hour), User: "ann", Context: "staging", Swarm: "another", Verb: "drain", Target: actions.Target{Ref: model.Ref{Kind: model.KindNode, ID: "n1"}, Name: "worker9"}, Title: "drain worker9", Outcome: actions.Unknown},
		{ID: "TWO", Began: at(26 * time.Hour), Ended: at(26 * time.Hour), User: "ann", Context: "prod-eu", Swarm: testkit.SwarmID, Verb: "remove", Target: service("shop_old"), Stack: "shop", Title: "remove the service shop_old", Outcome: actions.Done, Undone: "X",
			Did: []actions.Did{{Op: actions.OpRemove, Ref: service("shop_old").Ref, Name: "shop_old", Before: json.RawMessage(`{"Name":"shop_old","TaskTemplate":{"ContainerSpec":{"Image":"app:1","Env":["DB_PASSWORD=hunter2"]}}}`)}}},
	}}
}

func (f *fakeRecords) Read(context.Context) (table.Source, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return recordList{f.list, f.rev}, nil
}

func (f *fakeRecords) Changed(ctx context.Context, rev uint64) error {
	for {
		f.mu.Lock()
		changed := f.rev != rev
		f.mu.Unlock()
		if changed {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func (f *fakeRecords) Inspect(_ context.Context, ref model.Ref) (model.Document, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.list {
		if r.ID == ref.ID {
			doc, err := r.Document()
			doc.ReadAt = time.Now()
			return doc, err
		}
	}
	return model.Document{}, fmt.Errorf("read: %w", model.ErrGone)
}

// write keeps what was done, as the journal does.
func (f *fakeRecords) write(s model.Session, e actions.Entry) error {
	if e.Finished.IsZero() {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rev++
	f.list = append([]actions.Record{{ID: e.ID, Began: testkit.Now, Ended: testkit.Now, User: "me", Context: s.Context, Swarm: s.Swarm, Verb: e.Plan.Verb, Target: e.Plan.Target,
		Title: e.Plan.Title, Outcome: e.Result.Verdict(), Undoes: e.Plan.Undoes, Did: actions.Dids(e.Plan, e.Result)}}, f.list...)
	return nil
}

// TestUndo_OfTheLast: the key takes back what was just done, and then the undo.
func TestUndo_OfTheLast(t *testing.T) {
	records := shopRecords()
	opt := Options{ByName: true, Pattern: "shop_cart", Kept: Kept{Records: records, Journal: records.write}}
	onDesk(t, opt, shop(), 120, 40, func(t *testing.T, d *desk) {
		d.press("ctrl+u")
		d.sees("nothing that could be undone was done here")
		d.press("s")
		d.typed("4")
		d.press("enter")
		d.apply()
		if len(d.engine.writes) != 1 || replicasOf(t, d.engine.writes[0]) != "4" {
			t.Fatalf("%+v", d.engine.writes)
		}
		if len(d.last) != 1 || !strings.Contains(d.last[0].Name, "scale shop_cart") {
			t.Fatalf("%+v", d.last)
		}
		d.engine.update = func(model.Write) ([]string, error) { return nil, errors.New("no space") }
		d.press("s")
		d.typed("6")
		d.press("enter")
		d.apply()
		d.sees("no space")
		d.engine.update = nil
		d.press("esc", "esc", "ctrl+u") // What was not done changes nothing about it.
		d.sees("undo: scale shop_cart from ", "undo this one in turn")
		d.apply()
		if len(d.engine.writes) != 2 || replicasOf(t, d.engine.writes[1]) == "4" {
			t.Fatalf("%s\n%+v", d.text(), d.engine.writes)
		}
		d.command("undo")
		d.sees("redo: scale shop_cart from ")
		d.press("esc", "r")
		d.apply()
		d.press("esc", "ctrl+u")
		d.sees("what was done last cannot be undone: restart the tasks of shop_cart")
	})
}

// TestJournal_ListsAndShows what was done, with secrets hidden, and what another
// console writes.
func TestJournal_ListsAndShows(t *testing.T) {
	records := shopRecords()
	onDesk(t, Options{View: "journal", Kept: Kept{Records: records}}, shop(), 80, 24, func(t *testing.T, d *desk) {
		d.press("/")
		d.typed("remove")
		d.press("enter", "enter")
		d.sees("remove the service shop_old", "done, undone", "Env[DB_PASSWORD]", "Does not come back")
		d.misses("hunter2")
		d.press("u")
		d.sees("undo remove the service shop_old")
		d.press("esc", "esc", "esc")
		records.mu.Lock()
		records.rev++
		records.list = append([]actions.Record{{ID: "SIX", Began: testkit.Now, User: "cat", Swarm: testkit.SwarmID, Title: "restart shop_web", Outcome: actions.Done}}, records.list...)
		records.mu.Unlock()
		d.wait(3 * time.Second)
		d.sees("restart shop_web")
	})
}
