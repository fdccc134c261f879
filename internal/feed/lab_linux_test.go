package feed_test

import (
	"context"
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"skep/internal/engine"
	"skep/internal/feed"
	"skep/lab"
	"skep/model"
)

// TestLab_TenThousandTasks measures what the feed costs an engine, and itself,
// at the size that the budgets are for.
func TestLab_TenThousandTasks(t *testing.T) {
	l := lab.Up(t, lab.Managers(3), lab.Workers(1))
	m := l.Leader(t)
	for i := range 20 {
		docker(t, m, "service", "create", "-d", "--name", fmt.Sprintf("big%02d", i), "--replicas", "500",
			"--constraint", "node.labels.nowhere==true", "app:1")
	}
	pool, err := engine.Open(engine.Options{Hosts: []string{m.Host()}})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	ctx := t.Context()
	if _, err := pool.Connect(ctx); err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, 2*time.Minute, func() error {
		tasks, bytes, err := pool.Tasks(ctx, model.TaskQuery{})
		if err == nil && (len(tasks) < 10_000 || tasks[9_999].Err == "") {
			err = fmt.Errorf("%d tasks, %d bytes", len(tasks), bytes)
		}
		return err
	})
	time.Sleep(10 * time.Second)
	measure := func(what string, f func() (int64, error)) time.Duration {
		best := time.Hour
		var bytes int64
		for range 3 {
			start := time.Now()
			n, err := f()
			if err != nil {
				t.Fatal(err)
			}
			best, bytes = min(best, time.Since(start)), n
		}
		t.Logf("%-30s %6.0f ms %8d bytes", what, best.Seconds()*1000, bytes)
		return best
	}
	measure("GET services", func() (int64, error) { _, n, err := pool.Services(ctx); return n, err })
	measure("GET nodes", func() (int64, error) { _, n, err := pool.Nodes(ctx); return n, err })
	measure("GET tasks", func() (int64, error) { _, n, err := pool.Tasks(ctx, model.TaskQuery{}); return n, err })

	second, err := engine.Open(engine.Options{Hosts: []string{m.Host()}})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	f := feed.New(second, feed.Options{})
	running, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); f.Run(running) }()
	w := &watcher{Feed: f, t: t, ctx: ctx}
	w.until(time.Minute, "the first snapshot", (*model.Cluster).Ready)
	w.until(15*time.Minute, "every reason known", func(c *model.Cluster) bool {
		for _, s := range c.Services() {
			if c.Facts(s.Key()).Worst == nil {
				return false
			}
		}
		return true
	})
	time.Sleep(45 * time.Second)
	var before, after syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	from, start := second.Stats(), time.Now()
	time.Sleep(time.Minute)
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	s := time.Since(start).Seconds()
	cpu := float64(after.Utime.Nano()+after.Stime.Nano()-before.Utime.Nano()-before.Stime.Nano()) / 1e9
	to := second.Stats()
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	t.Logf("idle: %.2f requests/s, %.0f bytes/s, %.2f %% of a core, %.1f MB of heap",
		float64(to.Requests-from.Requests)/s, float64(to.Received-from.Received)/s, cpu/s*100, float64(memory.HeapAlloc)/1e6)
	stop()
	<-done
}
