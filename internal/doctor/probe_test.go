package doctor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"

	"skep/internal/doctor"
	. "skep/internal/testkit"
	"skep/model"
)

// reader answers with what it has.
type reader struct {
	c *model.Cluster
	// names are the addresses of web at each look; the last one stays.
	names  [][]string
	looked int
	times  func(ctx context.Context) ([]time.Time, error)
}

func (r *reader) Names(context.Context, model.NetworkID) (json.RawMessage, error) {
	now := r.names[min(r.looked, len(r.names)-1)]
	r.looked++
	var tasks []map[string]string
	for _, a := range now {
		tasks = append(tasks, map[string]string{"Name": "web." + a, "EndpointIP": a})
	}
	return json.Marshal(map[string]any{"Services": map[string]any{"web": map[string]any{"Tasks": tasks}}})
}

func (r *reader) Times(ctx context.Context, _ *model.Task, _ int) ([]time.Time, error) {
	return r.times(ctx)
}

func (r *reader) Again(ctx context.Context, after time.Time, _ []string) (*model.Cluster, error) {
	if time.Now().Before(after) {
		return nil, errors.New("too early")
	}
	return r.c, ctx.Err()
}

// TestProbe_TellsOnlyWhatStays looks twice before it says that a name is wrong, and
// waits for no log for long.
func TestProbe_TellsOnlyWhatStays(t *testing.T) {
	front := Network("front", func(n *model.Network) {
		n.Scope, n.Driver = "swarm", "overlay"
		n.IPAM.Config = append(n.IPAM.Config, network.IPAMConfig{Subnet: netip.MustParsePrefix("10.0.1.0/24")})
	})
	n, web := Node(), Service(Name("web"), Template(func(t *swarm.TaskSpec) {
		t.Networks = []swarm.NetworkAttachmentConfig{{Target: front.ID}}
	}))
	task := Task(Of(web), Slot(1), On(n), WithTask(func(t *model.Task) { t.Addresses = "10.0.1.5" }))
	c := Cluster(Nodes(n), Services(web), Objects(model.KindNetwork, front), Tasks(task))
	right, wrong := []string{"10.0.1.5"}, []string{"10.0.1.9"}
	for _, tt := range []struct {
		name  string
		names [][]string
		hangs bool
		want  string
		took  time.Duration
	}{
		{"right", [][]string{right}, false, "0 names, 1 logs, false", 0},
		{"wrong for a moment", [][]string{wrong, right}, false, "0 names, 1 logs, false", 3 * time.Second},
		{"otherwise wrong", [][]string{wrong, {"10.0.1.8"}}, false, "1 names, 1 logs, false", 3 * time.Second}, // web.1 is missing either time
		{"wrong", [][]string{wrong}, false, "1 names, 1 logs, false", 3 * time.Second},
		{"the log does not come", [][]string{right}, true, "0 names, 1 logs, true", 2 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &reader{c: c, names: tt.names, times: func(ctx context.Context) ([]time.Time, error) {
					if tt.hangs {
						<-ctx.Done()
					}
					return nil, ctx.Err()
				}}
				task.CreatedAt = time.Now().Add(-time.Hour)
				task.UpdatedAt = task.CreatedAt
				began := time.Now()
				p := doctor.Probe(t.Context(), c, "", r)
				got := fmt.Sprintf("%d names, %d logs, %v", len(p.Names), len(p.Logs), len(p.Logs) > 0 && p.Logs[0].Unanswered)
				if took := time.Since(began); got != tt.want || took != tt.took {
					t.Errorf("%s in %s, want %s in %s", got, took, tt.want, tt.took)
				}
			})
		})
	}
}
