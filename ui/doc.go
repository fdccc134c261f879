// Package ui is the console itself: a Bubble Tea program over pictures of a
// swarm.
//
// Update is a routing table and does no I/O; what has to wait is a command.
// View is a pure function of what Update left behind. Streams are pulled: a
// command waits for the next picture, Update takes it in and asks again, so the
// screen sets the pace. Every answer carries what asked for it, and answers
// nobody waits for any more are dropped.
package ui
