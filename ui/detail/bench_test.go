package detail

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
	"skep/ui/keys"
	"skep/ui/theme"
)

// prose are lines that are mostly longer than the screen is wide.
func prose(n int) []Line {
	out := make([]Line, n)
	for i := range out {
		out[i] = Line{{Text: fmt.Sprintf("  key%-10d", i), Role: theme.Dim},
			{Text: strings.Repeat("some words of a value ", i%30), Hang: true}, {Text: " 語", Role: theme.Good}}
	}
	return out
}

func BenchmarkPager_Render10kLines(b *testing.B) {
	for _, wrap := range []bool{true, false} {
		b.Run(fmt.Sprintf("wrap=%v", wrap), func(b *testing.B) {
			p := NewPager()
			p.SetWrap(wrap)
			p.SetLines(prose(10_000))
			p.Render(dark, 200, 60)
			_ = p.SetPattern("value")
			b.ReportAllocs()
			for b.Loop() {
				if p.Do(keys.PageDown); p.viewport.Top().Line > 9_900 {
					p.Do(keys.Top)
				}
				p.Render(dark, 200, 60)
			}
		})
	}
}

func BenchmarkPager_SetLines10k(b *testing.B) {
	lines := prose(10_000)
	p := NewPager()
	b.ReportAllocs()
	for b.Loop() {
		p.lines = nil
		p.SetLines(lines)
	}
}

func BenchmarkPager_OneLongLine(b *testing.B) {
	p := NewPager()
	p.SetLines(plainLines(strings.Repeat("word 語 ", 100_000)))
	_ = p.SetPattern("o")
	b.ReportAllocs()
	for b.Loop() {
		p.Do(keys.Down)
		p.Render(dark, 200, 60)
	}
}

func BenchmarkDescribe_BigService(b *testing.B) {
	s := testkit.Service(testkit.Name("big"), testkit.Replicas(500), testkit.Template(func(t *swarm.TaskSpec) {
		for i := range 300 {
			t.ContainerSpec.Env = append(t.ContainerSpec.Env, fmt.Sprintf("VARIABLE_%d=the value of it", i))
		}
	}), testkit.ServiceLabels(map[string]string{"a": "b", "c": "d"}))
	n := testkit.Node()
	opts := []testkit.ClusterOption{testkit.Services(s), testkit.Nodes(n)}
	var tasks []*model.Task
	for i := range 2500 {
		tasks = append(tasks, testkit.Task(testkit.Of(s), testkit.On(n), testkit.Slot(i%500+1), testkit.ID(fmt.Sprint("t", i))))
	}
	in := Input{Cluster: testkit.Cluster(append(opts, testkit.Tasks(tasks...))...), Ref: s.Key().Ref(), Now: testkit.Now, Glyphs: dark.Glyphs}
	if len(Describe(in)) < 320 {
		b.Fatal("the service is not described")
	}
	b.ReportAllocs()
	for b.Loop() {
		Describe(in)
	}
}

func BenchmarkYAML_BigService(b *testing.B) {
	r := load(b)
	in := r.service(b, "shop_web")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := YAML(in.Doc.Raw, false); err != nil {
			b.Fatal(err)
		}
	}
}
