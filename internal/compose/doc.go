// Package compose turns compose files into what a swarm is asked for, and back.
// The files are read by docker's own loader, so that a file means what it means to
// docker stack deploy: the same syntax, the same rules for several files, the same
// interpolation. It asks no engine anything.
package compose
