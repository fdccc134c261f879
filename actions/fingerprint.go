package actions

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// fingerprint stands for every field of a specification as files had it, a few
// bytes each: it tells, of a field that differs from what runs, whether the files
// still say of it what they said at the last deploy. It is kept in a label of the
// service, which restarts nothing.
type fingerprint map[string][sumBytes]byte

// Bytes of a field's path and of its value. That two values share one of a few
// hundred fields' sums takes sixteen million tries.
const pathBytes, sumBytes = 3, 3

// fingerprintOf is that of a specification in its canonical form.
func fingerprintOf(canon json.RawMessage) fingerprint {
	out := fingerprint{}
	walkLeaves(canon, nil, func(path []string, value json.RawMessage) {
		sum := sha256.Sum256(value)
		out[pathKey(path)] = [sumBytes]byte(sum[:sumBytes])
	})
	return out
}

// walkLeaves visits the fields of a specification, as deep as objects go.
func walkLeaves(raw json.RawMessage, path []string, visit func(path []string, value json.RawMessage)) {
	keys, object := keysOf(raw)
	if !object || len(keys) == 0 {
		visit(path, raw)
		return
	}
	for _, key := range keys {
		value, _ := lookup(raw, key)
		walkLeaves(value, at(path, key), visit)
	}
}

func pathKey(path []string) string {
	sum := sha256.Sum256([]byte(strings.Join(path, "\x00")))
	return string(sum[:pathBytes])
}

// String is the fingerprint as the value of a label.
func (f fingerprint) String() string {
	keys := make([]string, 0, len(f))
	for key := range f {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	var out []byte
	for _, key := range keys {
		sum := f[key]
		out = append(append(out, key...), sum[:]...)
	}
	return base64.RawURLEncoding.EncodeToString(out)
}

// parseFingerprint reads one; what is none has no field.
func parseFingerprint(text string) fingerprint {
	out := fingerprint{}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw)%(pathBytes+sumBytes) != 0 {
		return out
	}
	for ; len(raw) > 0; raw = raw[pathBytes+sumBytes:] {
		out[string(raw[:pathBytes])] = [sumBytes]byte(raw[pathBytes : pathBytes+sumBytes])
	}
	return out
}

// same reports whether the files say of a field what they said when the fingerprint
// was made; a field that was not there then, and is not now, counts. Of one that is
// not there now, what runs tells what there may have been.
func (f fingerprint) same(canon, running json.RawMessage, path []string) bool {
	if len(f) == 0 {
		return false
	}
	value, found := lookup(canon, path...)
	same := true
	if !found {
		value, _ = lookup(running, path...)
		walkLeaves(value, path, func(path []string, _ json.RawMessage) { same = same && !f.has(path) })
		return same
	}
	walkLeaves(value, path, func(path []string, value json.RawMessage) {
		sum := sha256.Sum256(value)
		was, had := f[pathKey(path)]
		same = same && had && was == [sumBytes]byte(sum[:sumBytes])
	})
	return same
}

func (f fingerprint) has(path []string) bool { _, had := f[pathKey(path)]; return had }
