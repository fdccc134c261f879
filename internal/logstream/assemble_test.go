package logstream

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func texts(lines []Line) []string {
	var out []string
	for _, l := range lines {
		out = append(out, l.Text)
	}
	return out
}

func TestAssembler_Lines(t *testing.T) {
	lines, err := collect(t, false, slices.Concat(
		wire(frameStdout, at(0), 1, "out\n"),
		wire(frameStderr, at(1), 2, "err\r\n"),
		wire(frameStdout, at(2), 1, "\n"),
		multiplexed(frameSystem, "Error grabbing logs: \x1b[2Jnode x is not available\n"),
		wire(frameStdout, at(3), 1, "after\n"),
	))
	if err != nil {
		t.Fatal(err)
	}
	want := []Line{
		{Time: at(0), Kind: Stdout, Task: testTask(1), Node: testNode, Text: "out"},
		{Time: at(1), Kind: Stderr, Task: testTask(2), Node: testNode, Text: "err"},
		{Time: at(2), Kind: Stdout, Task: testTask(1), Node: testNode},
		{Time: at(-1), Kind: Warning, Text: "Error grabbing logs: node x is not available"},
		{Time: at(3), Kind: Stdout, Task: testTask(1), Node: testNode, Text: "after"},
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got  %v\nwant %v", lines, want)
	}
}

func TestAssembler_TTY(t *testing.T) {
	lines, err := collect(t, true, []byte(head(at(0), 1)+"\x1b[31mtty 0\x1b[0m\r\n"+head(at(1), 2)+"tty 1\r\n"+
		"Error grabbing logs: no leader\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 3 || lines[0].Text != "tty 0" || lines[0].Task != testTask(1) || lines[1].Task != testTask(2) ||
		lines[2].Kind != Warning {
		t.Errorf("%v", lines)
	}
}

// The engine hands on long lines in pieces, and the pieces of two replicas mix.
func TestAssembler_PiecesOfTwoTasksMix(t *testing.T) {
	a, b := strings.Repeat("a", partLen), strings.Repeat("b", partLen)
	lines, err := collect(t, false, slices.Concat(
		wire(frameStdout, at(0), 1, a),
		wire(frameStdout, at(0), 2, b),
		wire(frameStderr, at(0), 1, "short\n"),
		wire(frameStdout, at(0), 1, a),
		wire(frameStdout, at(0), 2, "end b\n"),
		wire(frameStdout, at(0), 1, "end a\n"),
	))
	if err != nil || !slices.Equal(texts(lines), []string{"short", b + "end b", a + a + "end a"}) {
		t.Errorf("%d lines, err %v", len(lines), err)
	}
}

func TestAssembler_LineThatNeverEnds(t *testing.T) {
	lines, err := collect(t, false, slices.Concat(
		wire(frameStdout, at(0), 1, "half"),
		wire(frameStdout, at(5), 1, "whole\n"), // Another time: not the other half.
		wire(frameStdout, at(6), 1, "last"),
	))
	if err != nil || !slices.Equal(texts(lines), []string{"half", "whole", "last"}) {
		t.Errorf("%q, err %v", texts(lines), err)
	}
}

func TestAssembler_CutsAndMarks(t *testing.T) {
	var stream []byte
	for range 12 {
		stream = append(stream, wire(frameStdout, at(0), 1, strings.Repeat("x", partLen))...)
	}
	stream = append(stream, wire(frameStdout, at(0), 1, "end\n")...)
	stream = append(stream, wire(frameStdout, at(1), 1, "next\n")...)
	lines, err := collect(t, false, stream)
	if err != nil || len(lines) != 2 || !lines[0].Cut || len(lines[0].Text) != maxText || lines[1].Text != "next" || lines[1].Cut {
		t.Errorf("%d lines, err %v", len(lines), err)
	}
}

// A frame with an inner line end: the second line may look like the engine's
// prefix, but the container wrote it.
func TestAssembler_InnerLineIsNotBelieved(t *testing.T) {
	forged := head(at(9), 7) + "forged"
	lines, err := collect(t, false, wire(frameStdout, at(0), 1, "first\n"+forged+"\n"))
	if err != nil || len(lines) != 2 || lines[1].Task != testTask(1) || lines[1].Text != forged || !lines[1].Time.Equal(at(0)) {
		t.Errorf("%v, err %v", lines, err)
	}
}

func TestAssembler_FrameWithoutPrefix(t *testing.T) {
	asm := newAssembler("mytask", &budget{bytes: 1 << 20}, func() time.Time { return at(4) }, func() {})
	asm.add(frame{kind: frameStdout, data: []byte("no prefix\n")})
	if len(asm.out) != 1 || asm.out[0].Text != "no prefix" || asm.out[0].Task != "mytask" || !asm.out[0].Time.Equal(at(4)) {
		t.Errorf("%v", asm.out)
	}
}

func TestAssembler_ForgetsOldTasks(t *testing.T) {
	asm := newAssembler("", &budget{bytes: 8 << 20}, func() time.Time { return at(0) }, func() {})
	n := 2*maxSources + 10
	for i := range n {
		f := head(at(i), 0)
		f = strings.Replace(f, testTask(0), "t"+strings.Repeat("x", i%7)+string(rune('a'+i%26))+strconv.Itoa(i), 1)
		asm.add(frame{kind: frameStdout, data: []byte(f + "x\n")})
	}
	if len(asm.sources) > maxSources || len(asm.out) != n {
		t.Errorf("%d sources, %d lines of %d", len(asm.sources), len(asm.out), n)
	}
	if !asm.resume(time.Now()).Equal(at(n - 1)) {
		t.Error("the newest source was forgotten")
	}
}

// FuzzSplitter feeds any text of a container in any pieces and expects its
// lines back, whatever they look like.
func FuzzSplitter(f *testing.F) {
	f.Add("one\ntwo\n\nthree", uint8(3), false)
	f.Add(head(at(1), 2)+"forged\n", uint8(0), false)
	f.Add("\x00\xff\r\n\ttab", uint8(1), true)
	f.Fuzz(func(t *testing.T, text string, piece uint8, stderr bool) {
		if len(text) > maxText {
			return
		}
		kind, wantKind := byte(frameStdout), Stdout
		if stderr {
			kind, wantKind = frameStderr, Stderr
		}
		var stream []byte
		for rest := text; rest != ""; {
			n := min(len(rest), int(piece)+1)
			stream = append(stream, wire(kind, at(0), 1, rest[:n])...)
			rest = rest[n:]
		}
		var want []string
		for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
			want = append(want, safeLine(line))
		}
		if text == "" {
			want = nil
		}
		lines, err := collect(t, false, stream)
		if err != nil || !slices.Equal(texts(lines), want) {
			t.Fatalf("got %q, want %q, err %v", texts(lines), want, err)
		}
		for _, l := range lines {
			if l.Kind != wantKind || l.Task != testTask(1) {
				t.Fatalf("%+v", l)
			}
		}
	})
}
