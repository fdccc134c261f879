package ui

import (
	"slices"
	"testing"
	"time"

	"skep/internal/testkit"
	"skep/model"
)

// strayed is a swarm while another one answers in its place.
func strayed() *model.Cluster {
	err := &model.Trouble{Situation: model.OtherSwarm, Host: "tcp://mgr:2376", Source: "-H",
		Cause: &model.OtherSwarmError{Shown: testkit.SwarmID, ShownAt: "tcp://mgr:2376", Found: "swarmB", FoundAt: "tcp://mgr:2376"}}
	return shop(testkit.Outage(&model.Outage{Since: testkit.Now, Err: err}))
}

// overTo lets the console go over to another swarm, and counts the attempts.
func overTo(d *desk, feed *pushFeed, asked *[]string) {
	d.App.backend.GoOver = func(swarm string) (Backend, error) {
		*asked = append(*asked, swarm)
		return Backend{Feed: feed, Documents: &fakeEngine{}, Engine: &fakeEngine{}}, nil
	}
}

// TestOtherSwarm_IsAScreenOfItsOwn: it closes what is open, shows no rows as if
// they were live, and lets nothing be written, whatever is typed.
func TestOtherSwarm_IsAScreenOfItsOwn(t *testing.T) {
	for name, open := range map[string][]string{
		"a list": nil, "a preview": {"r"}, "a form": {"s"}, "a prompt": {":"}, "a filter": {"/"}, "help": {"?"}, "a description": {"d"},
	} {
		t.Run(name, func(t *testing.T) {
			onDesk(t, Options{Pattern: "shop_api"}, shop(), 100, 30, func(t *testing.T, d *desk) {
				d.press(open...)
				d.wait(time.Second)
				d.feed.push(strayed())
				d.rest()
				d.sees("another swarm", "Another swarm answers at tcp://mgr:2376", testkit.SwarmID, "swarmB", "<A>go over")
				d.misses("live", "›shop_api", "mgr 3 wrk", "Y apply")
				if d.dialog() != nil || d.prompt() != nil || over[*page](d.workspace) != nil {
					t.Error("something is still open")
				}
				d.press("r", "Y", "s", "b", "ctrl+d", "enter", "Y")
				d.wait(time.Second)
				d.press("Y")
				if len(d.engine.writes)+len(d.engine.removed) > 0 {
					t.Error("something was written")
				}
				d.feed.push(shop())
				d.rest()
				d.sees("shop_api", "live")
				d.misses("swarmB")
			})
		})
	}
}

// TestOtherSwarm_GoingOverIsANewSession: it is for the swarm that was named, and
// nothing of the former comes along. The key does nothing before the screen can
// be read.
func TestOtherSwarm_GoingOverIsANewSession(t *testing.T) {
	onDesk(t, Options{}, shop(), 100, 30, func(t *testing.T, d *desk) {
		feed, asked := newPushFeed(), []string(nil)
		overTo(d, feed, &asked)
		d.press("A")
		late := d.snapshot(shop())
		d.feed.push(strayed())
		d.rest()
		d.press("A")
		if len(asked) > 0 {
			t.Fatalf("gone over before it could be read: %v", asked)
		}
		d.wait(time.Second)
		d.press("A")
		d.sees("connecting to swarm swarmB", "<esc>stay here")
		d.press("esc")
		d.sees("Another swarm answers")
		d.press("A")
		feed.push(other("clone"))
		d.rest()
		d.sees("clone", "live")
		d.misses("another swarm", "shop_api")
		d.send(late)
		d.misses("shop_api")
		if !slices.Equal(asked, []string{"swarmB", "swarmB"}) {
			t.Errorf("asked for %v", asked)
		}
	})
}

// TestOtherSwarm_AWriteUnderWayIsTold: its dialog stays until what became of it
// was read.
func TestOtherSwarm_AWriteUnderWayIsTold(t *testing.T) {
	onDesk(t, Options{Pattern: "shop_cart"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		sent := make(chan struct{})
		d.engine.update = func(model.Write) ([]string, error) {
			<-sent
			return nil, &model.OtherSwarmError{Shown: "A", Found: "swarmB", FoundAt: "tcp://mgr:2376"}
		}
		d.press("r")
		d.wait(time.Second)
		d.sees("Y apply")
		d.press("Y")
		d.sees("writing")
		d.feed.push(strayed())
		d.rest()
		d.sees("writing")
		close(sent)
		d.rest()
		d.sees("leads to swarm swarmB", "Nothing was written.")
		d.press("esc")
		d.sees("Another swarm answers")
	})
}

// TestConfirm_APlanForAnotherSwarmIsNotWritten, whatever led to it.
func TestConfirm_APlanForAnotherSwarmIsNotWritten(t *testing.T) {
	onDesk(t, Options{Pattern: "shop_cart"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("r")
		d.wait(time.Second)
		d.sees("Y apply")
		d.dialog().plans[0].Swarm = "B"
		d.press("Y")
		d.sees("nothing was written", "planned for another swarm")
		if len(d.engine.writes) > 0 {
			t.Error("it was written")
		}
	})
}
