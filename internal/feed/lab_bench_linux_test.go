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

// BenchmarkLab_TenThousandTasks measures what the feed costs an engine, and itself,
// at the size that the budgets are for. It takes ten minutes, most of which the feed
// waits, to be no burden.
func BenchmarkLab_TenThousandTasks(b *testing.B) {
	l := lab.Up(b, lab.Managers(3), lab.Workers(1))
	m := l.Leader(b)
	for i := range 20 {
		docker(b, m, "service", "create", "-d", "--name", fmt.Sprintf("big%02d", i), "--replicas", "500",
			"--constraint", "node.labels.nowhere==true", "app:1")
	}
	pool, err := engine.Open(engine.Options{Hosts: []string{m.Host()}})
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	ctx := b.Context()
	if _, err := pool.Connect(ctx); err != nil {
		b.Fatal(err)
	}
	lab.Eventually(b, 2*time.Minute, func() error {
		tasks, bytes, err := pool.Tasks(ctx, model.TaskQuery{})
		if err == nil && (len(tasks) < 10_000 || tasks[9_999].Err == "") {
			err = fmt.Errorf("%d tasks, %d bytes", len(tasks), bytes)
		}
		return err
	})
	time.Sleep(10 * time.Second)
	measure := func(what string, f func() (int64, error)) {
		best := time.Hour
		var bytes int64
		for range 3 {
			start := time.Now()
			n, err := f()
			if err != nil {
				b.Fatal(err)
			}
			best, bytes = min(best, time.Since(start)), n
		}
		b.Logf("GET %-10s %6.0f ms %8d bytes", what, best.Seconds()*1000, bytes)
	}
	measure("services", func() (int64, error) { _, n, err := pool.Services(ctx); return n, err })
	measure("nodes", func() (int64, error) { _, n, err := pool.Nodes(ctx); return n, err })
	measure("tasks", func() (int64, error) { _, n, err := pool.Tasks(ctx, model.TaskQuery{}); return n, err })

	second, err := engine.Open(engine.Options{Hosts: []string{m.Host()}})
	if err != nil {
		b.Fatal(err)
	}
	defer second.Close()
	f := feed.New(second, feed.Options{})
	running, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); f.Run(running) }()
	w := &watcher{Feed: f, t: b, ctx: ctx}
	w.until(time.Minute, "the first snapshot", (*model.Cluster).Ready)
	known := w.until(15*time.Minute, "every reason known", func(c *model.Cluster) bool {
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
	b.ReportMetric(known.Seconds(), "s/all-reasons")
	b.ReportMetric(float64(to.Requests-from.Requests)/s, "requests/s")
	b.ReportMetric(float64(to.Received-from.Received)/s, "bytes/s")
	b.ReportMetric(cpu/s*100, "%core")
	b.ReportMetric(float64(memory.HeapAlloc)/1e6, "heap-MB")
	stop()
	<-done
}
