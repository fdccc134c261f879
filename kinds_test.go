package skep_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"skep/model"
)

// idFile is the one file that may tell kinds apart: it keeps the typed IDs.
const idFile = "model/id.go"

// kindConstant is how the constants of kinds are named.
var kindConstant = regexp.MustCompile(`^Kind[A-Z]`)

// tellsApart are the places of a file where kinds of object are told apart:
// what is so has to be changed for every new kind, and is silently wrong until
// it is. What differs from kind to kind stands in their model.KindInfo.
func tellsApart(set *token.FileSet, tree *ast.File) []string {
	isKind := func(e ast.Expr) bool {
		switch e := e.(type) {
		case *ast.Ident:
			return kindConstant.MatchString(e.Name)
		case *ast.SelectorExpr:
			x, ok := e.X.(*ast.Ident)
			return ok && x.Name == "model" && kindConstant.MatchString(e.Sel.Name)
		}
		return false
	}
	var out []string
	note := func(n ast.Node, what string) { out = append(out, set.Position(n.Pos()).String()+": "+what) }
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CaseClause:
			if slices.ContainsFunc(n.List, isKind) {
				note(n, "a switch on the kind")
			}
		case *ast.BinaryExpr:
			if (n.Op == token.EQL || n.Op == token.NEQ) && (isKind(n.X) || isKind(n.Y)) {
				note(n, "a comparison of the kind")
			}
		case *ast.KeyValueExpr:
			if isKind(n.Key) {
				note(n, "a table by kind")
			}
		}
		return true
	})
	return out
}

func TestKinds_AreToldApartNowhere(t *testing.T) {
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "dist"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") || filepath.ToSlash(file) == idFile:
			return nil
		}
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, where := range tellsApart(set, tree) {
			t.Error(where)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestKinds_Checker(t *testing.T) {
	for text, want := range map[string]int{
		"func f(k Kind) { switch k { case model.KindNode, KindTask: } }": 1,
		"func f(r Ref) bool { return r.Kind != model.KindNode }":         1,
		"var m = map[model.Kind]string{model.KindNode: `/nodes`}":        1,
		"var i = KindInfo{Kind: KindNode}":                               0,
		"func f(r Ref) bool { return r.Kind == other.Kind }":             0,
	} {
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, "a.go", "package a\n"+text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if got := tellsApart(set, tree); len(got) != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestKinds_AreComplete(t *testing.T) {
	for _, k := range model.Kinds() {
		if k.Kind == "" || k.Plural == "" || k.Kind.Info() != k {
			t.Errorf("incomplete: %+v", k)
		}
	}
	if info := model.Kind("unheard of").Info(); info.Path != "" || info.Writes != (model.Writes{}) {
		t.Errorf("a kind that is not registered: %+v", info)
	}
}
