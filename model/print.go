package model

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
)

// PrintJSON is a fingerprint of a JSON value: the same for values that
// [SameJSON] finds the same, and it gives nothing of them away. It is empty for
// no value.
func PrintJSON(raw json.RawMessage) string {
	v := decodeJSON(raw)
	if v == nil {
		return ""
	}
	b, err := json.Marshal(withoutNull(v))
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// withoutNull takes the members away that have no value.
func withoutNull(v any) any {
	switch v := v.(type) {
	case map[string]any:
		maps.DeleteFunc(v, func(_ string, member any) bool { return member == nil })
		for name, member := range v {
			v[name] = withoutNull(member)
		}
	case []any:
		for i := range v {
			v[i] = withoutNull(v[i])
		}
	}
	return v
}
