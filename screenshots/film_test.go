package main

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func threeMoments() film {
	return film{title: "t", desc: "d", moments: []moment{
		{view(10, 2, "head", "one"), "", "begin", 2 * time.Second},
		{view(10, 2, "head", "two"), "j", "next", time.Second},
		{view(10, 2, "head", "one"), "k", "back", time.Second},
	}}
}

// TestFilm_EachLineOnce: a line that many moments share is written once.
func TestFilm_EachLineOnce(t *testing.T) {
	f := threeMoments()
	svg := f.animated()
	for _, line := range []string{"head", "one", "two", "begin", "next", "back"} {
		if n := strings.Count(svg, ">"+line+"<"); n != 1 {
			t.Errorf("%q is written %d times:\n%s", line, n, svg)
		}
	}
}

// TestFilm_ShowsEachMomentInItsTime reads the key frames of each line.
func TestFilm_ShowsEachMomentInItsTime(t *testing.T) {
	f := threeMoments()
	svg := f.animated()
	if !strings.Contains(svg, "g{animation:4s step-end infinite}") {
		t.Errorf("the film does not last 4 s, for ever:\n%s", svg)
	}
	group := regexp.MustCompile(`(?s)<g class="(g\d+)">\n(.*?)</g>`)
	shown := map[string]string{}
	for _, m := range group.FindAllStringSubmatch(svg, -1) {
		rule := regexp.MustCompile(`@keyframes k` + m[1][1:] + `\{(.*)\}\n`).FindStringSubmatch(svg)
		if rule == nil {
			t.Fatalf("%s has no key frames:\n%s", m[1], svg)
		}
		hidden := strings.Contains(svg, "."+m[1]+"{animation-name:k"+m[1][1:]+";visibility:hidden}")
		for _, text := range regexp.MustCompile(`>([^<>\n]+)</text>`).FindAllStringSubmatch(m[2], -1) {
			shown[text[1]] = rule[1]
			if first := strings.HasPrefix(rule[1], "0%{visibility:visible}"); first == hidden {
				t.Errorf("%q is hidden without animation: %v, and seen first: %v", text[1], hidden, first)
			}
		}
	}
	for text, want := range map[string]string{
		"one":   "0%{visibility:visible}50%{visibility:hidden}75%{visibility:visible}",
		"two":   "0%{visibility:hidden}50%{visibility:visible}75%{visibility:hidden}",
		"begin": "0%{visibility:visible}50%{visibility:hidden}",
		"back":  "0%{visibility:hidden}75%{visibility:visible}",
	} {
		if shown[text] != want {
			t.Errorf("%q is shown at %q, want %q", text, shown[text], want)
		}
	}
	if _, animated := shown["head"]; animated {
		t.Error("a line that never changes is animated")
	}
}
