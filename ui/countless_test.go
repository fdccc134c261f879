package ui

import (
	"math"
	"regexp"
	"testing"

	"skep/internal/testkit"
	"skep/model"
	"skep/ui/views"
)

// TestReplicas_BeyondAnyCount: an engine takes any number of 64 bits. Nothing
// becomes negative for it, and whatever counted up to it would never come to an end.
func TestReplicas_BeyondAnyCount(t *testing.T) {
	negative := regexp.MustCompile(`-\d{3,}`)
	for _, replicas := range []uint64{1 << 62, 1 << 63, math.MaxUint64} {
		a, b := testkit.Service(testkit.Name("shop_a")), testkit.Service(testkit.Name("shop_b"))
		for _, s := range []*model.Service{a, b} {
			s.Spec.Mode.Replicated.Replicas = &replicas
			s.PreviousSpec = &s.Spec
		}
		c := testkit.Cluster(testkit.Services(testkit.Counted([]*model.Service{a, b}, nil)...), testkit.Nodes(testkit.Node()), testkit.Tasks())
		onDesk(t, Options{}, c, 80, 24, func(t *testing.T, d *desk) {
			look := func() {
				if found := negative.FindString(d.text()); found != "" {
					t.Fatalf("%d: %s in\n%s", replicas, found, d.text())
				}
			}
			for _, def := range views.All {
				d.press(":")
				d.typed(def.Names()[0])
				d.press("enter")
				look()
			}
			d.press(":")
			d.typed("services")
			d.press("enter", "d")
			look()
			d.press("q")
			for _, key := range []string{"s", "r", "ctrl+d"} {
				d.press(key)
				if key == "s" {
					d.press("2", "enter")
				}
				look()
				d.press("esc", "esc")
			}
		})
	}
}
