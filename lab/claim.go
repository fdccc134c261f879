package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// Record is a lab's entry in the list of all labs on this machine. It holds
// all that is needed to remove the lab.
type Record struct {
	// Index sets the lab's prefix and subnet apart from the others'.
	Index int
	Name  string
	Dir   string
	// Owner is the process that the lab ends with; the zero value is a lab
	// that stays until it is taken down.
	Owner Process
}

// claims lists the labs of this machine: a file each, named by index, and a
// lock. It is on a file system that a reboot empties, as namespaces are.
const claims = "/run/skep-lab"

// maxLabs is bounded by the one byte that the index has in the subnet.
const maxLabs = 250

func (r Record) prefix() string { return fmt.Sprintf("skep%d-", r.Index) }

// cgroup is named by the lab's directory: all of the machine share one tree of
// cgroups, also those that do not see each other's claims.
func (r Record) cgroup() string { return filepath.Base(r.Dir) }

func (r Record) file() string { return filepath.Join(claims, strconv.Itoa(r.Index)) }

// address returns the lab's address with this last byte; 1 is the switch.
func (r Record) address(host int) string { return fmt.Sprintf("10.79.%d.%d", r.Index, host) }

// abandoned reports whether the process that the lab belongs to is gone.
func (r Record) abandoned() bool { return r.Owner != Process{} && !r.Owner.Alive() }

// claim enters a new lab in the list, under the lowest free index.
func claim(name, dir string, owner Process) (Record, error) {
	unlock, err := lockClaims()
	if err != nil {
		return Record{}, err
	}
	defer unlock()
	for i := range maxLabs {
		r := Record{Index: i, Name: name, Dir: dir, Owner: owner}
		if _, err := os.Stat(r.file()); err == nil {
			continue
		}
		return r, writeJSON(r.file(), r)
	}
	return Record{}, fmt.Errorf("all %d lab numbers are taken", maxLabs)
}

// Records lists the labs of this machine, the abandoned ones too.
func Records() ([]Record, error) {
	entries, err := os.ReadDir(claims)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Record
	for _, e := range entries {
		index, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		var r Record
		if err := readJSON(filepath.Join(claims, e.Name()), &r); err != nil {
			continue
		}
		r.Index = index
		all = append(all, r)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Index < all[j].Index })
	return all, nil
}

// Sweep removes what is left of the labs whose process died without removing
// them, and returns them.
func Sweep() ([]Record, error) {
	unlock, err := lockClaims()
	if err != nil {
		return nil, err
	}
	defer unlock()
	all, err := Records()
	if err != nil {
		return nil, err
	}
	var swept []Record
	for _, r := range all {
		if !r.abandoned() {
			continue
		}
		if e := remove(r); e != nil {
			err = errors.Join(err, fmt.Errorf("lab %d: %w", r.Index, e))
			continue
		}
		swept = append(swept, r)
	}
	return swept, err
}

func lockClaims() (unlock func(), err error) {
	if err := os.MkdirAll(claims, 0o700); err != nil {
		return nil, err
	}
	return lockFile(filepath.Join(claims, "lock"))
}

// writeJSON replaces a file as a whole: a reader sees the old or the new.
func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

func readJSON(path string, v any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

// ownerName keeps a name fit for a line of a list.
func ownerName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '_'
		}
		return r
	}, name)
}
