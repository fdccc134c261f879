// Package ui is the console itself: a Bubble Tea program over snapshots of a
// swarm.
//
// Update is a routing table and does no I/O; what has to wait is a command.
// View is a pure function of what Update left behind. Streams are pulled: a
// command waits for the next snapshot, Update takes it in and asks again, so the
// screen sets the pace. Every answer carries what asked for it, and answers
// nobody waits for any more are dropped.
//
// All that belongs to one swarm is a workspace: its connection, its last
// snapshot, the screens and what lies over them. A screen is asked by the small
// interfaces of package screen what it shows and what it is about, and acts with
// the environment that it is handed; the root knows none of them. What lies over
// a screen is a stack of overlays, which get the keys first. What keys do is one
// table, which is handed in.
package ui
