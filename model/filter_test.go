package model_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"skep/model"
)

func TestFilter_Match(t *testing.T) {
	row := []string{"shop_web", "replicated", "restart loop", "registry.example.org/shop/web:1.2"}
	for _, tt := range []struct {
		text string
		want bool
	}{
		{"", true},
		{"   ", true},
		{"web", true},
		{"WEB", true},
		{"  web  ", true},
		{"^web", false},
		{"^shop_", true},
		{"_web$", true},
		{"web|db", true},
		{"queue|db", false},
		{"w.b:1", true},
		{"web:1\\.[0-9]+$", true},
		{"(?-i)WEB", false},
		{"!", true},
		{"!web", false},
		{"! web", false},
		{"!db", true},
		{"!!web", true}, // No text holds a '!' before "web".
		{"restart loop", true},
		{"-link", false},
		{"(web)", true},
		{"we+b", true},
		{"x*", true},
		{"[[:alpha:]]{4}_", true},
	} {
		f, err := model.ParseFilter(tt.text)
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		if got := f.Match(row...); got != tt.want {
			t.Errorf("%q: match %v, want %v", tt.text, got, tt.want)
		}
		if f.String() != tt.text {
			t.Errorf("%q became %q", tt.text, f.String())
		}
	}
}

// TestFilter_ValuesWithBlanks reads a label the way it was meant, whatever it
// was typed like.
func TestFilter_ValuesWithBlanks(t *testing.T) {
	labels := map[string]string{"note": "owned by ops", "tier": "db"}
	for text, want := range map[string]bool{
		`-l note=owned by ops`: true, `-l note="owned by ops"`: true, `-l "note=owned by ops"`: true, `-l note='owned by ops'`: true,
		`-l note=owned by`: false, `-l note="owned by"`: false, `-l note=owned by ops too`: false,
		`-l tier=db web`: true, `-l tier=db queue`: false, `-l tier=db -l note=owned by ops`: true, `-l tier=web -l note=owned by ops`: false,
		`-l note!=owned by ops`: false, `-l note!="owned by ops"`: false, `!-l note="owned by"`: true,
		`-l note="owned by ops" web`: true, `-l note="owned by ops" queue`: false,
	} {
		f, err := model.ParseFilter(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := f.Keeps(labels, func() []string { return []string{"shop_web"} }); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	if _, err := model.ParseFilter(`-l note="owned by ops`); err == nil {
		t.Error("a quote may stay open")
	}
}

func TestFilter_MatchBeyondASCII(t *testing.T) {
	for _, tt := range []struct {
		text, field string
		want        bool
	}{
		{"größe", "GRÖSSE", false},
		{"größe", "GRÖßE", true},
		{"日本", "東日本", true},
		{"kelvin", "\u212aelvin", true}, // The sign for kelvin folds to k.
		{"k", "\u212a", true},
		{"ſ", "s", true},
		{"web", "日本-WEB", true},
		{"web", "web\xff", true},
		{`\x{fffd}`, "\xff", true},
	} {
		f, err := model.ParseFilter(tt.text)
		if err != nil {
			t.Fatalf("%q: %v", tt.text, err)
		}
		if got := f.Match(tt.field); got != tt.want {
			t.Errorf("%q on %q: %v, want %v", tt.text, tt.field, got, tt.want)
		}
	}
}

func TestFilter_MatchLabels(t *testing.T) {
	labels := map[string]string{"env": "prod", "tier": "front end", "empty": "", "rule": "Host(`a`)=x"}
	for _, tt := range []struct {
		text string
		want bool
	}{
		{"", true},
		{"-l env", true},
		{"-l env=prod", true},
		{"-l env=Prod", false},
		{"-l ENV=prod", false},
		{"-l env=test", false},
		{"-l none", false},
		{"-l none=", false},
		{"-l empty=", true},
		{"-l empty", true},
		{"-l env=", false},
		{"-l env!=test", true},
		{"-l none!=test", true},
		{"-l env!=prod", false},
		{"!-l env", false},
		{"!-l none", true},
		{"!-l env!=prod", true},
		{"-l env=prod -l empty", true},
		{"-l env=prod -l none", false},
		{"-l 'tier=front end'", true},
		{`-l "tier=front end" -l env`, true},
		{"-l rule=Host(`a`)=x", true},
		{"  -l   env=prod   web ", true},
	} {
		f, err := model.ParseFilter(tt.text)
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		if got := f.MatchLabels(labels); got != tt.want {
			t.Errorf("%q: %v, want %v", tt.text, got, tt.want)
		}
	}
	f, err := model.ParseFilter("-l env=prod -l tier !web")
	if err != nil || f.Match("web") || !f.Match("db") || f.MatchLabels(nil) {
		t.Errorf("labels with an inverse pattern behind: %v, %+v", err, f)
	}
}

func TestParseFilter_Errors(t *testing.T) {
	for text, want := range map[string]string{
		"web[":          "invalid regex: missing ] (at character 4)",
		"(":             "invalid regex: missing ) (at character 1)",
		"a)b":           "invalid regex: unexpected ) (at character 1)",
		"a)(b":          "invalid regex: unexpected ) (at character 1)",
		"!x**":          "invalid regex: invalid nested repetition operator: \"**\" (at character 3)",
		"*":             "invalid regex: missing argument to repetition operator: \"*\" (at character 1)",
		"-l env=a (?<n": "invalid regex: invalid named capture: \"(?<n\" (at character 10)",
		"é[":            "invalid regex: missing ] (at character 2)",
		`web\`:          "invalid regex: trailing backslash at end of expression (at character 5)",
		"\xff":          "invalid regex: invalid UTF-8: \"\\xff\" (at character 1)",
		"a{1001}":       "invalid regex: invalid repeat count: \"{1001}\" (at character 2)",
		"(?=x)":         "invalid regex: invalid or unsupported Perl syntax: \"(?=\" (at character 1)",
		"-l":            "-l needs a label: -l key or -l key=value (at character 3)",
		"-l =x":         "-l needs a label: -l key or -l key=value (at character 4)",
		"-l !=x":        "-l needs a label: -l key or -l key=value (at character 4)",
		"-l a -l 'b":    "the quote is not closed (at character 9)",
	} {
		f, err := model.ParseFilter(text)
		var bad *model.FilterError
		if !errors.As(err, &bad) {
			t.Errorf("%q: %v is no FilterError", text, err)
			continue
		}
		if err.Error() != want {
			t.Errorf("%q:\n got %s\nwant %s", text, err, want)
		}
		if !f.Empty() || f.String() != "" {
			t.Errorf("%q: a filter came with the error", text)
		}
	}
}

func TestFilter_ZeroShowsAll(t *testing.T) {
	var f model.Filter
	if !f.Match("x") || !f.Match() || !f.MatchLabels(nil) || !f.Empty() {
		t.Error("the zero filter hides something")
	}
}

// The quick way past the regular expression must not change what matches.
func FuzzFilter_MatchesAsRegexp(f *testing.F) {
	for _, s := range [][2]string{
		{"web", "shop_WEB"}, {"a|b.c", "xbyc"}, {"(a|bc)+d?", "abcd"}, {"[k-m]x", "\u212ax"}, {"x{2,3}y", "xxy"},
		{"!x", "y"}, {"-l a=b x", "x"}, {"(?-i)A|b", "a"}, {"(?:)", ""}, {"^$|a", "b"}, {`\`, "a"}, {"'", "'"}, {"(?i:S)t", "ſt"},
		{`\ `, " "}, {"a|(?-i:B)", "b"}, {"-l 'a b", ""},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, text, field string) {
		filter, err := model.ParseFilter(text)
		if err != nil {
			var bad *model.FilterError
			if !errors.As(err, &bad) || bad.Offset < 0 || bad.Offset > len(text) {
				t.Fatalf("%q: error %#v", text, err)
			}
			_ = err.Error()
			return
		}
		if strings.ContainsAny(text, "!-") {
			_ = filter.Match(field)
			_ = filter.MatchLabels(map[string]string{text: field})
			return
		}
		pattern := strings.TrimSpace(text)
		want, err := regexp.Compile("(?i)" + pattern)
		if err != nil {
			return // An escaped space at the end was cut here.
		}
		if got := filter.Match(field); got != (pattern == "" || want.MatchString(field)) {
			t.Fatalf("%q on %q: %v", text, field, got)
		}
	})
}

func BenchmarkFilter(b *testing.B) {
	rows := make([][]string, 10_000)
	for i := range rows {
		rows[i] = []string{fmt.Sprintf("stack-%d_service-%d.%d", i%50, i%500, i), "running", fmt.Sprintf("node-%03d", i%100),
			fmt.Sprintf("registry.example.org/team-%d/service-%d:1.%d.0", i%7, i%500, i%13),
			"no suitable node (scheduling constraints not satisfied on 5 nodes)"}
	}
	for _, text := range []string{"web", "service-499", "web|queue", "task.*exit", "!web", "[0-9]+$", "-l env=prod web"} {
		b.Run(text, func(b *testing.B) {
			f, err := model.ParseFilter(text)
			if err != nil {
				b.Fatal(err)
			}
			labels := map[string]string{"env": "prod"}
			b.ReportAllocs()
			for b.Loop() {
				for _, r := range rows {
					if f.MatchLabels(labels) {
						f.Match(r...)
					}
				}
			}
		})
	}
}
