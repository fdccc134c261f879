package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// removeTimeout is how long the processes of a lab get to die once killed.
const removeTimeout = time.Minute

// Remove ends everything in the lab and leaves no trace of it. A lab that is
// gone already is no error.
func (r Record) Remove() error {
	unlock, err := lockClaims()
	if err != nil {
		return err
	}
	defer unlock()
	var now Record
	if err := readJSON(r.file(), &now); err != nil || now.Dir != r.Dir {
		return nil // Gone, and its number may be another lab's by now.
	}
	if err := remove(r); err != nil {
		return fmt.Errorf("remove lab %d in %s: %w", r.Index, r.Dir, err)
	}
	return nil
}

// remove ends everything that belongs to the lab and leaves no trace of it.
// It goes by the record alone, so that it can clean up after a crash.
//
// Everything is killed, not stopped: nothing in a lab is worth the ten seconds
// of grace that a container may take.
func remove(r Record) error {
	// Before anything else: the cgroup has the name of the directory, and that
	// of an empty one is the root of all.
	if !strings.HasPrefix(filepath.Base(r.Dir), dirPrefix) {
		return fmt.Errorf("%q is not the directory of a lab", r.Dir)
	}
	names := r.namespaces()
	if err := killAll(r, names); err != nil {
		return err
	}
	// A node's mounts end with it. One that is here all the same may be of a
	// folder that is not the lab's: it must not be emptied with the lab's.
	if err := unmountUnder(r.Dir); err != nil {
		return err
	}
	var err error
	for _, name := range names {
		err = errors.Join(err, ip("netns", "del", name))
	}
	if e := removeCgroups(r); e != nil {
		err = errors.Join(err, e)
	}
	if e := removeDir(r.Dir); e != nil {
		err = errors.Join(err, e)
	}
	if err != nil {
		return err
	}
	return os.Remove(r.file())
}

// killAll kills until nothing of the lab runs: an engine that dies late can
// still start a container.
func killAll(r Record, names []string) error {
	deadline := time.Now().Add(removeTimeout)
	for {
		left := r.processes(names)
		if len(left) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d processes do not die, such as %d", len(left), left[0].PID)
		}
		for _, p := range left {
			_ = p.signal(syscall.SIGKILL)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// processes finds what runs in the lab: engines and shims are in its network
// namespaces, containers in its cgroups.
func (r Record) processes(names []string) []Process {
	inside := map[uint64]bool{}
	for _, name := range names {
		inside[namespaceID(namespacePath(name))] = true
	}
	delete(inside, 0)
	var found []Process
	add := func(pid int) {
		if p, err := processOf(pid); err == nil && pid != os.Getpid() && p.Alive() {
			found = append(found, p)
		}
	}
	processes(func(pid int) {
		if inside[namespaceID(fmt.Sprintf("/proc/%d/ns/net", pid))] {
			add(pid)
		}
	})
	for _, dir := range r.cgroups() {
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.Name() != "cgroup.procs" {
				return nil
			}
			data, _ := os.ReadFile(path)
			for line := range strings.Lines(string(data)) {
				if pid, err := strconv.Atoi(strings.TrimSpace(line)); err == nil && pid > 0 {
					add(pid)
				}
			}
			return nil
		})
	}
	return found
}

// cgroups lists the lab's folders: one in all with version 2 of the kernel's
// interface, one a controller with version 1.
func (r Record) cgroups() []string {
	const root = "/sys/fs/cgroup"
	one, _ := filepath.Glob(filepath.Join(root, r.cgroup()))
	many, _ := filepath.Glob(filepath.Join(root, "*", r.cgroup()))
	return append(one, many...)
}

// removeCgroups removes the folders from the deepest up: the kernel refuses to
// remove one that has others in it.
func removeCgroups(r Record) error {
	var last error
	for range 50 {
		last = nil
		for _, root := range r.cgroups() {
			var dirs []string
			_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
				if err == nil && d.IsDir() {
					dirs = append(dirs, path)
				}
				return nil
			})
			for i := len(dirs) - 1; i >= 0; i-- {
				if err := os.Remove(dirs[i]); err != nil && !errors.Is(err, fs.ErrNotExist) {
					last = err
				}
			}
		}
		if last == nil {
			return nil
		}
		// A killed process leaves its cgroup a moment after it is gone.
		time.Sleep(20 * time.Millisecond)
	}
	return last
}

// removeDir removes the lab's directory.
func removeDir(dir string) error {
	var err error
	for range 100 {
		if err = os.RemoveAll(dir); err == nil {
			return nil
		}
		// A killed process may still finish a file.
		time.Sleep(50 * time.Millisecond)
	}
	return err
}
