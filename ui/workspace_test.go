package ui

import (
	"errors"
	"testing"

	"skep/model"
)

// TestWorkspace_AWriteIsToldOfTheSwarmItWasFor leaves a swarm while a write to it
// has not been answered. The answer is told with the name of that swarm, and
// touches nothing of the one that is shown then; the connection ends after it.
func TestWorkspace_AWriteIsToldOfTheSwarmItWasFor(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		answer     error
	}{
		{"accepted", "on prod-eu: restart the tasks of shop_cart: done", nil},
		{"refused", "on prod-eu: restart the tasks of shop_cart: not done - no space", errors.New("no space")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			contexts := &fakeContexts{}
			onDesk(t, Options{ByName: true, Pattern: "shop_cart", Contexts: contexts}, shop(), 120, 30, func(t *testing.T, d *desk) {
				answer, closed := make(chan error), false
				d.backend.Close = func() { closed = true }
				d.engine.update = func(model.Write) ([]string, error) { return nil, <-answer }
				d.press("r")
				d.apply()
				d.sees("writing")
				d.start(d.switchContext("staging"))
				d.rest()
				contexts.answers(d, "staging")
				d.sees("staging", "live")
				d.misses("writing", "shop_cart")
				d.press("space")
				asked := contexts.feeds["staging"].asked
				if closed {
					t.Error("the connection of the write was closed under it")
				}
				answer <- tt.answer
				d.rest()
				d.sees(tt.want, "1 marked")
				if got := contexts.feeds["staging"].asked; got != asked {
					t.Errorf("the swarm that is shown was asked %d times", got-asked)
				}
				if d.accepted != nil || d.dialog() != nil {
					t.Error("the action is followed in another swarm")
				}
				if !closed {
					t.Error("the connection was left open")
				}
			})
		})
	}
}
