package logstream

import (
	"bytes"
	"io"
	"testing"
	"time"
)

// benchStream is about 1 MB of a service with four replicas, as the engine
// sends it.
func benchStream(text func(i int) string) (stream []byte, lines int) {
	var b bytes.Buffer
	at := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	for b.Len() < 1<<20 {
		b.Write(wire(frameStdout, at.Add(time.Duration(lines)*time.Millisecond), lines/3%4, text(lines)+"\n"))
		lines++
	}
	return b.Bytes(), lines
}

// repeated serves the same bytes n times.
type repeated struct {
	data []byte
	n    int
	rest []byte
}

func (r *repeated) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		if r.n == 0 {
			return 0, io.EOF
		}
		r.n--
		r.rest = r.data
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// benchPipeline measures the way of a line from the wire into the ring.
func benchPipeline(b *testing.B, text func(i int) string) {
	data, lines := benchStream(text)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	s := newStream(nil, Limits{})
	r := newReader(s, Target{Service: "s"})
	frames := newFramer(&repeated{data: data, n: b.N}, false, r.hand)
	b.ResetTimer()
	for {
		f, err := frames.next()
		if err != nil {
			break
		}
		r.asm.add(f)
	}
	r.hand()
	s.release()
	b.StopTimer()
	if got := s.ring.next - 1; got != uint64(b.N*lines) {
		b.Fatalf("%d lines came out of %d", got, b.N*lines)
	}
	b.ReportMetric(float64(b.N*lines)/b.Elapsed().Seconds(), "lines/s")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lines), "ns/line")
}

func BenchmarkPipeline_Plain(b *testing.B) {
	benchPipeline(b, func(int) string {
		return `level=info msg="request served" method=GET path=/api/v1/items status=200 bytes=1234 took=3.2ms`
	})
}

func BenchmarkPipeline_Colour(b *testing.B) {
	benchPipeline(b, func(int) string {
		return "\x1b[32mINFO\x1b[0m request served \x1b[36mmethod\x1b[0m=GET \x1b[36mpath\x1b[0m=/api/v1/items status=200"
	})
}

func BenchmarkPipeline_CJK(b *testing.B) {
	benchPipeline(b, func(int) string { return "信息：请求已处理 路径=/api/v1/items 状态=200 耗时 3.2 毫秒" })
}

func BenchmarkFind_FullRing(b *testing.B) {
	s := filled(b, DefaultLines)
	re := mustCompile("no such text|neither this")
	b.ResetTimer()
	for b.Loop() {
		if _, ok, err := s.Find(b.Context(), re, 1, Newer); ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

func BenchmarkWindow(b *testing.B) {
	s := filled(b, DefaultLines)
	dst := make([]Line, 0, 60)
	b.ReportAllocs()
	for b.Loop() {
		dst = s.Window(40_000, 60, dst[:0])
	}
	if len(dst) != 60 {
		b.Fatal(len(dst))
	}
}
