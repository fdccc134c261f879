package logs

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/theme"
)

func TestJSONView_Of(t *testing.T) {
	const line = `{"ts":1.5,"level":"error","msg":"no \"db\"\nhere","err":"timed out","http":{"status":503,"path":"/a b"},"n":null}`
	for name, tc := range map[string]struct {
		mode             jsonMode
		fields, in, want string
	}{
		"short":                   {jsonShort, "", line, `ERROR no "db" here error` + `="timed out"`},
		"level by number":         {jsonShort, "", `{"level":50,"msg":"x"}`, "ERROR x"},
		"zerolog":                 {jsonShort, "", `{"level":"info","message":"x","time":1}`, "INFO x"},
		"nothing usual":           {jsonShort, "", `{"a":1}`, `{"a":1}`},
		"chosen":                  {jsonShort, "http.status, msg nosuch n", line, `503 no "db" here null`},
		"none of the chosen":      {jsonShort, "nosuch", line, line},
		"a literal name first":    {jsonShort, "a.b", `{"a":{"b":1},"a.b":2}`, "2"},
		"an object":               {jsonShort, "http", line, `{"status":503,"path":"/a b"}`},
		"escapes that are hidden": {jsonShort, "msg", `{"msg":"a\u001b[2Jb\u202ec\u009bd"}`, "abcd"},
		"no JSON":                 {jsonShort, "", `{level=error}`, `{level=error}`},
		"more behind":             {jsonShort, "", `{"msg":"x"} {"msg":"y"}`, `{"msg":"x"} {"msg":"y"}`},
		"an array":                {jsonShort, "", `["msg"]`, `["msg"]`},
	} {
		v := jsonView{mode: tc.mode}
		if tc.fields != "" {
			v.choose(tc.fields)
		}
		want := strings.Replace(tc.want, "error=", "err=", 1)
		if got := v.of(tc.in); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	v := jsonView{mode: jsonPretty}
	if got := v.of(`{"a":{"b":"\u001b"}}`); got != "{\n  \"a\": {\n    \"b\": \"\\u001b\"\n  }\n}" {
		t.Errorf("pretty: %q", got)
	}
}

func FuzzJSONView(f *testing.F) {
	f.Add(`{"level":"error","msg":"x","http":{"status":503}}`, "http.status msg")
	f.Add(`{"a":"\u001b[2J"}`, "")
	f.Fuzz(func(t *testing.T, text, fields string) {
		for _, mode := range []jsonMode{jsonShort, jsonPretty} {
			v := jsonView{mode: mode}
			if fields != "" {
				v.choose(fields)
				v.mode = mode
			}
			hidden := func(r rune) bool { return r < ' ' && (r != '\n' || mode != jsonPretty) || r == 0x9b }
			if got := v.of(text); !strings.ContainsFunc(text, hidden) && strings.ContainsFunc(got, hidden) {
				t.Fatalf("%q becomes %q", text, got)
			}
		}
	})
}

func TestJSON_IsShownAndNotKept(t *testing.T) {
	const line = `{"level":"error","msg":"no db","status":503}`
	f := newFake("before", line, `{"msg":"second"}`)
	p := newPane(t, f, 60, 9)
	screen := func() string { return strings.Join(p.Render(theme.Bare(false)), "\n") }
	p.Do(keys.JSON)
	if got := screen(); !strings.Contains(got, "ERROR no db") || strings.Contains(got, "503") || !strings.Contains(got, "JSON short") {
		t.Errorf("short:\n%s", got)
	}
	if got := p.Text(); !strings.Contains(got, line) {
		t.Errorf("copied %q", got)
	}
	// What is filtered is what was written.
	if err := p.SetPattern("503"); err != nil {
		t.Fatal(err)
	}
	p.sifted(func() *sieve { s := <-p.sifts; s.sift(t.Context()); return s }())
	if got := screen(); !strings.Contains(got, "ERROR no db") || strings.Contains(got, "second") {
		t.Errorf("filtered:\n%s", got)
	}
	_ = p.SetPattern("")
	p.Do(keys.JSON)
	got := screen()
	for _, want := range []string{"{\n", `  "level": "error",`, `  "status": 503`, "}\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("pretty lacks %q:\n%s", want, got)
		}
	}
	p.Do(keys.Wrap)
	if unwrapped := strings.Replace(screen(), "  not wrapped", "", 1); !strings.Contains(unwrapped, "  \"level\": \"error\",") {
		t.Errorf("pretty, not wrapped:\n%s\nwrapped:\n%s", unwrapped, got)
	}
	p.Do(keys.JSON)
	if got := screen(); !strings.Contains(got, line) || strings.Contains(got, "JSON") {
		t.Errorf("as written:\n%s", got)
	}
}

// A search finds what was written, though it is not what is shown.
func TestJSON_SearchFindsWhatIsHidden(t *testing.T) {
	f := newFake()
	for range 50 {
		f.add(`{"msg":"other"}`)
	}
	f.add(`{"msg":"x","id":"needle"}`)
	for range 50 {
		f.add(`{"msg":"other"}`)
	}
	p := newPane(t, f, 60, 9)
	p.Do(keys.JSON)
	_ = p.Finder().SetPattern("needle")
	p.found(p.find(<-p.search.asks))
	if p.search.current != 51 {
		t.Errorf("it is at %d", p.search.current)
	}
}

