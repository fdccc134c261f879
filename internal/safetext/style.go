package safetext

import "github.com/charmbracelet/x/ansi"

// Style is how parts of a text were written: in which colours, with what
// emphasis. The text itself holds none of it. A nil one is plain.
type Style struct{ spans []Span }

// Span is how a text goes on from a byte of it.
type Span struct {
	At int
	// SGR is the sequence that begins it, empty for plain; it is complete in
	// itself, and whoever writes it resets behind the text.
	SGR string
}

// maxSpans is how many spans of one line are kept: each letter of a line in a
// colour of its own is a toy, and costs more than its text.
const maxSpans = 512

// maxParams is how many numbers of one sequence are read.
const maxParams = 32

// maxStyles bounds how many sequences a Cleaner remembers.
const maxStyles = 256

// Spans are the parts, in order. What stands before the first is plain.
func (s *Style) Spans() []Span {
	if s == nil {
		return nil
	}
	return s.spans
}

// Cost is what it takes in memory, in bytes.
func (s *Style) Cost() int {
	if s == nil {
		return 0
	}
	n := 24
	for i := range s.spans {
		n += 24 + len(s.spans[i].SGR)
	}
	return n
}

// Styled is a text as it was written, for a terminal that shows colours. Each
// line ends as it began, whatever was left open.
func (s *Style) Styled(text string) string {
	if s == nil {
		return text
	}
	out, at, open := make([]byte, 0, len(text)+16*len(s.spans)), 0, false
	for _, span := range s.spans {
		out = append(out, text[at:span.At]...)
		if open {
			out = append(out, ansi.ResetStyle...)
		}
		out = append(out, span.SGR...)
		at, open = span.At, span.SGR != ""
	}
	out = append(out, text[at:]...)
	if open {
		out = append(out, ansi.ResetStyle...)
	}
	return string(out)
}

// stylist follows the sequences that set the style of a text.
type stylist struct {
	params ansi.Params
	known  map[pen]string
	pen    pen
	spans  []Span
}

func (s *stylist) begin() {
	s.pen, s.spans = pen{}, s.spans[:0]
}

// take takes in a sequence that stands before byte at of the text. All but those
// that set colours and emphasis are only left out.
func (s *stylist) take(seq []byte, at int) {
	params, ok := graphics(s.params[:0], seq)
	if !ok {
		return
	}
	s.params = params
	s.pen.read(params)
	sgr := s.sequence()
	n := len(s.spans)
	if n > 0 && s.spans[n-1].At == at {
		n-- // Nothing was written in the former.
	}
	s.spans = s.spans[:n]
	switch {
	case n == 0 && sgr == "", n > 0 && s.spans[n-1].SGR == sgr:
		return
	case n >= maxSpans:
		return
	case n == maxSpans-1:
		sgr = "" // The last one.
	}
	s.spans = append(s.spans, Span{At: at, SGR: sgr})
}

// sequence is the one for the pen; of those that come again and again there is
// one text.
func (s *stylist) sequence() string {
	if s.pen == (pen{}) {
		return ""
	}
	sgr, ok := s.known[s.pen]
	if !ok {
		sgr = s.pen.sgr()
		if len(s.known) >= maxStyles {
			clear(s.known)
		}
		s.known[s.pen] = sgr
	}
	return sgr
}

// style is that of a text that was cut at a length; nil where all of it is plain.
func (s *stylist) style(length int) *Style {
	n := len(s.spans)
	for n > 0 && s.spans[n-1].At >= length {
		n--
	}
	if n == 0 {
		return nil
	}
	return &Style{spans: append([]Span(nil), s.spans[:n]...)}
}
