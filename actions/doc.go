// Package actions is what the console can do to a swarm.
//
// An action is planned and then run. The planners are pure: from the object as
// the engine gave it, the snapshot of the swarm and what was typed into the
// form, they make a [Plan] that says what will be written, what that does and
// how to take it back, and so can be shown before anything happens. Only
// exec.go talks to the engine, through the small [Engine] interface it
// declares.
//
// What is written is the engine's own JSON with a few [Edit]s spliced in.
// Nothing else is decoded and encoded again: the engine restarts tasks when so
// much as the order of a list differs, and a newer engine's fields are unknown
// to an older console.
//
// registry.go is the table of contents.
package actions
