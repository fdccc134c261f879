// Package engine connects the console to a Docker Engine and is the only
// importer of the Docker client.
//
// [Resolve] finds out where the engine is, with the rules of the docker
// command and its configuration, which is only ever read. A [Pool] talks to
// the managers found so, one at a time, and fails over between them when
// [Pool.Connect] is called; who calls it and when is the business of the feed.
//
// What it promises:
//   - Every failure to reach or read the swarm is a *model.Trouble that holds
//     the whole error; a call whose context was cancelled returns the
//     context's own error.
//   - A list is whole or an error. One object that cannot be read does not
//     blind the console: what can be read of it is there, and its Damage says
//     what is missing.
//   - A write sends the bytes it was given. A read-only pool sends none.
//   - Nothing is retried in secret, but for the names of services that are
//     gone from a task filter.
//
// All methods may be called by any goroutine at any time.
package engine
