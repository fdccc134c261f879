package engine

import (
	"encoding/json"
	"sync"

	"skep/model"
)

// generations is a bounded map: when the young half is full it becomes the old
// one, and the former old one is dropped. What is in use moves back to the
// young half, so it survives.
type generations[V any] struct {
	mu         sync.Mutex
	young, old map[string]V
	maxCount   int
	maxBytes   int
	bytes      int
}

func newGenerations[V any](maxCount, maxBytes int) generations[V] {
	return generations[V]{young: map[string]V{}, maxCount: maxCount, maxBytes: maxBytes}
}

// get finds the value of a key without an allocation while it is young.
func (g *generations[V]) get(key []byte) (V, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if v, ok := g.young[string(key)]; ok {
		return v, true
	}
	v, ok := g.old[string(key)]
	if ok {
		g.keep(string(key), v)
	}
	return v, ok
}

// put stores a value, unless somebody was faster, and returns the one that is
// stored.
func (g *generations[V]) put(key string, v V) V {
	g.mu.Lock()
	defer g.mu.Unlock()
	if first, ok := g.young[key]; ok {
		return first
	}
	g.keep(key, v)
	return v
}

func (g *generations[V]) keep(key string, v V) {
	if len(g.young) >= g.maxCount || g.bytes+len(key) > g.maxBytes {
		g.old, g.young, g.bytes = g.young, make(map[string]V), 0
	}
	g.young[key] = v
	g.bytes += len(key)
}

// interner lets tasks that were created from equal specifications share one:
// ten thousand tasks have a few dozen. It is kept across calls, so that each
// is decoded and fingerprinted once.
type interner struct{ specs generations[*model.TaskSpec] }

func newInterner() *interner {
	return &interner{newGenerations[*model.TaskSpec](internedSpecs, internedBytes)}
}

// spec decodes a task's specification; one that can not be read as a whole is
// read as far as possible.
func (i *interner) spec(raw []byte) *model.TaskSpec {
	if known, ok := i.specs.get(raw); ok {
		return known
	}
	spec := &model.TaskSpec{}
	decodeLenient(raw, &spec.TaskSpec)
	spec.Print = model.FingerprintOf(&spec.TaskSpec)
	return i.specs.put(string(raw), spec)
}

// wordTable shares the strings that recur from task to task: IDs of services
// and nodes, states, messages, and most errors.
type wordTable struct{ words generations[string] }

func newWordTable() *wordTable {
	return &wordTable{newGenerations[string](internedWords, internedBytes)}
}

// word decodes a JSON string. What is none is an empty one.
func (t *wordTable) word(raw []byte) string {
	if len(raw) <= 2 {
		return ""
	}
	if known, ok := t.words.get(raw); ok {
		return known
	}
	var s string
	_ = json.Unmarshal(raw, &s)
	if len(raw) > maxWord {
		return s
	}
	return t.words.put(string(raw), s)
}
