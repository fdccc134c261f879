package journal

import (
	"fmt"
	"os"
	"path/filepath"

	"skep/internal/ownfile"
)

const (
	// fullAt is the size at which a file is put aside, in bytes: some hundreds of
	// actions.
	fullAt = 8 << 20
	// keepFull is how many full files are kept.
	keepFull = 4
)

// rotate puts the journal aside once it is full, and the file of secrets with it.
// One console does so at a time; who has the file open meanwhile writes into the
// one that was put aside, and nothing is lost. That it cannot be done costs nothing
// but room: the next line tries again.
func (j *Journal) rotate() {
	if !j.full(j.path) && !j.full(j.apartPath()) {
		return
	}
	turn, err := ownfile.Claim(filepath.Join(filepath.Dir(j.path), "journal.lock"))
	if err != nil {
		return
	}
	defer turn.Close()
	if !j.full(j.path) && !j.full(j.apartPath()) {
		return // Another console was faster.
	}
	for _, path := range []string{j.apartPath(), j.path} {
		for n := keepFull; n > 0; n-- {
			_ = os.Rename(aside(path, n-1), aside(path, n))
		}
	}
}

func (j *Journal) full(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Size() >= j.fullAt
}

// aside is the name of a file that was put aside so many times; the file itself for
// none.
func aside(path string, n int) string {
	if n == 0 {
		return path
	}
	return fmt.Sprintf("%s.%d", path, n)
}

// files are all that there are of a file, the oldest first.
func files(path string) []string {
	out := make([]string, 0, keepFull+1)
	for n := keepFull; n >= 0; n-- {
		out = append(out, aside(path, n))
	}
	return out
}
