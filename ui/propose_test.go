package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// silentRegistry gives an answer when the test sends one.
func silentRegistry(d *desk) chan string {
	answer := make(chan string)
	d.engine.resolve = func(ctx context.Context, image string) (model.ResolvedImage, error) {
		select {
		case digest := <-answer:
			return model.ResolvedImage{Pinned: image + "@sha256:" + digest}, nil
		case <-ctx.Done():
			return model.ResolvedImage{}, ctx.Err()
		}
	}
	return answer
}

const newDigest = "9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0"

// TestDialog_TheRegistryNeverBlocks: the preview stands at once, says for how
// long the registry has been silent and what that means, and takes the digest in
// when it comes; a Y that was on its way then is for what was read before.
func TestDialog_TheRegistryNeverBlocks(t *testing.T) {
	onDesk(t, Options{Pattern: "shop_cart"}, shop(), 80, 24, func(t *testing.T, d *desk) {
		answer := silentRegistry(d)
		d.press("i", "backspace", "9", "enter")
		d.sees("update the image of shop_cart", "IMPACT", "asking the registry for the digest of registry.example.org/shop/cart:1.8.9…", "Y apply, esc back")
		d.misses("nodes may run different versions of it\n")
		d.wait(3100 * time.Millisecond)
		d.sees("3s; applied now, nodes may run different versions of it")
		d.wait(9 * time.Second)
		d.sees("10s; applied")
		d.wait(3100 * time.Millisecond)
		answer <- newDigest
		d.rest()
		d.sees("the registry has answered: WARNINGS, CHANGES changed", "cart:1.8.9@sha256:9f8e7d6c5b4a…")
		d.misses("asking the registry", newDigest)
		d.press("Y")
		d.sees("the preview has changed just now")
		if len(d.engine.writes) != 0 {
			t.Fatal("what nobody has seen was applied")
		}
		d.wait(changeGuard)
		d.press("Y")
		if len(d.engine.writes) != 1 || !strings.Contains(string(d.engine.writes[0].Spec), newDigest) {
			t.Fatalf("%d writes\n%s", len(d.engine.writes), d.text())
		}
	})
}

// TestDialog_GoesOnWithoutTheRegistry applies the tag alone.
func TestDialog_GoesOnWithoutTheRegistry(t *testing.T) {
	onDesk(t, Options{Pattern: "shop_cart"}, shop(), 80, 24, func(t *testing.T, d *desk) {
		silentRegistry(d)
		d.press("i", "backspace", "9", "enter")
		d.later("Y")
		if len(d.engine.writes) != 1 || strings.Contains(string(d.engine.writes[0].Spec), "sha256") {
			t.Fatalf("%d writes\n%s", len(d.engine.writes), d.text())
		}
	})
}

// TestDialog_TheRegistryGivesUp: after its time there is no more waiting, and
// the warning says why there is no digest.
func TestDialog_TheRegistryGivesUp(t *testing.T) {
	onDesk(t, Options{Pattern: "shop_cart"}, shop(), 80, 24, func(t *testing.T, d *desk) {
		silentRegistry(d)
		d.press("i", "backspace", "9", "enter")
		d.wait(61 * time.Second)
		d.sees("did not answer within 1m", "could not resolve the digest: WARNINGS changed")
		d.misses("asking the registry")
		d.press("Y")
		if len(d.engine.writes) != 1 {
			t.Errorf("%d writes", len(d.engine.writes))
		}
	})
}

// TestDialog_TheSameTagWaitsForItsDigest: without the digest nothing would
// change, so the answer decides whether there is anything to preview.
func TestDialog_TheSameTagWaitsForItsDigest(t *testing.T) {
	onDesk(t, Options{Pattern: "shop_cart"}, shop(), 80, 24, func(t *testing.T, d *desk) {
		answer := silentRegistry(d)
		d.press("i", "enter", "Y")
		d.sees("asking the registry for the digest of", "there is no preview yet")
		d.wait(3100 * time.Millisecond)
		d.sees("cart:1.8.2,\n 3s…")
		answer <- newDigest
		d.rest()
		d.sees("update the image of shop_cart", "sha256:9f8e7d6c5b4a…")
		d.press("esc", "enter", "esc")
		d.sees("Image: registry.example.org/shop/cart:1.8.2")
		d.misses("asking the registry")
	})
}

// TestDialog_ALateAnswerIsOfItsRound: an answer to what was asked before one
// went back to the form changes nothing.
func TestDialog_ALateAnswerIsOfItsRound(t *testing.T) {
	onDesk(t, Options{Pattern: "shop_cart"}, shop(), 80, 24, func(t *testing.T, d *desk) {
		late := make(chan struct{})
		d.engine.resolve = func(_ context.Context, image string) (model.ResolvedImage, error) {
			<-late // It does not care that nobody waits any more.
			return model.ResolvedImage{Pinned: image + "@sha256:" + newDigest}, nil
		}
		d.press("i", "backspace", "9", "enter", "esc", "backspace", "7", "enter")
		d.engine.resolve = nil
		d.sees("cart:1.8.7")
		late <- struct{}{}
		d.rest()
		d.misses("cart:1.8.9", "renewed")
		late <- struct{}{}
		d.rest()
		d.sees("cart:1.8.7@sha256:9f8e7d6c5b4a…")
	})
}

