package ui

import (
	"testing"

	"skep/internal/testkit"
)

// TestOnlyWrong_InEveryList leaves the rows with problems, and gives all back.
func TestOnlyWrong_InEveryList(t *testing.T) {
	for view, tt := range map[string]struct{ keeps, drops, count string }{
		"services": {"shop_mail", "shop_cart", " of 9"},
		"stacks":   {"shop", "tools", " of 3"},
		"nodes":    {"worker2", "manager2", " of 8"},
		"tasks":    {"shop_mail.1", "shop_cart", " of "},
		"problems": {"worker2", "shop_cart", "only"},
	} {
		t.Run(view, func(t *testing.T) {
			onDesk(t, Options{View: view}, shop(), 120, 60, func(t *testing.T, d *desk) {
				all := d.text()
				d.press("ctrl+z")
				d.sees("only problems", tt.count, tt.keeps)
				d.misses(" " + tt.drops)
				d.press("ctrl+z", "g") // The cursor has stayed with its row.
				if got := d.text(); got != all {
					t.Errorf("all rows again:\n%s", got)
				}
				d.press("ctrl+z", "esc")
				d.misses("only problems")
			})
		})
	}
}

func TestOnlyWrong_SaysThatThereIsNothing(t *testing.T) {
	web, node := testkit.Service(), testkit.Node(testkit.Leader())
	well := testkit.Cluster(testkit.Services(web), testkit.Nodes(node), testkit.Tasks(testkit.Task(testkit.Of(web), testkit.On(node))))
	onDesk(t, Options{}, well, 80, 24, func(t *testing.T, d *desk) {
		d.press("ctrl+z")
		d.sees("none of 1 services has a problem", "ctrl+z shows all")
	})
}
