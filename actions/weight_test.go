package actions_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"skep/actions"
	"skep/model"
)

// weighing is a proxy of a rule, with weights by label.
var weighing = map[string]model.ProxyRule{"Weigher": {Labels: []string{"weigher."}, Host: "weigher.*.host", Port: "weigher.*.port", Weight: "weigher.weight", Notices: "at once"}}

// A proxy that a rule is for shares by the weights in its labels: no task more or
// less, and in the end the label is what it was.
func TestSwitch_ByWeights(t *testing.T) {
	if err := model.SetProxies(weighing); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = model.SetProxies(nil) })
	for _, own := range []string{"", "40"} {
		s := newSim(t, 1, 3)
		label := ""
		if own != "" {
			label = `,"weigher.weight":"` + own + `"`
		}
		s.create(t, "web", three, "", `,"Labels":{"weigher.shop.host":"shop.example","weigher.shop.port":"80"`+label+`}`)
		s.settle(t, "web", 3, nil)
		s.beside(t, "nginx:2")
		blue, green := s.running(t, "web"), s.running(t, "web-green")
		before := s.labels(t, "web")

		p := s.plan(t, "switch", s.target(t, "web"), map[string]string{"steps": "10,80", "pause": "0s"})
		if want := "web-green gets 80 of 100 requests, and web 20, by the label weigher.weight"; !strings.Contains(said(p), want) {
			t.Errorf("it does not say %q:\n%s", want, said(p))
		}
		r := actions.Run(t.Context(), s.eng, p, nil)
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		procedure, _ := p.Procedure()
		var seen []string
		end, _ := s.follow(t, actions.NewWalk(procedure, r), func(actions.Move) bool {
			at := fmt.Sprintf("%s/%s", s.labels(t, "web")["weigher.weight"], s.labels(t, "web-green")["weigher.weight"])
			if len(seen) == 0 || seen[len(seen)-1] != at {
				seen = append(seen, at)
			}
			return false
		})
		if all := strings.Join(seen, " "); end.Done == "" || !strings.Contains(all, "90/10 20/80") {
			t.Errorf("it ended with %s, by the weights %s", end, all)
		}
		if got := s.labels(t, "web-green"); got["weigher.weight"] != own || got["weigher.shop.host"] != "shop.example" || len(model.Routed(s.labels(t, "web"))) > 0 {
			t.Errorf("labels %v, and of web %v", got, s.labels(t, "web"))
		}
		s.do(t, "switch-back", s.target(t, "web"), nil)
		if now := s.labels(t, "web"); !maps.Equal(now, before) {
			t.Errorf("web has %v, and had %v", now, before)
		}
		if !maps.Equal(s.running(t, "web"), blue) || !maps.Equal(s.running(t, "web-green"), green) {
			t.Error("labels restarted tasks")
		}
	}
}
