package ui

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"skep/ui/keys"
)

// TestStray_EveryKeyIsAnswered presses each key of the table on each screen: if
// it does nothing there, the last line says where it does something.
func TestStray_EveryKeyIsAnswered(t *testing.T) {
	all := map[string]bool{"f9": true, "ctrl+o": true}
	for _, b := range keys.Standard() {
		for _, k := range b.Keys {
			all[k] = true
		}
	}
	for _, s := range stands {
		onDesk(t, s.opt, shop(), 120, 24, func(t *testing.T, d *desk) {
			s.open(d)
			for _, key := range slices.Sorted(maps.Keys(all)) {
				if _, here := keys.Standard().Find(s.scopes, key); here {
					continue
				}
				d.press(key) // Which changes nothing for the next one.
				for _, b := range keys.Standard().Elsewhere(s.scopes, key) {
					if !strings.Contains(d.notice.text, b.Title) || !strings.Contains(d.notice.text, string(b.Scope)) {
						t.Errorf("%s on %s: %q", key, s.name, d.notice.text)
					}
				}
				d.sees(d.keyName(key) + " does nothing")
			}
		})
	}
}

func TestStray_SaysWhere(t *testing.T) {
	for _, tt := range []struct{ view, key, want string }{
		{"networks", "l", "l does nothing here: logs in services, tasks, nodes, stacks"},
		{"tasks", "r", "r does nothing here: restart in services, stacks; drain in nodes"},
		{"services", "f9", "f9 does nothing; ? shows the keys"},
	} {
		onDesk(t, Options{View: tt.view}, shop(), 80, 24, func(t *testing.T, d *desk) {
			d.press(tt.key)
			d.sees(tt.want)
			d.press("j")
			d.misses(tt.want)
		})
	}
}

func TestStray_OnAPage(t *testing.T) {
	onDesk(t, Options{}, shop(), 80, 24, func(t *testing.T, d *desk) {
		d.press("?", "s")
		d.sees("s does nothing here: scale in services")
		d.press("-")
		d.sees("- does nothing on this page; esc closes it")
	})
}
