// Package simswarm is a Docker Swarm in memory that speaks the Engine API.
//
// It exists so that the console's own client, feed and screens can run on a
// swarm where there is no Docker: the demo, the tests of the user interface,
// the screenshots and the benchmarks. It promises to look from the outside like
// a swarm of Engine 20.10 to 29 as far as those need it: the same JSON, the
// same states in the same order, the same errors in the same words, the same
// rolling updates, restarts and placements. It runs no containers; what a
// container does is decided by its image and its command (see image.go and
// program.go).
//
// # How it works
//
// All state lives in [Swarm] behind one mutex. Everything that takes time is a
// job in a queue ordered by time (queue.go); the queue is run whenever the
// mutex is taken, and a single timer of the [Clock] wakes it when nobody asks.
// With a [ManualClock] nothing moves but by Advance, and the same seed and the
// same calls give the same swarm.
//
// The specs are never changed once they are stored; an update stores another
// one. That is what lets an answer be written to the network without the lock.
//
// The parts follow the ones of the real manager, so that a difference in
// behaviour has one place: orchestrators (replicated.go, global.go, job.go),
// scheduler (scheduler.go, filter.go), updater (updater.go), restarts
// (restart.go), reaper (reaper.go), and the worker's agent (agent.go).
package simswarm
