package detail

import (
	"fmt"
	"time"

	"skep/model"
	"skep/ui/theme"
)

// Input is what a description is made from.
type Input struct {
	// Cluster is the snapshot; nil counts as an empty one.
	Cluster *model.Cluster
	// Doc is the object as the engine gave it; its parts are empty while it is
	// being read.
	Doc model.Document
	// Ref is the object to describe.
	Ref model.Ref
	Now time.Time
	// Unmask shows the values of secret-looking names.
	Unmask bool
	// UnmaskKey is the key that asks for that; empty for none.
	UnmaskKey string
	// MendKey is the key that previews what would mend a finding.
	MendKey string
	Glyphs  theme.Glyphs
	// Words are what the task that died last of the service wrote that a finding is
	// about. Listening is set while they are being read.
	Words     LastWords
	Listening bool
}

// LastWords are the last lines that a task wrote, and why there are no more; safe
// to print.
type LastWords struct {
	Of    model.TaskID
	Name  string
	Lines []string
	Err   string
}

// describers describe the objects of each kind; the file of each adds its own.
var describers = map[model.Kind]func(*sheet){}

// describes makes a kind one that can be described. It is called while the
// package's variables are made.
func describes(k model.Kind, describe func(*sheet)) bool {
	describers[k] = describe
	return true
}

// Describe is an object in words, for people: a section for each thing that
// somebody asks about it, the state and its errors first. It takes whatever
// there is: an object that is gone, damaged, or not read yet has fewer lines.
func Describe(in Input) []Line {
	if in.Cluster == nil {
		in.Cluster = model.NewBuilder(nil).Build(in.Now)
	}
	s := &sheet{in: in}
	if describe := describers[in.Ref.Kind]; describe != nil {
		describe(s)
	} else {
		s.none(fmt.Sprintf("nothing is known about a %s", in.Ref.Kind))
	}
	s.endSection()
	return s.lines
}

// missing says that there is no object to describe.
func (s *sheet) missing() {
	s.section(string(s.in.Ref.Kind) + " " + s.in.Ref.ID)
	if s.in.Cluster.Ready() {
		s.none("it no longer exists")
		return
	}
	s.none("nothing is known about it yet")
}

// damage says that a part of the object could not be read.
func (s *sheet) damage(why string) {
	if why == "" {
		return
	}
	s.field("Damage", s.status("partly unreadable: ", model.Warning), plain(why))
	s.more(dim("what could be read is shown; the YAML has everything"))
}
