package skep_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A layer says what a package may import of this module, and of others.
// Patterns end in "/..." to hold for everything below as well. The first layer
// that fits a package is its own; a package without one fails the test, so that
// a new one is given its place here.
type layer struct {
	who string
	// own are the packages of this module that it may import.
	own []string
	// others are the foreign packages that it may import; nil for all that are
	// not reserved for somebody else.
	others []string
	// pure packages do no input or output and start nothing.
	pure bool
	// tests is set where the rules hold for the test files as well, which may
	// import testKit too.
	tests bool
}

const module, testKit = "skep", "internal/testkit"

var layers = []layer{
	{who: "."}, // This test only.
	{who: "model", others: []string{"github.com/moby/moby/api/...", "github.com/docker/go-units"}, pure: true, tests: true},
	{who: "model/triage", own: []string{"model"}, others: []string{"github.com/moby/moby/api/...", "github.com/docker/go-units"}, pure: true, tests: true},
	{who: "actions", own: []string{"internal/safetext", "model"}},
	{who: "ui/...", own: []string{"ui/...", "model", "actions", "internal/editor", "internal/logstream", "internal/safetext"}},
	{who: "internal/backend", own: []string{"internal/engine", "internal/feed", "model"}},
	{who: "internal/screens", own: []string{"ui", "internal/backend", "internal/converge", "model", "internal/engine", "internal/feed"}},
	{who: "internal/feed", own: []string{"model", "model/triage"}},
	{who: "internal/engine", own: []string{"model", "internal/logstream"}},
	{who: "internal/doctor", own: []string{"internal/safetext", "model", "model/triage"}},
	{who: "internal/compose", own: []string{"actions", "internal/safetext", "model"}},
	{who: "internal/converge", own: []string{"internal/safetext", "model"}},
	{who: "internal/logstream", own: []string{"internal/safetext", "model"}},
	{who: "internal/config"},
	{who: "internal/editor", own: []string{"internal/ownfile"}},
	{who: "internal/sockdir"},
	{who: "internal/ownfile"},
	{who: "internal/releases", own: []string{"internal/ownfile", "internal/safetext", "model"}},
	{who: "internal/terminal"},
	{who: "internal/safetext"},
	{who: "internal/journal", own: []string{"internal/ownfile", "internal/safetext", "model", "actions"}},
	{who: "internal/simswarm/...", own: []string{"internal/simswarm/...", "internal/sockdir"}},
	{who: "internal/e2e"}, // Tests only: of the whole program.
	{who: "internal/testkit/...", own: []string{"internal/testkit/...", "internal/sockdir", "model", "model/triage"}},
	{who: "cmd/...", own: []string{"model", "actions", "ui/...", "internal/..."}},
	{who: "lab/...", own: []string{"lab/..."}},
	{who: "screenshots/...", own: []string{"model", "actions", "ui/...", "internal/..."}},
}

// reserved are packages that only some may import, whatever the layers allow.
var reserved = []struct {
	what string
	by   []string
}{
	{"github.com/moby/moby/client/...", []string{"internal/engine"}},
	{"github.com/docker/cli/cli/compose/...", []string{"internal/compose"}},
	{"github.com/docker/cli/opts", []string{"internal/compose", "internal/engine"}},
	{"github.com/docker/cli/...", []string{"internal/engine", "internal/compose"}},
	{"github.com/docker/docker/...", nil},
	{"charm.land/...", []string{"ui/...", "cmd/...", "screenshots/...", "internal/testkit/..."}},
	{"github.com/charmbracelet/ultraviolet/...", []string{"ui/...", "screenshots/...", "internal/testkit/..."}},
	{module + "/" + testKit + "/...", []string{"internal/testkit/...", "screenshots/..."}},
}

// impure are packages of the standard library that pure ones have no use for.
// Two of them do both: clocks are what a pure package may not use of package
// time, and addresses all that it may use of package net.
var (
	impure    = []string{"net/http/...", "net/rpc/...", "net/smtp", "os/...", "log/...", "io/ioutil", "syscall", "math/rand/..."}
	clocks    = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer"}
	addresses = []string{"IP", "IPNet", "IPMask", "ParseIP", "ParseCIDR"}
)

// source is what is checked of one file.
type source struct {
	dir     string // the package's, from the root
	file    string
	test    bool
	imports []string
	acts    []string // what it does that a pure package does not
}

// check says what is wrong with one file; nothing for a file as it should be.
func (s source) check() []string {
	i := slices.IndexFunc(layers, func(l layer) bool { return fits(l.who, s.dir) })
	if i < 0 {
		return []string{"no layer says what " + s.dir + " may import"}
	}
	l := layers[i]
	if s.dir == "." || s.test && !l.tests {
		return nil
	}
	var out []string
	for _, path := range s.imports {
		if why := l.refuses(s, path); why != "" {
			out = append(out, fmt.Sprintf("%s imports %s: %s", s.file, path, why))
		}
	}
	if l.pure && !s.test {
		for _, act := range s.acts {
			out = append(out, fmt.Sprintf("%s: %s in a pure package", s.file, act))
		}
	}
	return out
}

