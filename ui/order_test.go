package ui

import "testing"

// TestOrder_NamesItsKey: what is said of the order names the key that changes it.
func TestOrder_NamesItsKey(t *testing.T) {
	onDesk(t, Options{}, shop(), 80, 24, func(_ *testing.T, d *desk) {
		d.press("W")
		d.sees("sorted by name; W puts the worst first")
		d.press("W")
		d.sees("sorted worst first; W sorts them by name")
	})
}
