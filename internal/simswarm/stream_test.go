package simswarm

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/moby/moby/api/types/events"
)

// TestLogs_FollowSendsNewLines: the follower gets each line when its time comes,
// and the first line of a task that comes later.
func TestLogs_FollowSendsNewLines(t *testing.T) {
	b := newBench(t)
	id := b.run("tick", 1, `while true; do echo line $i; sleep 10; done`)
	b.clock.Advance(5 * time.Second)
	client := b.dial()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://d/v1.41/services/"+id+"/logs?stdout=1&follow=1&tail=1", nil)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got := resp.Header.Get("Content-Type"); got != "application/vnd.docker.multiplexed-stream" {
		t.Errorf("type %q", got)
	}
	read := func(want string) {
		t.Helper()
		buf := make([]byte, 8+len(want))
		if _, err := io.ReadFull(resp.Body, buf); err != nil {
			t.Fatal(err)
		}
		if string(buf[8:]) != want {
			t.Fatalf("read %q, want %q", buf[8:], want)
		}
	}
	read("line 1\n")
	for i := 2; i < 6; i++ {
		b.clock.Advance(10 * time.Second)
		read(fmt.Sprintf("line %d\n", i))
	}
}

func TestEvents_StreamAndHistory(t *testing.T) {
	b := newBench(t)
	client := b.dial()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://d/events", nil)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	id := b.run("web", 1, lives)
	lines := bufio.NewScanner(resp.Body)
	if !lines.Scan() {
		t.Fatal(lines.Err())
	}
	var m events.Message
	if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	if m.Type != "service" || m.Action != "create" || m.Actor.ID != id || m.Scope != "swarm" || m.Time != epoch.Unix() {
		t.Errorf("event %+v", m)
	}

	b.clock.Advance(time.Minute)
	path := fmt.Sprintf("/events?since=%d&until=%d", epoch.Unix()-1, epoch.Unix()+60)
	status, text := b.try("GET", path, nil)
	if status != 200 || text == "" {
		t.Errorf("history: %d %q", status, text)
	}
}

// TestClose_EndsStreams: with goleak in TestMain this shows that nothing is left
// behind.
func TestClose_EndsStreams(t *testing.T) {
	s := New(Demo())
	b := &bench{Swarm: s, t: t}
	client := b.dial()
	for _, path := range []string{"/events", "/services/shop_web/logs?stdout=1&follow=1"} {
		resp, err := client.Get("http://d" + path)
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = io.Copy(io.Discard, resp.Body); _ = resp.Body.Close() }()
	}
	s.Close()
	s.Close()
	if _, err := client.Get("http://d/_ping"); err == nil {
		t.Error("a closed swarm answers")
	}
	if _, err := s.Listen(); err == nil {
		t.Error("a closed swarm listens")
	}
}
