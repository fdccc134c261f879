package logstream

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// frames reads all frames of data in pieces of the reader's choice.
func readFrames(r io.Reader, tty bool) (kinds []byte, data []string, conts []bool, err error) {
	f := newFramer(r, tty, func() {})
	for {
		fr, err := f.next()
		if err != nil {
			return kinds, data, conts, err
		}
		kinds, data, conts = append(kinds, fr.kind), append(data, string(fr.data)), append(conts, fr.cont)
	}
}

func TestFramer_Multiplexed(t *testing.T) {
	stream := slices.Concat(multiplexed(1, "one\n"), multiplexed(2, ""), multiplexed(3, "warn\n"), multiplexed(2, "two\n"))
	for name, r := range map[string]io.Reader{
		"whole":      bytes.NewReader(stream),
		"by byte":    iotest.OneByteReader(bytes.NewReader(stream)),
		"half reads": iotest.HalfReader(bytes.NewReader(stream)),
		"EOF early":  iotest.DataErrReader(bytes.NewReader(stream)),
	} {
		kinds, data, _, err := readFrames(r, false)
		if !errors.Is(err, io.EOF) || string(kinds) != "\x01\x02\x03\x02" || !slices.Equal(data, []string{"one\n", "", "warn\n", "two\n"}) {
			t.Errorf("%s: kinds %v data %q err %v", name, kinds, data, err)
		}
	}
}

func TestFramer_MultiplexedErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		stream []byte
		want   error
	}{
		"cut in the header":  {append(multiplexed(1, "a\n"), 1, 0, 0), io.ErrUnexpectedEOF},
		"cut in the payload": {multiplexed(1, "abc\n")[:10], io.ErrUnexpectedEOF},
		"no such type":       {append(multiplexed(1, "a\n"), 9, 0, 0, 0, 0, 0, 0, 1, 'x'), errFormat},
		"empty":              {nil, io.EOF},
	} {
		if _, _, _, err := readFrames(bytes.NewReader(tc.stream), false); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

func TestFramer_HugeFrameTakesNoMemory(t *testing.T) {
	size := 5*readSize + 17
	kinds, data, conts, err := readFrames(bytes.NewReader(multiplexed(2, strings.Repeat("x", size))), false)
	if !errors.Is(err, io.EOF) || conts[0] || !conts[1] {
		t.Fatal(conts, err)
	}
	total := 0
	for i, d := range data {
		total += len(d)
		if len(d) > readSize || kinds[i] != 2 {
			t.Errorf("piece %d: %d bytes of kind %d", i, len(d), kinds[i])
		}
	}
	if total != size {
		t.Errorf("%d bytes, want %d", total, size)
	}
	// A header that announces 4 GiB costs nothing until they come.
	lie := []byte{1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 'x'}
	if _, _, _, err := readFrames(bytes.NewReader(lie), false); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}

func TestFramer_DetectsFormat(t *testing.T) {
	raw := head(at(0), 1) + "hello\r\n"
	for _, tty := range []bool{true, false} {
		if _, data, _, _ := readFrames(strings.NewReader(raw), tty); len(data) != 1 || data[0] != raw {
			t.Errorf("raw stream, tty %v: %q", tty, data)
		}
		if _, data, _, _ := readFrames(bytes.NewReader(multiplexed(1, raw)), tty); len(data) != 1 || data[0] != raw {
			t.Errorf("multiplexed stream, tty %v: %q", tty, data)
		}
	}
}

func TestFramer_RawLongLines(t *testing.T) {
	long := strings.Repeat("y", partLen)
	h1, h2 := head(at(0), 1), head(at(0), 2)
	stream := h1 + long + h2 + "other\n" + h1 + long + h1 + "end\n" + h2 + "z\n"
	want := []string{h1 + long, h2 + "other\n", h1 + long, h1 + "end\n", h2 + "z\n"}
	_, data, _, err := readFrames(iotest.HalfReader(strings.NewReader(stream)), true)
	if !errors.Is(err, io.EOF) || !slices.Equal(data, want) {
		t.Errorf("%d pieces, err %v", len(data), err)
	}
	// A line without any end in sight comes in pieces too, and ends.
	_, data, conts, err := readFrames(strings.NewReader(h1+strings.Repeat("q", 3*readSize)), true)
	if !errors.Is(err, io.EOF) || len(data) < 3 || conts[0] || !conts[1] {
		t.Errorf("%d pieces, %v, err %v", len(data), conts, err)
	}
}

func TestFramer_HandsOnBeforeItBlocks(t *testing.T) {
	pr, pw := io.Pipe()
	defer pr.Close()
	idle := 0
	f := newFramer(pr, false, func() { idle++ })
	go func() {
		_, _ = pw.Write(slices.Concat(multiplexed(1, "a\n"), multiplexed(1, "b\n")))
		_ = pw.Close()
	}()
	for range 2 {
		if _, err := f.next(); err != nil {
			t.Fatal(err)
		}
	}
	before := idle
	if _, err := f.next(); !errors.Is(err, io.EOF) || idle != before+1 {
		t.Errorf("idle was called %d times more, err %v", idle-before, err)
	}
}

func FuzzFramer(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x00\x00\x00\x00\x02a\n"), false)
	f.Add([]byte("\x03\x00\x00\x00\xff\xff\xff\xffno"), false)
	f.Add([]byte(head(at(0), 1)+"hello\r\nno end"), true)
	f.Fuzz(func(t *testing.T, stream []byte, tty bool) {
		k1, d1, _, e1 := readFrames(bytes.NewReader(stream), tty)
		k2, d2, _, e2 := readFrames(iotest.OneByteReader(bytes.NewReader(stream)), tty)
		if len(stream) < readSize && (!bytes.Equal(k1, k2) || !slices.Equal(d1, d2) || e1.Error() != e2.Error()) {
			t.Fatalf("depends on how it is read: %q %v, %q %v", d1, e1, d2, e2)
		}
		total := 0
		for _, d := range d1 {
			total += len(d)
		}
		if total > len(stream) {
			t.Fatalf("%d bytes out of %d", total, len(stream))
		}
	})
}

// trickle has one more line each millisecond, of all that came a read brings as much
// as fits.
type trickle struct {
	begun       time.Time
	line        []byte
	sent, reads int
	rest        []byte
}

func (r *trickle) Read(p []byte) (int, error) {
	if r.sent == 0 && len(r.rest) == 0 {
		time.Sleep(time.Until(r.begun.Add(time.Millisecond)))
	}
	for due := int(time.Since(r.begun) / time.Millisecond); r.sent < due; r.sent++ {
		r.rest = append(r.rest, r.line...)
	}
	r.reads++
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// TestFramer_GathersWhatTricklesIn: the first line at once, and then many a read.
func TestFramer_GathersWhatTricklesIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &trickle{begun: time.Now(), line: wire(1, at(0), 1, "x\n")}
		f := newFramer(r, false, func() {})
		f.wait = time.Sleep
		for i := range 1000 {
			if _, err := f.next(); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(r.begun); i == 0 && took != time.Millisecond {
				t.Errorf("the first line came after %s", took)
			}
		}
		if want := int(time.Second/gatherFor) + 1; r.reads > want {
			t.Errorf("%d reads of 1000 lines, want %d", r.reads, want)
		}
	})
}
