package actions

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"skep/model"
)

// longestName is what the engine takes for the name of a config or secret.
const longestName = 64

var versionSum = regexp.MustCompile(`^-[0-9a-f]{10}$`)

// version is the name of the file's version with its content.
func (f StackFile) version() string { return f.stem() + "-" + f.Sum }

// stem is what the names of all its versions begin with.
func (f StackFile) stem() string { return f.Name[:min(len(f.Name), longestName-1-len(f.Sum))] }

// versionOf reports whether an object of this name is a version of the file.
func (f StackFile) versionOf(name string) bool {
	sum, ok := strings.CutPrefix(name, f.stem())
	return name == f.Name || ok && versionSum.MatchString(sum)
}

// files finds each config and secret in the version that the files ask for, and
// creates it where there is none: the engine changes the content of none that is
// there, and a service keeps the one that it was given until it is told otherwise.
func (d *deploy) files() error {
	for _, name := range d.how.Rotate {
		if !slices.ContainsFunc(d.want.Files, func(f StackFile) bool { return d.rotates(f, name) }) {
			return fmt.Errorf("to be replaced, and not in the files: %s", quote(name))
		}
	}
	for _, f := range d.want.Files {
		if err := d.file(f); err != nil {
			return err
		}
	}
	return nil
}

// rotates reports whether a name, of the swarm or of the files, is that of one that is
// to get a new version.
func (d *deploy) rotates(f StackFile, name string) bool {
	return f.Name == name || f.Name == f.Labels[model.LabelStack]+"_"+name
}

func (d *deploy) file(f StackFile) error {
	var versions []Reading
	for _, m := range d.listed(d.in.Cluster, f.Kind) {
		if f.versionOf(m.Name) {
			read := d.in.Others[m.Ref]
			if read.Err != nil {
				return read.Err
			}
			versions = append(versions, read)
		}
	}
	rotate := slices.ContainsFunc(d.how.Rotate, func(name string) bool { return d.rotates(f, name) })
	i := d.holding(f, versions, rotate)
	if i < 0 && !rotate {
		i = d.unknown(f, versions)
	}
	switch {
	case i >= 0:
		d.found[f.ref()] = versions[i].Doc.Ref.ID
		d.apart = d.apart || versions[i].Doc.Name != f.Name
		return d.relabel(f, versions[i].Doc)
	case len(versions) == 0:
		d.make(f.Kind, f.Name, f.Name, f.Spec)
		return nil
	}
	name := f.version()
	if slices.ContainsFunc(versions, func(r Reading) bool { return r.Doc.Name == name }) {
		return fmt.Errorf("%s %s: there is a version %s already, and it has another content", f.Kind, f.Name, name)
	}
	spec, err := Apply(f.Spec, []Edit{{Path: []string{"Name"}, Value: name}})
	if err != nil {
		return err
	}
	d.make(f.Kind, name, f.Name, spec)
	d.apart = true // The engine changes no content, and refuses what docker asks for.
	d.sentences = append(d.sentences, fmt.Sprintf("%s %s has another content: it becomes %s, and the version before is kept for going back", f.Kind, f.Name, name))
	return nil
}

// holding is the version that has the file's content: of several the one that a service
// uses, or else the newest. Negative for none.
func (d *deploy) holding(f StackFile, versions []Reading, rotate bool) int {
	best, used, at := -1, false, time.Time{}
	for i, r := range versions {
		if !f.is(r.Doc, rotate) {
			continue
		}
		m, _ := d.in.Cluster.Find(r.Doc.Ref)
		uses := slices.ContainsFunc(d.in.Cluster.Users(r.Doc.Ref), func(u model.User) bool { return !u.Former })
		if best < 0 || uses && !used || uses == used && m.Created.After(at) {
			best, used, at = i, uses, m.Created
		}
	}
	return best
}

// is reports whether an object has the file's content.
func (f StackFile) is(doc model.Document, rotate bool) bool {
	if f.sealed() {
		var sum string
		decodeField(doc.Spec, &sum, "Labels", model.LabelContent)
		return sum == f.Sum && (!rotate || doc.Name == f.version())
	}
	for _, part := range []string{"Data", "Templating"} {
		if !model.SameJSON(field(doc.Spec, part), field(f.Spec, part)) {
			return false
		}
	}
	return true
}

// unknown is a secret of which nobody knows what is in it: it is taken to be as it
// was. Negative for none.
func (d *deploy) unknown(f StackFile, versions []Reading) int {
	if !f.sealed() {
		return -1
	}
	i := slices.IndexFunc(versions, func(r Reading) bool { return r.Doc.Name == f.Name })
	if i < 0 || field(versions[i].Doc.Spec, "Labels", model.LabelContent) != nil {
		return -1
	}
	if slices.ContainsFunc(versions, func(r Reading) bool { return field(r.Doc.Spec, "Labels", model.LabelContent) != nil }) {
		return -1
	}
	d.warnings = append(d.warnings, fmt.Sprintf("the secret %s was not made by skep, and the engine shows its value to nobody: it is taken to be the same; --rotate %s replaces it", f.Name, quote(f.Name)))
	d.unseen = append(d.unseen, fmt.Sprintf("%s %s", f.Kind, f.Name))
	return i
}

// relabel gives an object the labels of the file: all that the engine changes of
// it. A mark of skep's own is not taken away.
func (d *deploy) relabel(f StackFile, doc model.Document) error {
	label := fmt.Sprintf("%s %s", f.Kind, doc.Name)
	var has map[string]string
	decodeField(doc.Spec, &has, "Labels")
	want := map[string]string{}
	for key, value := range f.Labels {
		want[key] = value
	}
	delete(want, model.LabelContent)
	for key, value := range has {
		if strings.HasPrefix(key, "skep.") {
			want[key] = value
		}
	}
	var owner string
	if owner = has[model.LabelStack]; owner != "" && owner != f.Labels[model.LabelStack] {
		return fmt.Errorf("%s belongs to the stack %s", label, owner)
	}
	b, err1 := json.Marshal(has)
	a, err2 := json.Marshal(want)
	if err1 != nil || err2 != nil || model.SameJSON(b, a) {
		if !slices.Contains(d.unseen, label) {
			d.unchanged = append(d.unchanged, label)
		}
		return nil
	}
	in := d.in
	in.Target, in.Doc = Target{Ref: doc.Ref, Name: doc.Name}, doc
	p, err := newPlan(in, deployVerb, Reversible, Edit{Path: []string{"Labels"}, Value: want})
	if err != nil {
		return err
	}
	p.Steps[0].Name = doc.Name
	p.Undo.Sentence = "skep undo sets the labels back"
	d.add(p)
	d.changed = append(d.changed, label)
	return nil
}
