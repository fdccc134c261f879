package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"skep/internal/config"
	"skep/internal/journal"
	"skep/internal/releases"
	"skep/ui"
)

// demoFolder is where everything is kept that is written down of the swarm inside
// the program. It goes with it.
var demoFolder = sync.OnceValue(func() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("skep-demo-%d-%d", os.Getuid(), os.Getpid()))
})

// ledger is the ledger of releases.
func ledger(cfg config.Config) *releases.Store {
	if cfg.Demo {
		return releases.New(demoFolder())
	}
	return releases.New(releases.Dir())
}

// journalOf is the journal.
func journalOf(cfg config.Config) *journal.Journal {
	if cfg.Demo {
		return journal.New(filepath.Join(demoFolder(), "journal.jsonl"), os.Getenv)
	}
	return journal.New(journal.Path(), os.Getenv)
}

// keptOf is what the console writes down, and reads again.
func keptOf(cfg config.Config) ui.Kept {
	written := journalOf(cfg)
	kept := ui.Kept{Journal: written.Write, Unanswered: written.Ask, Records: recordReader{written}, Releases: ledger(cfg)}
	if cfg.Demo {
		kept.Briefly = "this is the demo's own journal: it goes when skep ends"
	}
	return kept
}
