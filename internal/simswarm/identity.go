package simswarm

import (
	"encoding/binary"
	"encoding/hex"
	"hash/fnv"
	"time"
)

const base36 = "0123456789abcdefghijklmnopqrstuvwxyz"

// idLength is the length of the IDs of swarm objects.
const idLength = 25

// newID draws an ID of the form the engine gives to swarm objects.
func (s *Swarm) newID() string {
	var b [idLength]byte
	for i := range b {
		b[i] = base36[s.rng.IntN(36)]
	}
	return string(b[:])
}

// between draws a duration from [lo, hi).
func (s *Swarm) between(lo, hi time.Duration) time.Duration {
	if hi <= lo {
		return lo
	}
	return lo + time.Duration(s.rng.Int64N(int64(hi-lo)))
}

// hash mixes a text and a number into a value that looks random and is the same
// in every run.
func hash(text string, n uint64) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return mix(h.Sum64() ^ mix(n+0x9e3779b97f4a7c15))
}

// mix spreads the bits of x (the finalizer of splitmix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// hexID makes n hexadecimal digits out of a text.
func hexID(text string, n int) string {
	b := make([]byte, 0, n/2+8)
	for i := uint64(0); len(b)*2 < n; i++ {
		b = binary.BigEndian.AppendUint64(b, hash(text, i))
	}
	return hex.EncodeToString(b)[:n]
}

// digest is the content digest that the registry of the simulation has for an
// image.
func digest(image string) string { return "sha256:" + hexID("digest "+image, 64) }
