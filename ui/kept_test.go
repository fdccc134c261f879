package ui

import (
	"context"
	"errors"
	"testing"

	"skep/actions"
	"skep/model"
)

// TestKept_OfADemo: what is done in a demo can be taken back in it, from a journal of
// its own. Of a real swarm that is chosen then, the real one is read and written.
func TestKept_OfADemo(t *testing.T) {
	demo, real := &fakeRecords{rev: 1}, shopRecords()
	contexts := &fakeContexts{}
	opt := Options{
		ByName: true, Pattern: "shop_cart", Contexts: contexts, Kept: Kept{Records: real, Journal: real.write},
		Backend: Backend{Demo: true, Kept: &Kept{Records: demo, Journal: demo.write, Briefly: "goes when skep ends"}},
	}
	onDesk(t, opt, shop(), 120, 40, func(t *testing.T, d *desk) {
		d.press("s")
		d.typed("4")
		d.press("enter")
		d.apply()
		d.press("ctrl+u")
		d.sees("undo: scale shop_cart from ")
		d.press("esc")
		d.command("journal")
		d.sees("goes when skep ends", "scale shop_cart from ")
		d.misses("remove the service shop_old")
		if len(demo.list) != 1 || len(real.list) != len(shopRecords().list) {
			t.Errorf("%d records of the demo, %d of the others", len(demo.list), len(real.list))
		}

		d.command("ctx prod")
		contexts.answers(d, "prod")
		d.command("journal")
		d.sees("remove the service shop_old")
		d.misses("goes when skep ends", "scale shop_cart from ")
	})
}

// TestKept_OfARealSwarm asks after what earlier runs left; a demo has none.
func TestKept_OfARealSwarm(t *testing.T) {
	opt := Options{
		Kept: Kept{Unanswered: func(context.Context, model.Session, actions.Engine) ([]string, error) {
			return nil, errors.New("it asks")
		}},
		Backend: Backend{Demo: true, Kept: &Kept{}},
	}
	onDesk(t, opt, shop(), 80, 24, func(t *testing.T, d *desk) {
		if d.asked[d.cluster.Session.Swarm] {
			t.Error("a demo is asked after what was done in others")
		}
	})
}