// refuses says why a file of the layer may not import a package.
func (l layer) refuses(s source, path string) string {
	own, isOwn := strings.CutPrefix(path, module+"/")
	kit := s.test && (own == s.dir || own == testKit)
	for _, r := range reserved {
		if fits(r.what, path) && !anyFits(r.by, s.dir) && !kit {
			return fmt.Sprintf("only for %v", r.by)
		}
	}
	switch {
	case isOwn:
		if !anyFits(l.own, own) && !kit {
			return fmt.Sprintf("of this module, %s may import only %v", l.who, l.own)
		}
	case !strings.Contains(strings.Split(path, "/")[0], "."):
		if l.pure && !s.test && anyFits(impure, path) {
			return "not in a pure package"
		}
	case l.others != nil && !anyFits(l.others, path):
		return fmt.Sprintf("of others, %s may import only %v", l.who, l.others)
	}
	return ""
}

func fits(pattern, path string) bool {
	base, below := strings.CutSuffix(pattern, "/...")
	return path == base || below && strings.HasPrefix(path, base+"/")
}

func anyFits(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return fits(p, path) })
}

// read takes in one Go file.
func read(file string) (source, error) {
	slashed := filepath.ToSlash(file)
	s := source{dir: path.Dir(slashed), file: slashed, test: strings.HasSuffix(file, "_test.go")}
	how := parser.ImportsOnly
	if i := slices.IndexFunc(layers, func(l layer) bool { return fits(l.who, s.dir) }); i >= 0 && layers[i].pure && !s.test {
		how = parser.SkipObjectResolution
	}
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, how)
	if err != nil {
		return s, err
	}
	s.take(tree)
	return s, nil
}

func (s *source) take(tree *ast.File) {
	for _, i := range tree.Imports {
		if path, err := strconv.Unquote(i.Path.Value); err == nil {
			s.imports = append(s.imports, path)
		}
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			s.acts = append(s.acts, "a goroutine")
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if ok && (x.Name == "time" && slices.Contains(clocks, n.Sel.Name) || x.Name == "net" && !slices.Contains(addresses, n.Sel.Name)) {
				s.acts = append(s.acts, x.Name+"."+n.Sel.Name)
			}
		}
		return true
	})
}

// sources are all Go files of the module, read once.
func sources(t *testing.T) []source {
	t.Helper()
	out, err := allSources()
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 20 {
		t.Fatalf("only %d files were found: is this the root of the module?", len(out))
	}
	return out
}

var allSources = sync.OnceValues(func() ([]source, error) {
	var out []source
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if name := d.Name(); file != "." && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "dist") {
				return filepath.SkipDir
			}
			return nil
		case !strings.HasSuffix(file, ".go"):
			return nil
		}
		s, err := read(file)
		out = append(out, s)
		return err
	})
	return out, err
})

func TestImports(t *testing.T) {
	for _, s := range sources(t) {
		for _, wrong := range s.check() {
			t.Error(wrong)
		}
	}
}

// What looks at a swarm and changes it links no screens, so that a command
// without a screen can stand on it: neither itself nor by what it imports.
func TestImports_NoScreensBelow(t *testing.T) {
	imports := map[string][]string{}
	for _, s := range sources(t) {
		if !s.test {
			imports[s.dir] = append(imports[s.dir], s.imports...)
		}
	}
	screens := []string{module + "/ui/...", "charm.land/...", "github.com/charmbracelet/ultraviolet/..."}
	for _, base := range []string{"internal/backend", "internal/doctor", "internal/journal", "internal/config", "internal/ownfile", "internal/simswarm", "actions", "model"} {
		if len(imports[base]) == 0 {
			t.Errorf("%s imports nothing: is it there?", base)
		}
		seen, next := map[string]bool{}, []string{base}
		for len(next) > 0 {
			from := next[0]
			next = next[1:]
			for _, to := range imports[from] {
				if anyFits(screens, to) {
					t.Errorf("%s, which %s stands on, imports %s", from, base, to)
				}
				if own, ok := strings.CutPrefix(to, module+"/"); ok && !seen[own] {
					seen[own] = true
					next = append(next, own)
				}
			}
		}
	}
}

