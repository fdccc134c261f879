package model

import (
	"encoding/json"
	"testing"
)

func TestPrintJSON_SameForTheSame(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{`{"A":1,"B":[1,2]}`, ` {"B":[1,2], "A":1}`, true},
		{`{"A":1,"B":null}`, `{"A":1}`, true},
		{`{"A":{"B":null}}`, `{"A":{}}`, true},
		{`{"A":[1,2]}`, `{"A":[2,1]}`, false},
		{`{"A":9223372036854775807}`, `{"A":9223372036854775806}`, false},
		{`{"A":"x"}`, `{"A":"y"}`, false},
		{`null`, ``, true},
		{`{}`, ``, false},
	} {
		if got := PrintJSON(json.RawMessage(c.a)) == PrintJSON(json.RawMessage(c.b)); got != c.same {
			t.Errorf("%s and %s: %t", c.a, c.b, got)
		}
	}
}
