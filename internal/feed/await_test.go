package feed

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"skep/model"
)

// fakeFeed publishes its snapshots one a second, and then none.
type fakeFeed struct {
	snapshots []*model.Cluster
	looked    int
}

func (f *fakeFeed) SetInterest(model.Interest) { f.looked++ }

func (f *fakeFeed) Next(ctx context.Context, seen uint64) (*model.Cluster, uint64, error) {
	if int(seen) < len(f.snapshots) {
		time.Sleep(time.Second)
		return f.snapshots[seen], seen + 1, nil
	}
	<-ctx.Done()
	return nil, seen, ctx.Err()
}

func TestAwait(t *testing.T) {
	broken, late := errors.New("no leader"), errors.New("no answer within 30s")
	var (
		nothing = &model.Cluster{}
		waiting = &model.Cluster{Outage: &model.Outage{Waiting: true}}
		outage  = &model.Cluster{Outage: &model.Outage{Err: broken}}
		known   = &model.Cluster{}
		newer   = &model.Cluster{}
		whole   = &model.Cluster{}
	)
	for name, tt := range map[string]struct {
		snapshots []*model.Cluster
		want      *model.Cluster
		err       error
		after     time.Duration
	}{
		"a whole one":                       {[]*model.Cluster{nothing, waiting, whole, newer}, whole, nil, 3 * time.Second},
		"the whole one comes later":         {[]*model.Cluster{known, newer, whole}, whole, nil, 3 * time.Second},
		"the whole one never comes":         {[]*model.Cluster{known, newer}, newer, nil, 11 * time.Second},
		"an outage":                         {[]*model.Cluster{nothing, outage}, nil, broken, 2 * time.Second},
		"nothing is known when time is out": {[]*model.Cluster{nothing}, nil, late, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeoutCause(t.Context(), 30*time.Second, late)
				defer cancel()
				began, f := time.Now(), &fakeFeed{snapshots: tt.snapshots}
				got, err := await(ctx, f, Want{
					Known:  func(c *model.Cluster) bool { return c == known || c == newer || c == whole },
					Whole:  func(c *model.Cluster) bool { return c == whole },
					Longer: 10 * time.Second,
				})
				if got != tt.want || !errors.Is(err, tt.err) {
					t.Errorf("got %p and %v, want %p and %v", got, err, tt.want, tt.err)
				}
				if took := time.Since(began); took != tt.after || f.looked != 1 {
					t.Errorf("after %s, want %s; looked %d times", took, tt.after, f.looked)
				}
			})
		})
	}
}
