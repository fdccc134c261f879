// Package model is what the console knows of a swarm: an immutable snapshot
// ([Cluster]) and the facts derived from it.
//
// It is pure. It has no clock (the time is a parameter), no network, no
// goroutine, and knows neither the terminal nor the Docker client; it uses the
// moby/api types as data only. A *Cluster that was published is never changed,
// so any goroutine may read it without a lock; whoever wants another snapshot
// builds a new one with a [Builder].
package model
