// Package e2e holds the tests of the whole program: on a terminal, with a
// simulated swarm, one behind faults, or a real one.
package e2e