// TestJSONView_SearchLooksAtWhatWasWritten: a number of a request is found although
// its field is not shown, each line once, and it is said why nothing is lit.
func TestJSONView_SearchLooksAtWhatWasWritten(t *testing.T) {
	f := newFake(
		`{"level":"info","msg":"begun","trace":"7f3a","of":"7f3a"}`, `{"level":"info","msg":"other","trace":"0000"}`,
		`{"level":"error","msg":"7f3a failed","trace":"7f3a"}`, "7f3a and again 7f3a",
	)
	for _, mode := range []struct{ name, hidden string }{{"short", "in a part that is not shown, see J"}, {"pretty", ""}} {
		t.Run(mode.name, func(t *testing.T) {
			p := newPane(t, f, 120, 30)
			press(t, p, "J")
			if mode.name == "pretty" {
				press(t, p, "J")
			}
			find(t, p, "7f3a")
			for _, step := range []struct {
				key     string
				want    uint64
				outcome string
			}{{"N", 4, ""}, {"N", 3, ""}, {"N", 1, mode.hidden}, {"n", 3, ""}, {"n", 4, ""}} {
				press(t, p, step.key)
				if p.search.current != step.want || p.search.outcome != step.outcome {
					t.Errorf("%s: line %d %q, want %d %q", step.key, p.search.current, p.search.outcome, step.want, step.outcome)
				}
			}
		})
	}
}

// TestJSONView_SearchLooksAtWhatIsShown: words that only the view makes are found too.
func TestJSONView_SearchLooksAtWhatIsShown(t *testing.T) {
	f := newFake(
		`{"level":30,"msg":"begun"}`, `{"level":50,"msg":"a \"caf\u00e9\" failed","err":"no db"}`, `{"level":30,"msg":"over"}`, "FATAL: not JSON",
	)
	for _, c := range []struct {
		name, keys, pattern string
		want                []uint64
	}{
		{"the word of a level", "J", "error", []uint64{2}},
		{"what was escaped", "J", `"café"`, []uint64{2}},
		{"over two fields", "J", "failed error=|failed err=", []uint64{2}},
		{"a field a row", "JJ", `"level": 30`, []uint64{3, 1}},
		{"not wrapped", "JJw", `"level": 30`, []uint64{3, 1}},
		{"beside what is no JSON", "J", "fatal|info", []uint64{4, 3, 1}},
		{"in no view", "", `"level": 30`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPane(t, f, 120, 30)
			for _, key := range c.keys {
				press(t, p, string(key))
			}
			find(t, p, c.pattern)
			for i, want := range c.want {
				press(t, p, "N")
				if s := p.search; s.current != want || s.of != len(c.want) || s.nth != len(c.want)-i {
					t.Errorf("at %d, %d of %d, want %d: %s", s.current, s.nth, s.of, want, s.outcome)
				}
			}
			if press(t, p, "N"); len(c.want) == 0 && p.search.current != 0 {
				t.Errorf("at %d", p.search.current)
			}
		})
	}
}

// A field a row is that too where lines are not wrapped: what is wide is scrolled
// through, row by row, and what is found in it comes into sight.
func TestJSON_PrettyIsNotOneRowWhereLinesAreNotWrapped(t *testing.T) {
	f := newFake(`{"a":"` + strings.Repeat("x", 100) + `needle","b":2}`)
	p := newPane(t, f, 60, 9)
	for _, key := range "JJw" {
		press(t, p, string(key))
	}
	rows := func() []string { return body(t, p) }
	if got := rows(); len(got) != 4 || !strings.HasSuffix(strings.TrimSpace(got[2]), `"b": 2`) || strings.Contains(got[1], "needle") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	find(t, p, "needle")
	if got := rows(); len(got) < 2 || !strings.Contains(got[1], "needle") {
		t.Errorf("found\n%s", strings.Join(got, "\n"))
	}
}

// TestJSONView_SearchIsBounded: what cannot be shown is not made, and where too much
// would have to be made that is said.
func TestJSONView_SearchIsBounded(t *testing.T) {
	made := 0
	a := ask{begun: time.Now(), late: new(atomic.Bool), shown: func(string) string { made++; return "never" }}
	for _, c := range []struct {
		pattern, text string
		makes         bool
	}{
		{"needle", `{"level":30,"msg":"other"}`, false}, {"info", `{"level":30,"msg":"other"}`, true}, {"info", `{"level":50,"msg":"x"}`, false},
		{"caf", `{"msg":"\u0063af\u00e9"}`, true}, {"needle", `{"msg":"a \"b\" c\n"}`, false}, {"other x", `{"level":"other","msg":"x"}`, true},
		{`^\d+$`, `{"msg":"other"}`, true}, {"needle", "no JSON", false},
	} {
		made = 0
		a.re, _ = screen.ParsePattern(c.pattern)
		if a.matcher().MatchString(c.text); made > 0 != c.makes {
			t.Errorf("%q in %s: made %d times", c.pattern, c.text, made)
		}
	}
	made, a.begun = 0, time.Now().Add(-time.Minute)
	a.re, _ = screen.ParsePattern("^x?$")
	if a.matcher().MatchString(`{"level":30}`) || made > 0 || !a.late.Load() {
		t.Error("it goes on for longer than anybody waits")
	}
}
