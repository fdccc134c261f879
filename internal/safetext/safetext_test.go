package safetext

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

const maxText = 64 << 10

// wide cleans as the log does.
func wide(s string) string {
	c := Cleaner{Max: maxText, Tab: 8}
	text, _ := c.Clean([]byte(s))
	return string(text)
}

func TestCleaner(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"plain":                     {"hello, world ~!", "hello, world ~!"},
		"long plain":                {strings.Repeat("abcdefgh", 20) + "i", strings.Repeat("abcdefgh", 20) + "i"},
		"line ends":                 {"a\r\n", "a"},
		"colour":                    {"\x1b[1;31mred\x1b[0m", "red"},
		"clear screen":              {"\x1b[2J\x1b[Hx", "x"},
		"title":                     {"\x1b]0;owned\x07x", "x"},
		"clipboard":                 {"\x1b]52;c;aGk=\x1b\\x", "x"},
		"hyperlink":                 {"\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\", "text"},
		"DCS":                       {"a\x1bP1;2|payload\x1b\\b", "ab"},
		"string without an end":     {"before\x1b]0;hidden text", "before0;hidden text"},
		"DCS without an end":        {"a\x1bPqhidden", "aqhidden"},
		"sequence without an end":   {"abc\x1b[31", "abc"},
		"lone escape":               {"a\x1b", "a"},
		"escape before UTF-8":       {"a\x1b中", "a中"},
		"reset":                     {"\x1bcx", "x"},
		"C1 in UTF-8":               {"a\u009b31mb\u009dc", "a31mbc"},
		"C1 byte":                   {"a\x9b31mb", "a\uFFFD31mb"},
		"invalid UTF-8":             {"\xffbad\xc3", "\uFFFDbad\uFFFD"},
		"nul, bell, backspace, del": {"a\x00b\x07c\x08d\x7fe", "abcde"},
		"progress bar":              {"10%\r20%\r\r30%\r", "10% 20% 30%"},
		"hiding by return":          {"rm -rf /\rls", "rm -rf / ls"},
		"vertical":                  {"a\vb\fc\u0085d\u2028e", "a b c d e"},
		"tabs":                      {"a\tb\t\tc", "a       b               c"},
		"tab after wide":            {"中文\tx", "中文    x"},
		"tab after colour":          {"\x1b[31mab\x1b[0m\tx", "ab      x"},
		"bidi":                      {"a\u202egnp\u2066b\u200fc\ufeffd", "agnpbcd"},
		"joined emoji":              {"👩‍👩‍👧 ok 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩‍👩‍👧 ok 🏴󠁧󠁢󠁥󠁮󠁧󠁿"},
		"accents":                   {"e\u0301x", "e\u0301x"},
		"a tower of accents":        {"e" + strings.Repeat("\u0301", 500) + "x", "e" + strings.Repeat("\u0301", maxCluster) + "x"},
		"accent without a letter":   {"\u0301\u200da\u0301", "a\u0301"},
		"soft hyphen, fillers":      {"a\u00adb\u3164c\u115fd\uffa0e\u034ff", "abcdef"},
		"tags without a flag":       {"a\U000E0067\U000E007Fb", "ab"},
		"variants":                  {"a\U000E0100b ❤\ufe0f", "ab ❤\ufe0f"},
		"other spaces":              {"a\u00a0b\u2003c\u3000d", "a b c\u3000d"},
		"joiners that only hide":    {"pass\u200dword\u200c", "password"},
		"joiners of a script":       {"می\u200cخواهم", "می\u200cخواهم"},
		"a chain of joined emoji":   {strings.Repeat("👩\u200d", 50), strings.Repeat("👩\u200d", maxCluster/2)},
		"empty":                     {"", ""},
	} {
		if got := wide(tc.in); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestCleaner_Cap(t *testing.T) {
	for name, tc := range map[string]struct {
		in  string
		cut bool
	}{
		"at the cap":        {strings.Repeat("a", maxText), false},
		"over it":           {strings.Repeat("a", maxText+1), true},
		"wide, over it":     {strings.Repeat("中", maxText), true},
		"tabs swell":        {strings.Repeat("\t", maxText), true},
		"colour is no text": {strings.Repeat("\x1b[31m", 10) + strings.Repeat("b", maxText), false},
	} {
		s := Cleaner{Max: maxText, Tab: 8}
		text, cut := s.Clean([]byte(tc.in))
		if cut != tc.cut || len(text) > maxText || len(text) < maxText-3 || !utf8.Valid(text) {
			t.Errorf("%s: %d bytes, cut %v", name, len(text), cut)
		}
	}
}

func TestPlain_AgreesWithTheSlowWay(t *testing.T) {
	for c := range 256 {
		for pos := range 9 {
			b := []byte("aaaaaaaaa")
			b[pos] = byte(c)
			if got, want := plain(b), c >= 0x20 && c < 0x7f; got != want {
				t.Fatalf("byte %#x at %d: %v", c, pos, got)
			}
		}
	}
}

func FuzzCleaner(f *testing.F) {
	for _, s := range []string{"plain", "\x1b]0;x\x07\x1b[31mé\t\xff", "a\r\nb\u202e", "\x9b\x9d\x90\x1b\x1b\\", "\u009c中\x1b]中\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got := wide(in)
		if !utf8.ValidString(got) || len(got) > maxText {
			t.Fatalf("%q: not valid or too long", got)
		}
		for _, r := range got {
			if unicode.IsControl(r) {
				t.Fatalf("%q holds %U", got, r)
			}
		}
		if ansi.Strip(got) != got {
			t.Fatalf("%q holds a sequence", got)
		}
		line := Line(in)
		for _, r := range line {
			if Hidden(r) && !joins(r) && !tag(r) {
				t.Fatalf("%q holds %U", line, r)
			}
		}
		if again := Line(line); again != line {
			t.Fatalf("%q becomes %q", line, again)
		}
	})
}

func TestLines_KeepsTheLines(t *testing.T) {
	if got := Lines("a\x1b[2J\r\n\nb\tc\u202e\n"); got != "a\n\nb c\n" {
		t.Errorf("%q", got)
	}
}

func BenchmarkLine(b *testing.B) {
	for name, s := range map[string]string{"ASCII": "shop_api.3", "CJK": "日本語サービス", "hostile": strings.Repeat("e\u0301\u0301", 1000)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Line(s)
			}
		})
	}
}

// However marks are strewn among what is taken out, no more of them sit on one
// letter than may: each is drawn again whenever its row is.
func TestClean_MarksAreCapped(t *testing.T) {
	for _, between := range []string{"", "\x01", "\x1b[m", "\u200b", "\x1b]0;x\a", "\u00ad", "\U000E0041", "\xff"} {
		for _, letter := range []string{"e", "é", "本"} {
			in := letter + strings.Repeat(between+"\u0301", 10_000)
			if between == "\xff" {
				in = letter + "\xff" + strings.Repeat("\u0301", 10_000)
			}
			var c Cleaner
			once, _ := c.Clean([]byte(in))
			for way, out := range map[string]string{"Line": Line(in), "Clean": string(once)} {
				if n := strings.Count(out, "\u0301"); n > maxCluster {
					t.Errorf("%s: %d marks on %q, between them %q", way, n, letter, between)
				}
			}
		}
	}
}