// TestDialog_FormsTakeKeysAtOnce: what is typed together with the key that opens
// a form is for the form, and the first digit takes today's number away.
func TestDialog_FormsTakeKeysAtOnce(t *testing.T) {
	for _, c := range []struct {
		name string
		keys []string
		want string
	}{
		{"a number", []string{"s", "7", "enter"}, "scale shop_cart from 3 to 7 replicas"},
		{"a step", []string{"s", "+", "2", "enter"}, "scale shop_cart from 3 to 5 replicas"},
		{"backspace", []string{"s", "backspace", "9", "enter"}, "scale shop_cart from 3 to 9 replicas"},
		{"edited", []string{"s", "end", "1", "enter"}, "scale shop_cart from 3 to 31 replicas"},
		{"back and anew", []string{"s", "7", "enter", "esc", "6", "enter"}, "scale shop_cart from 3 to 6 replicas"},
		{"an image is edited", []string{"i", "1", "enter"}, "cart:1.8.21"},
	} {
		t.Run(c.name, func(t *testing.T) {
			onDesk(t, Options{Pattern: "shop_cart"}, shop(), 80, 24, func(t *testing.T, d *desk) {
				d.press(c.keys...)
				d.sees(c.want)
				d.press("Y")
				d.sees("the preview has only just been shown")
				if len(d.engine.writes) != 0 {
					t.Error("a key typed at once confirmed")
				}
			})
		})
	}
}

// TestDialog_WhatWasNotShownIsNotConfirmed: the impact and the warnings have to
// have been on the screen.
func TestDialog_WhatWasNotShownIsNotConfirmed(t *testing.T) {
	onDesk(t, Options{Pattern: "shop_[cdw]"}, shop(), 80, 12, func(t *testing.T, d *desk) {
		d.press("space", "space", "r")
		d.sees("IMPACT\n  shop_", "more lines")
		d.misses("CHANGES")
		d.later("Y")
		d.sees("Y does nothing yet: ", "of IMPACT and WARNINGS not shown yet")
		if len(d.engine.writes) != 0 {
			t.Fatal("it was written")
		}
		d.press("G") // The end is not what lies before it.
		d.frame()
		d.press("Y")
		if len(d.engine.writes) != 0 {
			t.Fatal("it was written")
		}
		d.press("g")
		d.apply()
		if len(d.engine.writes) != 2 {
			t.Fatalf("%d writes\n%s", len(d.engine.writes), d.text())
		}
	})
}

// rescaled is the shop with another number of replicas of its cart, as the
// engine has it by now.
func (d *desk) rescaled(c *model.Cluster, n uint64) *model.Cluster {
	services := append([]*model.Service(nil), c.Services()...)
	for i, s := range services {
		if s.Name() == "shop_cart" {
			next := *s
			next.Version.Index++
			next.Spec.Mode.Replicated = &swarm.ReplicatedService{Replicas: &n}
			services[i] = &next
		}
	}
	next := testkit.Cluster(testkit.Services(services...), testkit.Nodes(c.Nodes()...), testkit.Tasks())
	d.engine.show(next)
	return next
}

// TestDialog_ThePreviewIsRenewed: somebody else changes what is about to be
// changed, and Y is for what stands there then.
func TestDialog_ThePreviewIsRenewed(t *testing.T) {
	c := shop()
	onDesk(t, Options{Pattern: "shop_cart"}, c, 80, 24, func(t *testing.T, d *desk) {
		d.press("s", "7", "enter")
		d.later()
		d.sees("from 3 to 7", "the 3 there stay")
		reads := len(d.engine.reads)
		d.feed.push(d.rescaled(c, 5))
		d.rest()
		d.sees("from 5 to 7", "IMPACT", "the preview was renewed")
		d.press("Y")
		if len(d.engine.writes) != 0 {
			t.Fatal("it was written before it could be read")
		}
		d.feed.push(d.rescaled(c, 5)) // The same once more is no change, and no reading.
		d.rest()
		if got := len(d.engine.reads) - reads; got != 1 {
			t.Errorf("the service was read %d times", got)
		}
		d.wait(changeGuard)

		d.press("Y")
		if len(d.engine.writes) != 1 || replicasOf(t, d.engine.writes[0]) != "7" {
			t.Fatalf("%d writes\n%s", len(d.engine.writes), d.text())
		}
	})
	onDesk(t, Options{Pattern: "shop_cart"}, c, 80, 24, func(t *testing.T, d *desk) {
		d.press("s", "7", "enter")
		d.feed.push(d.rescaled(c, 7))
		d.rest()
		d.sees("is no longer possible", "nothing would change")
		d.press("esc", "8", "enter")
		d.sees("from 7 to 8")
	})
}

