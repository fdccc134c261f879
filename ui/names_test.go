package ui

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"skep/model"
)

// TestNames_AreReadAgain while they are shown: they are held against tasks that change,
// and the engine has no version of them that would tell.
func TestNames_AreReadAgain(t *testing.T) {
	onDesk(t, Options{View: "networks"}, shop(shopObjects()...), 100, 30, func(t *testing.T, d *desk) {
		asked := 0
		d.engine.inspect = func(_ context.Context, ref model.Ref) (model.Document, error) {
			if ref.Kind == model.KindNames {
				asked++
			}
			return model.Document{Raw: json.RawMessage(`{}`), ReadAt: d.now}, nil
		}
		d.press("D")
		d.sees("Names on")
		for range 2 {
			d.feed.push(shop(shopObjects()...))
			d.rest()
		}
		if asked != 1 {
			t.Errorf("asked %d times at once", asked)
		}
		d.wait(15 * time.Second)
		d.feed.push(shop(shopObjects()...))
		d.rest()
		if asked != 2 {
			t.Errorf("asked %d times in 15 s", asked)
		}
	})
}
