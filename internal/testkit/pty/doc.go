// Package pty runs programs in a terminal of their own, a real one of the kernel,
// of which a test holds the other end. It is for Linux.
package pty
