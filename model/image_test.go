package model_test

import (
	"strings"
	"testing"

	"skep/model"
)

func TestShortImage_KeepsWhatTellsTheVersion(t *testing.T) {
	digest := "sha256:9f8e7d6c5b4a" + strings.Repeat("0", 52)
	for image, want := range map[string][3]string{
		"":                                      {"", "", ""},
		"nginx":                                 {"nginx", "nginx", ""},
		"nginx:1.27@" + digest:                  {"nginx:1.27", "nginx:1.27", "sha256:9f8e7d6c5b4a"},
		"r.example.org:5000/shop/api":           {"r.example.org:5000/shop/api", "api", ""},
		"r.example.org:5000/shop/api:2.14":      {"r.example.org:5000/shop/api:2.14", "api:2.14", ""},
		"r.example.org:5000/shop/api@" + digest: {"r.example.org:5000/shop/api@sha256:9f8e7d6c5b4a", "api@sha256:9f8e7d6c5b4a", "sha256:9f8e7d6c5b4a"},
		digest:                                  {"sha256:9f8e7d6c5b4a", "sha256:9f8e7d6c5b4a", ""},
	} {
		if got := [3]string{model.ShortImage(image), model.BriefImage(image), model.Digest(image)}; got != want {
			t.Errorf("%q is %q, want %q", image, got, want)
		}
	}
	for image, want := range map[string][2]string{
		"api:2": {"api", ":2"}, "h:5000/api": {"h:5000/api", ""}, "api@sha256:9f8e": {"api", "@sha256:9f8e"}, "h:5000/api:2": {"h:5000/api", ":2"},
	} {
		if name, version := model.SplitImage(image); name != want[0] || version != want[1] {
			t.Errorf("%q is %q and %q", image, name, version)
		}
	}
}
