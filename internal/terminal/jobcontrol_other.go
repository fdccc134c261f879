//go:build !unix

package terminal

// Missing is why no shell would take the terminal over.
func (Shell) Missing() string { return "this system has no job control" }

// Stop does nothing.
func (Shell) Stop() error { return errNoEffect }
