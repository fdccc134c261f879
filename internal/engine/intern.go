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
	young, old map[string]interned[V]
	maxCount   int
	maxBytes   int
	bytes      int
}

// interned is a value with what it takes in memory, in bytes.
type interned[V any] struct {
	value V
	cost  int
}

func newGenerations[V any](maxCount, maxBytes int) generations[V] {
	return generations[V]{young: map[string]interned[V]{}, maxCount: maxCount, maxBytes: maxBytes}
}

// get finds the value of a key without an allocation while it is young.
func (g *generations[V]) get(key []byte) (V, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if v, ok := g.young[string(key)]; ok {
		return v.value, true
	}
	v, ok := g.old[string(key)]
	if ok {
		g.keep(string(key), v)
	}
	return v.value, ok
}

// put stores a value that takes so many bytes beside its key, unless somebody
// was faster, and returns the one that is stored.
func (g *generations[V]) put(key string, v V, cost int) V {
	g.mu.Lock()
	defer g.mu.Unlock()
	if first, ok := g.young[key]; ok {
		return first.value
	}
	g.keep(key, interned[V]{v, len(key) + cost})
	return v
}

func (g *generations[V]) keep(key string, v interned[V]) {
	if len(g.young) >= g.maxCount || g.bytes+v.cost > g.maxBytes {
		g.old, g.young, g.bytes = g.young, make(map[string]interned[V]), 0
	}
	g.young[key] = v
	g.bytes += v.cost
}

// interner lets tasks that were created from equal specifications share one:
// ten thousand tasks have a few dozen. It is kept across calls, so that each
// is decoded and fingerprinted once.
type interner struct{ specs generations[*model.TaskSpec] }

func newInterner() *interner {
	return &interner{newGenerations[*model.TaskSpec](internedSpecs, internedBytes)}
}

// spec decodes a task's specification; one that cannot be read as a whole is
// read as far as possible. It returns what that took in memory, which is nothing
// where it was known.
func (i *interner) spec(raw []byte) (spec *model.TaskSpec, cost int, err error) {
	if known, ok := i.specs.get(raw); ok {
		return known, 0, nil
	}
	weight, err := weigh(raw)
	if err != nil {
		return nil, 0, err
	}
	spec = &model.TaskSpec{}
	decodeLenient(raw, &spec.TaskSpec)
	spec.Print = model.FingerprintOf(&spec.TaskSpec)
	return i.specs.put(string(raw), spec, weight), weight, nil
}

// wordTable shares the strings that recur from task to task: IDs of services
// and nodes, states, messages, and most errors.
type wordTable struct{ words generations[string] }

func newWordTable() *wordTable {
	return &wordTable{newGenerations[string](internedWords, internedBytes)}
}

// word decodes a JSON string, and shortens it. What is none is an empty one. It
// returns what that took in memory, which is nothing where it was known.
func (t *wordTable) word(raw []byte) (word string, cost int) {
	if len(raw) <= 2 {
		return "", 0
	}
	if known, ok := t.words.get(raw); ok {
		return known, 0
	}
	_ = json.Unmarshal(raw, &word)
	word = shorten(word, maxText)
	if len(raw) > maxText {
		return word, len(word)
	}
	return t.words.put(string(raw), word, len(word)), len(word)
}
