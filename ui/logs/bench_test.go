package logs

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"skep/ui/screen"
	"skep/ui/viewport"
	"strings"
	"testing"
	"time"

	"skep/internal/logstream"
	"skep/ui/keys"
	"skep/ui/theme"
)

const fullRing = 50_000

func benchPane(b *testing.B, text func(i int) string) *Pane {
	f := &fake{state: logstream.Live, changed: make(chan struct{}), closed: make(chan struct{})}
	for i := range fullRing {
		f.lines = append(f.lines, logstream.Line{Seq: uint64(i + 1), Time: start, Task: fmt.Sprint("t", i%5), Text: text(i)})
	}
	return newPane(b, f, 200, 60)
}

func benchRender(b *testing.B, prepare func(p *Pane), text func(i int) string) {
	p := benchPane(b, text)
	th := theme.New(theme.Look{Background: theme.Dark})
	prepare(p)
	b.ReportAllocs()
	for b.Loop() {
		p.Render(th)
	}
}

func usual(i int) string {
	return fmt.Sprintf(`level=info msg="request served" method=GET path=/api/v1/items/%d status=200 bytes=1234 took=3.2ms`, i)
}

func BenchmarkRender_Follow(b *testing.B) { benchRender(b, func(*Pane) {}, usual) }

func BenchmarkRender_Everything(b *testing.B) {
	benchRender(b, func(p *Pane) {
		p.stamps = stampFull
		p.arrange()
		_ = p.Finder().SetPattern("request|[0-9]+ms")
	}, usual)
}

func BenchmarkRender_CJK(b *testing.B) {
	benchRender(b, func(*Pane) {}, func(i int) string {
		return fmt.Sprintf("信息：请求已处理 路径=/api/%d 状态=200 耗时 3.2 毫秒", i)
	})
}

func BenchmarkRender_LongLines(b *testing.B) {
	long := strings.Repeat("0123456789", 6553)
	for name, wrap := range map[string]bool{"wrapped": true, "cut": false} {
		b.Run(name, func(b *testing.B) {
			benchRender(b, func(p *Pane) {
				if p.viewport.Wrap != wrap {
					p.Do(keys.Wrap)
				}
				_ = p.Finder().SetPattern("678")
			}, func(int) string { return long })
		})
	}
}

func BenchmarkUpdate_Fresh(b *testing.B) {
	p := benchPane(b, usual)
	p.Render(theme.New(theme.Look{Background: theme.Dark}))
	b.ReportAllocs()
	for b.Loop() {
		p.Update(freshMsg{pane: p, version: 1})
	}
}

func BenchmarkRun_PageUp(b *testing.B) {
	p := benchPane(b, usual)
	b.ReportAllocs()
	for b.Loop() {
		if !p.Do(keys.PageUp) || p.viewport.Top().Line == 1 {
			p.Do(keys.Bottom)
		}
	}
}

// flood is a log of so many lines, as it comes from the engine.
func flood(b *testing.B, lines int, text func(i int) string) *logstream.Stream {
	var wire bytes.Buffer
	for i := range lines {
		at := start.Add(time.Duration(i) * time.Millisecond).Format("2006-01-02T15:04:05.000000000Z07:00")
		line := fmt.Sprintf("%s com.docker.swarm.node.id=n1,com.docker.swarm.service.id=s,com.docker.swarm.task.id=t%d %s\n", at, i%5, text(i))
		wire.Write(binary.BigEndian.AppendUint32([]byte{1, 0, 0, 0}, uint32(len(line))))
		wire.WriteString(line)
	}
	s := logstream.Follow(b.Context(), openBytes(wire.Bytes()), []logstream.Target{{Task: "t", Once: true}}, logstream.Limits{})
	b.Cleanup(s.Close)
	for seen := uint64(0); s.Stats().State != logstream.Ended; {
		seen, _ = s.Next(b.Context(), seen)
	}
	if got := s.Stats(); got.Lines != lines || got.Dropped != 0 {
		b.Fatalf("%+v", got)
	}
	return s
}

type openBytes []byte

func (o openBytes) OpenLogs(context.Context, logstream.Query) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(o)), nil
}

// BenchmarkFilter_200k is a filter over all that is buffered: under 100 ms.
func BenchmarkFilter_200k(b *testing.B) {
	s := flood(b, 200_000, usual)
	for name, filter := range map[string]string{
		"word": "items/199999", "none": "nosuch", "all": "request", "inverse": "request | !items/1", "choice": "time=|status=5..",
		"regex": `took=\d+\.9ms`,
	} {
		b.Run(name, func(b *testing.B) {
			f, err := ParseFilter(filter)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				newSieve(s, func(l *logstream.Line) bool { return f.Keeps(l, nil) }).sift(b.Context())
			}
		})
	}
}

// BenchmarkSearch_200k looks for what is there once or not at all, and counts: under
// 100 ms, of JSON too.
func BenchmarkSearch_200k(b *testing.B) {
	asJSON := func(i int) string {
		return fmt.Sprintf(`{"time":"2026-05-04T23:59:00.123Z","level":"info","msg":"request \"served\"","path":"/api/v1/items/%d","status":200,"took":3.2}`, i)
	}
	for _, of := range []struct {
		name string
		text func(i int) string
		mode jsonMode
	}{{"written", usual, jsonWritten}, {"short", asJSON, jsonShort}, {"pretty", asJSON, jsonPretty}} {
		s := flood(b, 200_000, of.text)
		for name, pattern := range map[string]string{"word": "items/100000", "none": "nosuch", "level": "error", "no word": "^[0-9]+x"} {
			b.Run(of.name+"/"+name, func(b *testing.B) {
				p := newPane(b, s, 200, 60)
				p.json.mode = of.mode
				re, _ := screen.ParsePattern(pattern)
				for b.Loop() {
					ctx, cancel := context.WithCancel(b.Context())
					p.find(ask{ctx: ctx, re: re, in: p.source, from: viewport.Position{Line: 200_000}, dir: logstream.Older, shown: p.json.shows()})
					cancel()
				}
			})
		}
	}
}
