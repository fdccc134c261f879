package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	"skep/internal/testkit"
	"skep/model"
)

// TestNewest_AsksForAllAndPreviewsWhatIsNewer: the preview comes when all registries
// have answered, a few of which are asked at a time.
func TestNewest_AsksForAllAndPreviewsWhatIsNewer(t *testing.T) {
	digest := func(letter string) string { return "@sha256:" + strings.Repeat(letter, 64) }
	var services []*model.Service
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		services = append(services, testkit.Service(testkit.Name(name), testkit.Image(name+":1"+digest("a"))))
	}
	c := testkit.Cluster(testkit.Services(services...), testkit.Nodes(testkit.Node(testkit.Leader())), testkit.Tasks())
	for newer, want := range map[string]string{"b": "update 2 services to the newest images", "a": "newest 5 services changes nothing"} {
		onDesk(t, Options{}, c, 100, 60, func(t *testing.T, d *desk) {
			d.engine.resolve = func(_ context.Context, image string) (model.ResolvedImage, error) {
				time.Sleep(10 * time.Second)
				if image < "c" {
					return model.ResolvedImage{Pinned: image + digest(newer)}, nil
				}
				return model.ResolvedImage{Pinned: image + digest("a")}, nil
			}
			d.command("newest")
			d.wait(11 * time.Second)
			d.sees("asking the registries for the digests of 5 images, 4 answered")
			d.wait(10 * time.Second)
			d.sees(want)
			if newer == "a" {
				d.sees("a: nothing would change: it runs the newest a:1 (sha256:aaaaaaaaaaaa)")
				return
			}
			d.sees("nothing newer for 3 services: c, d, e")
			d.apply()
			if len(d.engine.writes) != 2 {
				t.Errorf("%d writes\n%s", len(d.engine.writes), d.text())
			}
		})
	}
}
