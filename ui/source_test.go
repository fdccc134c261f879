package ui

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/table"
	"skep/ui/views"
)

// notes are a source of rows that has nothing to do with a swarm.
type notes struct {
	number uint64
	lines  []string
}

func (n notes) Revision() uint64 { return n.number }

// noteView lists them.
var noteView = views.View[string]{
	Name: "notes", Own: keys.List, Source: "notes",
	Columns: []table.Column[string]{{Title: "NOTE", Cell: func(_ table.Data, s string) table.Cell { return table.Cell{Text: s} }}},
	Rows:    func(f table.Data, _ views.Scope) []string { return append([]string(nil), f.Source.(notes).lines...) },
	Known:   func(table.Data, views.Scope) bool { return true },
	ID:      func(s string) model.Ref { return model.Ref{Kind: "note", ID: s} },
	Title:   func(_ *model.Cluster, s string) string { return s },
	Labels:  func(*model.Cluster, string) map[string]string { return nil },
	Error:   func(*model.Cluster, string) string { return "" },
	Interest: func(views.Scope) model.Interest {
		return model.Interest{}
	},
	Enter: func(*model.Cluster, string) views.Link { return views.Link{Describe: true} },
	Empty: func(*model.Cluster, views.Scope) views.Nothing { return views.Nothing{What: "no notes"} },
}

// TestSource_AListShowsWhatIsNoSwarm opens a list of something else, before
// anything of the swarm is known, and reads it again when asked to.
func TestSource_AListShowsWhatIsNoSwarm(t *testing.T) {
	var (
		reads  int
		answer chan struct{}
		broken error
	)
	opt := Options{Sources: map[string]func(context.Context) (table.Source, error){
		"notes": func(context.Context) (table.Source, error) {
			<-answer
			reads++
			return notes{uint64(reads), []string{"first", fmt.Sprint("read ", reads)}}, broken
		},
	}}
	onDesk(t, opt, nil, 80, 24, func(t *testing.T, d *desk) {
		answer = make(chan struct{}) // Of this bubble of time.
		d.push(noteView.Open(views.Scope{}))
		d.press("g")
		d.sees("services › notes", "reading notes")
		answer <- struct{}{}
		d.rest()
		d.sees("›first", "read 1")
		d.press("j", "ctrl+r")
		answer <- struct{}{}
		d.rest()
		d.sees("read 2")
		d.misses("read 1")
		d.press("/")
		d.typed("fir")
		d.press("enter")
		d.sees("1 of 2", "›first")
		broken = errors.New("no such file")
		d.press("ctrl+r")
		answer <- struct{}{}
		d.rest()
		d.sees("notes cannot be read: no such file", "›first")
		d.feed.push(shop()) // News of the swarm are none of the notes.
		d.rest()
		d.sees("›first")
		if reads != 3 {
			t.Errorf("read %d times", reads)
		}
	})
}
