package simswarm

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// selection is the "filters" of a request: values of one key are alternatives,
// keys are conditions that all have to hold.
type selection map[string][]string

// selectionOf reads the filters, refusing the keys that are not allowed. Both
// forms of the API are read: lists, and the objects of newer clients.
func selectionOf(r *http.Request, allowed ...string) (selection, error) {
	return selectionFrom(r.URL.Query().Get("filters"), allowed...)
}

func selectionFrom(text string, allowed ...string) (selection, error) {
	sel := selection{}
	if text == "" {
		return sel, nil
	}
	var sets map[string]map[string]bool
	if err := json.Unmarshal([]byte(text), &sets); err == nil {
		for k, set := range sets {
			for v, on := range set {
				if on {
					sel[k] = append(sel[k], v)
				}
			}
		}
	} else {
		sel = selection{}
		if err := json.Unmarshal([]byte(text), &sel); err != nil {
			return nil, invalid("%s", err)
		}
	}
	for k := range sel {
		if !slices.Contains(allowed, k) {
			return nil, invalid("invalid filter '%s'", k)
		}
		slices.Sort(sel[k])
	}
	return sel, nil
}

// exact holds if nothing is asked for under the key, or value is among it.
func (sel selection) exact(key, value string) bool {
	return len(sel[key]) == 0 || slices.Contains(sel[key], value)
}

// prefix holds if nothing is asked for, or value begins with something of it.
func (sel selection) prefix(key, value string) bool {
	return len(sel[key]) == 0 || slices.ContainsFunc(sel[key], func(p string) bool { return strings.HasPrefix(value, p) })
}

// labels holds if the labels have all that is asked for, as key or key=value.
func (sel selection) labels(key string, have map[string]string) bool {
	for _, want := range sel[key] {
		name, value, with := strings.Cut(want, "=")
		got, ok := have[name]
		if !ok || with && got != value {
			return false
		}
	}
	return true
}
