package lab

import (
	"net/url"
	"testing"

	"golang.org/x/sync/errgroup"
)

func TestImage_QueryNamesRepositoryAndTag(t *testing.T) {
	tests := []struct{ ref, repo, tag string }{
		{"app:1", "app", "1"},
		{"app", "app", "latest"},
		{"10.79.0.1:5000/shop/app:2", "10.79.0.1:5000/shop/app", "2"},
		{"10.79.0.1:5000/app", "10.79.0.1:5000/app", "latest"},
	}
	for _, tt := range tests {
		query, err := image{command: []string{"sh"}}.query(tt.ref)
		if err != nil {
			t.Fatal(err)
		}
		v, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if v.Get("repo") != tt.repo || v.Get("tag") != tt.tag {
			t.Errorf("%s: %s and %s, want %s and %s", tt.ref, v.Get("repo"), v.Get("tag"), tt.repo, tt.tag)
		}
	}
}

// TestImage_AtOnce: incidents that develop side by side make the image that
// they share.
func TestImage_AtOnce(t *testing.T) {
	t.Parallel()
	l := Up(t, ContainerdImages())
	var g errgroup.Group
	for range 8 {
		g.Go(func() error { return l.MakeImage(t.Context(), "app:1") })
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}
