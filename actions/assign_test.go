package actions

import (
	"slices"
	"testing"
	"unicode/utf8"
)

func TestSplitWords(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"", nil}, {"  ", nil}, {"A=1  B-", []string{"A=1", "B-"}},
		{`"A=two words" B="x y"`, []string{"A=two words", "B=x y"}},
		{`A="" B=`, []string{"A=", "B="}},
		// What is in quotes in the value itself keeps them.
		{`J={"a":1,"b":"c"} K=it"s`, []string{`J={"a":1,"b":"c"}`, `K=it"s`}},
		{`J="{\"a\": \"b\\c\"}"`, []string{`J={"a": "b\c"}`}},
		{`P=C:\dir Q="C:\my dir"`, []string{`P=C:\dir`, `Q=C:\my dir`}},
	} {
		if got, err := splitWords(tt.text); err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, %v", tt.text, got, err)
		}
	}
	if _, err := splitWords(`A="open`); err == nil {
		t.Error("a quote that is not closed was taken")
	}
}

func FuzzJoinWords(f *testing.F) {
	f.Add(`J={"a": "b\c"}`, `B=\`)
	f.Add("", `"`)
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			return // The specification is JSON.
		}
		words := []string{a, b}
		if got, err := splitWords(JoinWords(words)); err != nil || !slices.Equal(got, words) {
			t.Errorf("%q became %q, %v", words, got, err)
		}
	})
}