// The checker itself: each import by a file of that name, and whether it is
// refused.
func TestImports_Checker(t *testing.T) {
	for _, tt := range []struct {
		file, path string
		refused    bool
	}{
		{"model/a.go", "time", false},
		{"model/a.go", "github.com/moby/moby/api/types/swarm", false},
		{"model/a.go", "github.com/moby/moby/client", true},
		{"model/a.go", "github.com/docker/cli/cli/config", true},
		{"model/a.go", "charm.land/lipgloss/v2", true},
		{"model/a.go", "github.com/charmbracelet/x/ansi", true},
		{"model/a.go", "skep/actions", true},
		{"model/a.go", "skep/internal/testkit", true},
		{"model/a.go", "net/http", true},
		{"model/a.go", "os", true},
		{"model/a_test.go", "os", false},
		{"model/a_test.go", "skep/model", false},
		{"model/a_test.go", "skep/internal/testkit", false},
		{"model/a_test.go", "skep/internal/feed", true},
		{"model/a.go", "skep/model/triage", true},
		{"model/triage/a.go", "skep/model", false},
		{"model/triage/a.go", "os", true},
		{"ui/a.go", "skep/model/triage", true},
		{"model/a_test.go", "charm.land/bubbletea/v2", true},
		{"actions/a.go", "skep/model", false},
		{"actions/a.go", "skep/internal/engine", true},
		{"actions/a.go", "skep/ui", true},
		{"actions/a.go", "charm.land/bubbletea/v2", true},
		{"actions/a_test.go", "skep/internal/engine", false},
		{"ui/a.go", "skep/ui/table", false},
		{"ui/table/a.go", "skep/ui", false},
		{"ui/a.go", "charm.land/bubbletea/v2", false},
		{"ui/a.go", "skep/internal/logstream", false},
		{"ui/a.go", "skep/internal/engine", true},
		{"ui/views/a.go", "skep/internal/feed", true},
		{"ui/views/a.go", "github.com/moby/moby/client", true},
		{"ui/a.go", "skep/internal/testkit", true},
		{"ui/a_test.go", "skep/internal/testkit", false},
		{"internal/feed/a.go", "skep/model", false},
		{"internal/feed/a.go", "skep/internal/engine", true},
		{"internal/feed/a.go", "github.com/moby/moby/client", true},
		{"internal/engine/a.go", "github.com/moby/moby/client", false},
		{"internal/engine/a.go", "github.com/moby/moby/client/pkg/x", false},
		{"internal/engine/a.go", "github.com/docker/cli/cli/connhelper", false},
		{"internal/engine/a.go", "github.com/docker/docker/client", true},
		{"internal/engine/a.go", "skep/internal/logstream", false},
		{"internal/engine/a.go", "skep/internal/feed", true},
		{"internal/logstream/a.go", "skep/model", false},
		{"internal/logstream/a.go", "skep/internal/engine", true},
		{"internal/simswarm/a.go", "github.com/moby/moby/api/types/swarm", false},
		{"internal/simswarm/a.go", "github.com/moby/moby/client", true},
		{"internal/simswarm/a.go", "skep/model", true},
		{"internal/backend/a.go", "skep/internal/engine", false},
		{"internal/backend/a.go", "skep/ui", true},
		{"internal/backend/a.go", "skep/internal/screens", true},
		{"internal/backend/a.go", "charm.land/bubbletea/v2", true},
		{"internal/screens/a.go", "skep/ui", false},
		{"cmd/skep/a.go", "skep/internal/engine", false},
		{"cmd/skep/a.go", "charm.land/fang/v2", false},
		{"cmd/skep/a.go", "github.com/moby/moby/client", true},
		{"cmd/skep/a.go", "skep/internal/testkit", true},
		{"internal/newcomer/a.go", "time", true},
		{"uinot/a.go", "time", true},
	} {
		s := source{dir: path.Dir(tt.file), file: tt.file, test: strings.HasSuffix(tt.file, "_test.go"), imports: []string{tt.path}}
		if wrong := s.check(); (len(wrong) > 0) != tt.refused {
			t.Errorf("%s imports %s: %v", tt.file, tt.path, wrong)
		}
	}
}

func TestImports_PurePackagesDoNothing(t *testing.T) {
	for text, want := range map[string]int{
		"package model; import \"time\"; var t = time.Now()":                             1,
		"package model; import \"net\"; var c, _ = net.Dial(\"tcp\", \"\")":              1,
		"package model; import \"net\"; var a = net.ParseIP(\"::1\")":                    0,
		"package model; func f() { go f() }":                                             1,
		"package model; import \"time\"; func f(t time.Time) bool { return t.IsZero() }": 0,
	} {
		tree, err := parser.ParseFile(token.NewFileSet(), "a.go", text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		s := source{dir: "model", file: "model/a.go"}
		s.take(tree)
		if got := s.check(); len(got) != want {
			t.Errorf("%s: %v", text, got)
		}
		s.dir = "ui"
		if got := s.check(); len(got) != 0 {
			t.Errorf("%s in a package that is not pure: %v", text, got)
		}
	}
}
