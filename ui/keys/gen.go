//go:build ignore

// This program writes the table of keys into the README.
package main

import (
	"log"
	"os"
	"strings"

	"skep/ui/keys"
)

const (
	begin = "<!-- keys: made by go generate ./ui/keys -->\n"
	end   = "<!-- /keys -->"
)

func main() {
	const path = "../../README.md"
	b, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(b), begin)
	if !ok {
		log.Fatalf("%s has no line %q", path, begin)
	}
	_, tail, ok := strings.Cut(rest, end)
	if !ok {
		log.Fatalf("%s has no line %q", path, end)
	}
	if err := os.WriteFile(path, []byte(head+begin+keys.All.Markdown()+end+tail), 0o644); err != nil {
		log.Fatal(err)
	}
}
