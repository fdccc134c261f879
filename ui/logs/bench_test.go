package logs

import (
	"fmt"
	"strings"
	"testing"

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
