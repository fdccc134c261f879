// Package releases is the ledger of what ran: of the services of each name, in each
// swarm, the specifications that they had. It is kept in a file for each name that
// only its owner can read, one JSON object a line. Values that look secret are kept
// apart, in a file of their own.
//
// Several consoles write one ledger: each takes its lock, looks at what is there, and
// adds only what is new. A line that was torn costs only itself. What is written down
// again is never in the way of anything: where the ledger cannot be written, the
// console does without.
package releases

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"skep/internal/ownfile"
	"skep/internal/safetext"
	"skep/model"
)

// The bounds of a ledger.
const (
	// keepReleases is how many releases of a name are kept, and keepBytes how long
	// its file may grow.
	keepReleases = 100
	keepBytes    = 1 << 20
	// keepSpec is the longest specification that is kept, in bytes.
	keepSpec = 256 << 10
	// keepNames is of how many names a swarm's releases are kept: those longest
	// unchanged go first.
	keepNames = 3000
	// lockPatience is how long another console's write is waited for.
	lockPatience = 2 * time.Second
	lockEvery    = 5 * time.Millisecond
)

// Store is the ledger of all swarms.
type Store struct{ dir string }

// Dir is where the ledger is by default.
func Dir() string { return filepath.Join(ownfile.StateDir(), "releases") }

// New is the ledger in a folder, which is made when there is something to keep.
func New(dir string) *Store { return &Store{dir: dir} }

// line is one line of a ledger.
type line struct {
	model.Release
}

// apart is one line of the file of secrets beside it: the values of a release, each
// by what stands in its place, and the mark that tells the whole specification.
type apart struct {
	N      int               `json:"n"`
	Mark   string            `json:"mark"`
	Values map[string]string `json:"values,omitempty"`
}

