package journal

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"

	"skep/internal/ownfile"
)

// A process is one that writes. It holds a lock on a file of its own beside
// the journal for as long as it lives, whatever becomes of it: so that nobody
// asks after what it still has in hand. A number of a process would be another's
// in the next container.
const processPrefix = "journal.run."

// processPath is the file of a process; empty for what is none's name.
func (j *Journal) processPath(name string) string {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }) {
		return ""
	}
	return filepath.Join(filepath.Dir(j.path), processPrefix+name)
}

// hold takes the lock of this process, once. Without one what it writes can be asked
// after too soon, which does no harm but to say so.
func (j *Journal) hold() {
	if j.held == nil {
		j.held, _ = ownfile.Claim(j.processPath(j.process))
	}
}

// Close ends the writing of this process. Where all that it began has its outcome in the
// journal, nobody has to ask after it, and its file goes; a disk that does not answer keeps
// it, for the next console.
func (j *Journal) Close() {
	_ = j.within(patience, func() error {
		if j.held != nil && len(j.inHand) == 0 {
			giveUp(j.held)
			j.held = nil
		}
		return nil
	})
}

// giveUp takes the file of a process away that has ended and left nothing open.
func giveUp(f *os.File) {
	path := f.Name()
	_ = os.Remove(path)
	_ = f.Close()
	_ = os.Remove(path) // Windows removes no file that is open.
}

// newProcess is the name of a process.
func newProcess() string { return rand.Text() }