// TestDialog_ARenewalDoesNotHideThatAKeyWasDropped: the answer to a Y that came
// too soon gives way to the word about the renewal, but goes on in it.
func TestDialog_ARenewalDoesNotHideThatAKeyWasDropped(t *testing.T) {
	c := shop()
	onDesk(t, Options{Pattern: "shop_cart"}, c, 80, 24, func(t *testing.T, d *desk) {
		d.press("s", "7", "enter", "Y")
		d.sees("only just been shown", "press Y again")
		d.wait(dialogGuard)
		five := d.rescaled(c, 5)
		d.feed.push(five)
		d.rest()
		d.sees("from 5 to 7", "press Y again: the preview was renewed: ")
		d.wait(changeGuard)
		d.press("j")
		d.feed.push(d.rescaled(five, 4))
		d.rest()
		d.sees("from 4 to 7", "the preview was renewed: ")
		d.misses("press Y again")
	})
}

// TestDialog_AReadingThatFailsLeavesThePreview: what was read stays on the
// screen, with a word.
func TestDialog_AReadingThatFailsLeavesThePreview(t *testing.T) {
	c := shop()
	onDesk(t, Options{Pattern: "shop_cart"}, c, 80, 24, func(t *testing.T, d *desk) {
		d.press("s", "7", "enter")
		d.engine.inspect = func(context.Context, model.Ref) (model.Document, error) {
			return model.Document{}, errors.New("the leader is away")
		}
		d.feed.push(d.rescaled(c, 5))
		d.rest()
		d.sees("from 3 to 7", "the preview could not be renewed: the leader is away")
		d.engine.inspect = nil
		d.feed.push(d.rescaled(c, 5))
		d.rest()
		d.sees("from 5 to 7")
	})
}

// TestDialog_AFailureSaysThatNothingWasWritten where that is known.
func TestDialog_AFailureSaysThatNothingWasWritten(t *testing.T) {
	for _, c := range []struct {
		err     error
		nothing bool
	}{
		{errors.New("rpc error: refused"), true},
		{&model.OpenError{Cause: &model.Trouble{Situation: model.NoDocker, Cause: errors.New("the answer was lost")}}, false},
	} {
		onDesk(t, Options{Pattern: "shop_cart"}, shop(), 80, 24, func(t *testing.T, d *desk) {
			d.engine.update = func(model.Write) ([]string, error) { return nil, c.err }
			d.press("r")
			d.apply()
			d.wait(10 * time.Second) // It is looked up.
			if c.nothing {
				d.sees("restart shop_cart failed", "Nothing was written.")
			} else {
				d.sees("restart shop_cart: it is not known whether it was done", "not known whether")
				d.misses("Nothing was written.", "failed")
			}
		})
	}
}

// TestDialog_NothingIsAppliedWithoutAConnection: the preview says that it is old.
func TestDialog_NothingIsAppliedWithoutAConnection(t *testing.T) {
	c := shop()
	onDesk(t, Options{Pattern: "shop_cart"}, c, 80, 24, func(t *testing.T, d *desk) {
		d.press("r")
		lost := *c
		lost.Outage = &model.Outage{Since: testkit.Now, Err: errors.New("connection refused")}
		d.feed.push(&lost)
		d.rest()
		d.later("Y")
		d.sees("this is from the last", "Y does nothing now: the swarm cannot be reached")
		if len(d.engine.writes) != 0 {
			t.Fatal("it was written")
		}
		d.feed.push(c)
		d.rest()
		d.misses("this is from the last")
		d.press("Y")
		if len(d.engine.writes) != 1 {
			t.Fatalf("%d writes\n%s", len(d.engine.writes), d.text())
		}
	})
}

// TestDialog_APreviewIsOfTheNewestSnapshot: what came while the targets were
// read is in it from the first.
func TestDialog_APreviewIsOfTheNewestSnapshot(t *testing.T) {
	c := shop()
	onDesk(t, Options{Pattern: "shop_cart"}, c, 80, 24, func(t *testing.T, d *desk) {
		answer := make(chan struct{})
		d.engine.inspect = func(_ context.Context, ref model.Ref) (model.Document, error) {
			<-answer
			return d.engine.docs[ref], nil
		}
		d.press("s", "7", "enter")
		d.wait(3100 * time.Millisecond)
		d.sees("reading shop_cart, 3s…")
		next := make(chan *model.Cluster)
		go func() { next <- d.rescaled(c, 4) }() // The engine's lock is taken until it answers.
		close(answer)
		d.feed.push(<-next)
		d.rest()
		d.sees("from 4 to 7")
		d.misses("renewed")
	})
}
