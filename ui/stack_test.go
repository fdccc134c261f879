package ui

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// twoStacks are two stacks, of which the second hangs on a network of the first.
func twoStacks(options ...testkit.ClusterOption) *model.Cluster {
	onNetwork := func(names ...string) testkit.ServiceOption {
		return testkit.Template(func(t *swarm.TaskSpec) {
			for _, n := range names {
				t.Networks = append(t.Networks, swarm.NetworkAttachmentConfig{Target: n + "-id"})
			}
		})
	}
	web := testkit.Service(testkit.Name("shop_web"), testkit.Stack("shop"), testkit.Replicas(3), onNetwork("shop_front", "shop_back"))
	api := testkit.Service(testkit.Name("shop_api"), testkit.Stack("shop"), testkit.Replicas(2), onNetwork("shop_back"))
	agent := testkit.Service(testkit.Name("shop_agent"), testkit.Stack("shop"), testkit.Global())
	blog := testkit.Service(testkit.Name("blog_web"), testkit.Stack("blog"), testkit.Replicas(1), onNetwork("shop_front"))
	return testkit.Cluster(append([]testkit.ClusterOption{testkit.Services(web, api, agent, blog), testkit.Nodes(testkit.Node(testkit.Leader())), testkit.Tasks()}, options...)...)
}

func partsOfShop() []testkit.ClusterOption {
	labels := map[string]string{model.LabelStack: "shop"}
	inShop := func(n *model.Network) { n.Labels = labels }
	return []testkit.ClusterOption{
		testkit.Objects(model.KindNetwork, testkit.Network("shop_front", inShop), testkit.Network("shop_back", inShop), testkit.Network("common")),
		testkit.Objects(model.KindConfig, testkit.Config("shop_conf", "x", func(c *model.Config) { c.Spec.Labels = labels })),
		testkit.Objects(model.KindSecret, testkit.Secret("shop_pass", func(s *model.Secret) { s.Spec.Labels = labels }), testkit.Secret("other")),
	}
}

// TestStack_IsRemovedWithWhatIsItsOwn: what another stack uses stays, and the
// preview waits until it is known what there is.
func TestStack_IsRemovedWithWhatIsItsOwn(t *testing.T) {
	onDesk(t, Options{View: "stacks", Pattern: "shop"}, twoStacks(), 100, 60, func(t *testing.T, d *desk) {
		d.press("ctrl+d")
		d.wait(3 * time.Second)
		d.misses("remove the stack")
		if want := model.KindSecret.All(); !d.App.interest.Has(want) {
			t.Errorf("the feed does not look at %v: %v", want, d.App.interest)
		}
		whole := twoStacks(partsOfShop()...)
		d.engine.show(whole)
		d.feed.push(whole)
		d.rest()
		d.later()
		d.sees("remove the stack shop: 3 services, 1 network, 1 config, 1 secret", "left out: network shop_front: blog_web uses it", "network shop_back: used by shop_api, shop_web, which go first; waits until they are gone",
			"type shop to confirm", "service: skep undo makes it again as it was, without", "stops at the first error (tab goes on)", "docker secret rm shop_pass")
		d.misses("docker stack deploy creates it again", "common", "other")
		d.typed("shop")
		d.apply()
		var gone []string
		for _, r := range d.engine.removed {
			gone = append(gone, string(r.Kind)+" "+r.ID)
		}
		if got := strings.Join(gone, ", "); len(gone) != 6 || !strings.HasSuffix(got, "network shop_back-id, config shop_conf-id, secret shop_pass-id") {
			t.Errorf("removed %s\n%s", got, d.text())
		}
	})
}

// TestStack_StopsAtTheFirstError, unless told otherwise, and says of each what
// became of it.
func TestStack_StopsAtTheFirstError(t *testing.T) {
	for _, goesOn := range []bool{false, true} {
		onDesk(t, Options{View: "stacks", Pattern: "shop"}, twoStacks(), 100, 50, func(t *testing.T, d *desk) {
			d.engine.update = func(w model.Write) ([]string, error) {
				if strings.Contains(string(w.Spec), "shop_api") {
					return nil, errors.New("the engine says no")
				}
				return nil, nil
			}
			d.press("z")
			d.later()
			d.sees("stop the stack shop: 2 services", "left out: shop_agent: only a service with replicas", "type shop to confirm")
			if goesOn {
				d.press("tab")
				d.sees("goes on after an error (tab stops)")
			}
			d.typed("shop")
			d.apply()
			want := map[bool]string{false: "none done, 1 not, 1 not begun", true: "1 done, 1 not"}[goesOn]
			d.sees("stop shop: "+want, "shop_api - the engine says no", "shop_web")
		})
	}
}

// TestStack_RestartsOneServiceAfterTheOther, and may be left while it goes on.
func TestStack_RestartsOneServiceAfterTheOther(t *testing.T) {
	onDesk(t, Options{View: "stacks", Pattern: "shop"}, twoStacks(), 120, 60, func(t *testing.T, d *desk) {
		state := func(name, state string) {
			d.engine.mu.Lock()
			defer d.engine.mu.Unlock()
			for ref, doc := range d.engine.docs {
				if doc.Name == name {
					doc.Raw = fmt.Appendf(nil, `{"UpdateStatus":{"State":%q,"Message":"a task failed"}}`, state)
					d.engine.docs[ref] = doc
				}
			}
		}
		d.press("r")
		for _, name := range []string{"shop_agent", "shop_api", "shop_web"} {
			state(name, "updating")
		}
		d.apply()
		d.sees("1 of 3: restart the tasks of shop_agent; the next one begins when its update is over")
		d.wait(time.Minute)
		if len(d.engine.writes) != 1 {
			t.Fatalf("%d writes while the first updates", len(d.engine.writes))
		}
		state("shop_agent", "completed")
		d.wait(2 * time.Second)
		d.sees("2 of 3: restart the tasks of shop_api")
		d.press("esc")
		d.sees("it goes on: restart the stack shop: 3 services, one after the other")
		state("shop_api", "paused")
		d.wait(2 * time.Second)
		if len(d.engine.writes) != 2 {
			t.Errorf("%d writes after the second was paused", len(d.engine.writes))
		}
		d.sees("shop_web")
		if text := d.bottom(); !strings.Contains(text, "shop_web") {
			t.Errorf("it says %q", text)
		}
	})
}
