package keys

import (
	"fmt"
	"strings"
)

//go:generate go run gen.go

// Markdown is the table of keys for the README.
func (t Table) Markdown() string {
	var b strings.Builder
	b.WriteString("| where | key | does |\n| --- | --- | --- |\n")
	for _, binding := range t {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", binding.Scope, binding.Names("`", " "), strings.ReplaceAll(binding.Help, "|", "\\|"))
	}
	return b.String()
}

// Names are the binding's keys for people, each between quotes.
func (b Binding) Names(quote, between string) string {
	if b.Command == RecentStack {
		return quote + "1-9" + quote
	}
	out := make([]string, len(b.Keys))
	for i, k := range b.Keys {
		out[i] = quote + Show(k) + quote
	}
	return strings.Join(out, between)
}
