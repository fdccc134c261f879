package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"skep/ui/keys"
)

// keyInText finds a key in a text for people, or in a sentence's end behind one.
var keyInText = regexp.MustCompile(`\besc\b|\bctrl\+|\bshift\+|\bpg(dn|up)\b|(^|[ (;,])(enter|tab|space|[?/:!a-zA-Z]) (shows|lists|closes|returns|quits|stays|goes|scales|activates|describes|retries|connects|changes|pauses|on it)\b|\([a-z]: `)

// TestTexts_NameKeysByTheirCommands finds texts with the name of a key in them:
// what is bound to another key would still be told by the old one.
func TestTexts_NameKeysByTheirCommands(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`\{([a-z][a-z0-9-]+)\}`).FindAllStringSubmatch(text, -1) {
				if !slices.ContainsFunc(keys.Standard(), func(b keys.Binding) bool { return string(b.Command) == m[1] }) {
					t.Errorf("%s: no key is bound to %s", set.Position(lit.Pos()), m[0])
				}
			}
			// The table itself binds keys, and texts of one word are no sentences.
			if filepath.Dir(path) == "keys" && !strings.Contains(text, " ") {
				return true
			}
			if keyInText.MatchString(text) && !boundBelow[text] {
				t.Errorf("%s: %q names a key, and not its command in braces", set.Position(lit.Pos()), text)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// boundBelow are texts that name a key which no table binds.
var boundBelow = map[string]bool{
	"switch the mouse on or off; while it is on, shift+drag selects text (iTerm2: option+drag)": true,
	"mouse on: shift+drag selects text (iTerm2: option+drag); :mouse switches it off":           true,
}