// plainName is what a file may be called on all systems.
var plainName = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,100}$`)

// fileName is a name as one of files. The engine tells names of one swarm apart
// without regard to case.
func fileName(name string) string {
	if name = strings.ToLower(name); plainName.MatchString(name) {
		return "of-" + name
	}
	sum := sha256.Sum256([]byte(name))
	return "sha-" + hex.EncodeToString(sum[:16])
}

func (s *Store) folder(swarm string) string { return filepath.Join(s.dir, fileName(swarm)) }

func (s *Store) path(swarm, service string) string {
	return filepath.Join(s.folder(swarm), fileName(service)+".jsonl")
}

func apartPath(path string) string { return strings.TrimSuffix(path, ".jsonl") + ".secrets.jsonl" }

// Read gives the releases of the services of a name, the oldest first, with what is
// secret in them. None is no error.
func (s *Store) Read(swarm, service string) ([]model.Release, error) {
	return read(s.path(swarm, service))
}

func read(path string) ([]model.Release, error) {
	values := map[int]apart{}
	err := lines(apartPath(path), func(raw []byte) {
		var a apart
		if json.Unmarshal(raw, &a) == nil {
			values[a.N] = a
		}
	})
	if err != nil {
		return nil, err
	}
	var out []model.Release
	err = lines(path, func(raw []byte) {
		var l line
		if json.Unmarshal(raw, &l) != nil || l.N < 1 || len(out) > 0 && l.N <= out[len(out)-1].N {
			return
		}
		out = append(out, reveal(l.Release, values[l.N]))
	})
	return out, err
}

func lines(path string, take func(raw []byte)) error {
	f, err := ownfile.OpenToRead(path)
	if f == nil || err != nil {
		return err
	}
	defer f.Close()
	return ownfile.EachLine(f, take)
}

// Mark tells a specification from others, whatever the order of its keys; it is kept
// with the secrets, because a short secret could be guessed by it.
func Mark(spec json.RawMessage) string {
	dec := json.NewDecoder(bytes.NewReader(spec))
	dec.UseNumber()
	var v any
	_ = dec.Decode(&v) // What is no JSON is told from nothing but nothing.
	ordered, _ := json.Marshal(v)
	sum := sha256.Sum256(ordered)
	return hex.EncodeToString(sum[:])
}

// LastMark is that of the newest release of a name; empty for none. It reads no more
// than the end of the file, where that is enough.
func (s *Store) LastMark(swarm, service string) string {
	f, err := ownfile.OpenToRead(apartPath(s.path(swarm, service)))
	if f == nil || err != nil {
		return ""
	}
	defer f.Close()
	for _, tail := range []int64{16 << 10, keepBytes * 4} {
		info, err := f.Stat()
		if err != nil {
			return ""
		}
		from := max(0, info.Size()-tail)
		b := make([]byte, info.Size()-from)
		n, _ := f.ReadAt(b, from)
		all := bytes.Split(b[:n], []byte("\n"))
		if from > 0 {
			all = all[1:]
		}
		for _, raw := range slices.Backward(all) {
			var a apart
			if json.Unmarshal(raw, &a) == nil && a.Mark != "" {
				return a.Mark
			}
		}
		if from == 0 {
			break
		}
	}
	return ""
}

// Add adds the releases that are made behind the last one, while nobody else writes,
// and gives them their numbers. It is given the last one; nil for none.
func (s *Store) Add(swarm, service string, make func(last *model.Release) []model.Release) error {
	if swarm == "" || service == "" {
		return errors.New("it is not known of which swarm, or of which service")
	}
	if err := ownfile.MakeFolder(s.folder(swarm)); err != nil {
		return err
	}
	lock, err := s.lock(swarm)
	if err != nil {
		return err
	}
	defer lock.Close()
	path := s.path(swarm, service)
	known, err := read(path)
	if err != nil {
		return err
	}
	var last *model.Release
	next := 1
	if n := len(known); n > 0 {
		last, next = &known[n-1], known[n-1].N+1
	}
	if last == nil {
		s.forgetOldest(swarm)
	}
	for _, r := range make(last) {
		r.N, r.Service = next, service
		if err := put(path, r); err != nil {
			return err
		}
		next++
		known = append(known, r)
	}
	return compact(path, known)
}

// lock takes the lock of a swarm's ledger.
func (s *Store) lock(swarm string) (*os.File, error) {
	for until := time.Now().Add(lockPatience); ; time.Sleep(lockEvery) {
		f, err := ownfile.Claim(filepath.Join(s.folder(swarm), "lock"))
		if !errors.Is(err, ownfile.ErrHeld) || time.Now().After(until) {
			return f, err
		}
	}
}

// put appends a release: first what is secret in it, so that a line never lacks it.
func put(path string, r model.Release) error {
	raw, kept, err := encode(r)
	if err != nil {
		return err
	}
	secret, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	if err := appendTo(apartPath(path), secret); err != nil {
		return err
	}
	return appendTo(path, raw)
}

func appendTo(path string, raw []byte) error {
	f, err := ownfile.OpenToAppend(path)
	if err != nil {
		return err
	}
	return ownfile.AppendLine(f, append(safetext.JSON(raw), '\n'))
}

// encode is a release as a line, and what is kept apart of it.
func encode(r model.Release) ([]byte, apart, error) {
	out := apart{N: r.N, Mark: Mark(r.Spec), Values: map[string]string{}}
	if len(r.Spec) > keepSpec {
		r.Spec, r.Lacks = nil, "its specification is too large to be kept"
	}
	if len(r.Spec) > 0 {
		hidden, err := model.Hide(r.Spec, func(shown, text string) string {
			mark := fmt.Sprintf("%s (kept apart as %d.%d)", shown, r.N, len(out.Values)+1)
			out.Values[mark] = text
			return mark
		})
		if err != nil {
			r.Spec, r.Lacks = nil, model.MaskError(err)
		} else {
			r.Spec = hidden
		}
	}
	r.Who = model.MaskText(r.Who)
	raw, err := json.Marshal(line{r})
	return raw, out, err
}

// reveal puts what was kept apart back. Without it a release cannot be run again.
func reveal(r model.Release, kept apart) model.Release {
	if len(r.Spec) == 0 {
		return r
	}
	missing := false
	whole, err := model.Reveal(r.Spec, func(text string) (string, bool) {
		value, found := kept.Values[text]
		missing = missing || !found && strings.Contains(text, fmt.Sprintf("(kept apart as %d.", r.N))
		return value, found
	})
	switch {
	case err != nil:
		r.Spec, r.Lacks = nil, model.MaskError(err)
	case missing:
		r.Lacks = "what looks secret in it is no longer kept, or was taken away"
	default:
		r.Spec = whole
	}
	return r
}

// compact keeps a ledger within its bounds: first go those of which the tasks are
// the same as of the next one, such as a scale, and then the oldest.
func compact(path string, known []model.Release) error {
	info, err := os.Stat(path)
	if err != nil || info.Size() <= keepBytes && len(known) <= keepReleases {
		return nil //nolint:nilerr // Without a file there is nothing to shorten.
	}
	keep := shorten(known, keepReleases*3/4, keepBytes*3/4)
	var main, secrets bytes.Buffer
	for _, r := range keep {
		raw, kept, err := encode(r)
		if err != nil {
			return err
		}
		secret, err := json.Marshal(kept)
		if err != nil {
			return err
		}
		main.Write(append(safetext.JSON(raw), '\n'))
		secrets.Write(append(safetext.JSON(secret), '\n'))
	}
	// What is lost in between is a secret of a release that goes anyway.
	if err := replace(path, main.Bytes()); err != nil {
		return err
	}
	return replace(apartPath(path), secrets.Bytes())
}

// shorten leaves at most so many releases, of about so many bytes.
func shorten(known []model.Release, most, size int) []model.Release {
	out := slices.Clone(known)
	total := 0
	for _, r := range out {
		total += len(r.Spec)
	}
	full := func() bool { return len(out) > 1 && (len(out) > most || total > size) }
	for i := 0; i < len(out)-keepReleases/5 && full(); {
		if i+1 < len(out) && sameTasks(out[i], out[i+1]) {
			total -= len(out[i].Spec)
			out = slices.Delete(out, i, i+1)
			continue
		}
		i++
	}
	for full() {
		total -= len(out[0].Spec)
		out = out[1:]
	}
	return out
}

// sameTasks reports whether the tasks of two releases are made of the same.
func sameTasks(a, b model.Release) bool {
	return a.Template() != nil && model.FingerprintOf(a.Template()) == model.FingerprintOf(b.Template())
}

// replace writes a file anew, beside it first.
func replace(path string, content []byte) error {
	beside := path + ".new"
	_ = os.Remove(beside)
	f, err := ownfile.OpenToAppend(beside)
	if err != nil {
		return err
	}
	if _, err = f.Write(content); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(beside, path)
}

// forgetOldest makes room for one more name.
func (s *Store) forgetOldest(swarm string) {
	entries, err := os.ReadDir(s.folder(swarm))
	if err != nil || len(entries) <= 2*keepNames {
		return
	}
	type old struct {
		path string
		at   time.Time
	}
	var all []old
	for _, e := range entries {
		if info, err := e.Info(); err == nil && strings.HasSuffix(e.Name(), ".jsonl") && !strings.HasSuffix(e.Name(), ".secrets.jsonl") {
			all = append(all, old{filepath.Join(s.folder(swarm), e.Name()), info.ModTime()})
		}
	}
	slices.SortFunc(all, func(a, b old) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.path, b.path)) })
	for _, o := range all[:max(0, len(all)-keepNames*9/10)] {
		_ = os.Remove(o.path)
		_ = os.Remove(apartPath(o.path))
	}
}

// Find gives one release of a name, with the one before it; see [model.LastRelease].
func (s *Store) Find(swarm, service string, n int) (model.ReleaseDocument, error) {
	all, err := s.Read(swarm, service)
	if err != nil {
		return model.ReleaseDocument{}, err
	}
	i := slices.IndexFunc(all, func(r model.Release) bool { return r.N == n })
	switch n {
	case model.LastRelease:
		i = lastOther(all)
	case model.NewestRelease:
		i = len(all) - 1
	}
	if i < 0 {
		return model.ReleaseDocument{}, fmt.Errorf("%w: the ledger has no such release of %s", model.ErrGone, service)
	}
	out := model.ReleaseDocument{Release: all[i], Swarm: swarm}
	if i > 0 {
		out.Before = &all[i-1]
	}
	return out, nil
}

// lastOther is the newest release whose tasks are not those of the last one; -1 for
// none.
func lastOther(all []model.Release) int {
	for i, r := range slices.Backward(all) {
		if t := r.Template(); t != nil && r.Lacks == "" && !sameTasks(r, all[len(all)-1]) {
			return i
		}
	}
	return -1
}
