package views

import (
	"testing"

	"skep/internal/testkit"
	"skep/ui/keys"
	"skep/ui/table"
)

func sorted(n int) func(Screen) {
	return func(l Screen) {
		for range n {
			l.Do(nil, keys.SortRight)
		}
	}
}

// BenchmarkList_200000 makes the rows of a list as some keys ask for them. They are
// made away from Update; this is how long the ones of before stay.
func BenchmarkList_200000(b *testing.B) {
	c := testkit.BigCluster(50, 200, 200_000)
	for name, set := range map[string]func(l Screen){
		"open":    func(l Screen) {},
		"pattern": func(l Screen) { _ = l.SetPattern("12.3") },
		"worst":   func(l Screen) { l.Show(table.Data{WorstFirst: true}) },
		"wrong":   func(l Screen) { l.Do(nil, keys.OnlyWrong) },
		"sort 1":  sorted(1), "sort 2": sorted(2), "sort 3": sorted(3), "sort 4": sorted(4),
		"sort 5": sorted(5), "sort 6": sorted(6), "sort 7": sorted(7),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				l := Find("tasks").Open(Scope{})
				l.Resize(100, 30)
				set(l)
				l.Show(table.Data{Cluster: c, Now: testkit.Now})
			}
		})
	}
}
