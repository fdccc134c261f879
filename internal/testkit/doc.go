// Package testkit makes the objects that tests need, in one line each:
//
//	web := testkit.Service(testkit.Name("web"), testkit.Replicas(3))
//	c := testkit.Cluster(testkit.Services(web), testkit.Nodes(n1), testkit.Tasks(t1, t2))
//
// What an option does not say gets a value that a healthy swarm would have.
// IDs are derived from what the object is, so that the same calls always make
// the same objects, and are as long as the engine's. Only tests import this
// package.
package testkit

import (
	"hash/fnv"
	"strconv"
	"strings"
	"time"
)

// Now is the time at which the snapshots of this package are taken.
var Now = time.Date(2026, time.March, 14, 15, 9, 26, 0, time.UTC)

// idLength is the length of the engine's IDs.
const idLength = 25

// makeID derives an ID of the engine's form from what makes an object unique.
func makeID(parts ...string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.Join(parts, "\x00")))
	id := strconv.FormatUint(h.Sum64(), 36)
	_, _ = h.Write([]byte(id))
	id += strconv.FormatUint(h.Sum64(), 36)
	if len(id) < idLength {
		id += strings.Repeat("0", idLength-len(id))
	}
	return id[:idLength]
}
