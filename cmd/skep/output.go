package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"skep/internal/config"
	"skep/internal/safetext"
)

// answer is what a command says that looks once: as text, or itself as JSON.
type answer interface{ Text() string }

// asJSON marks the commands that give their answer as JSON as well.
const asJSON = "json"

// formats are those of -o.
var formats = []string{"text", asJSON}

// givesJSON lets a command take -o json.
func givesJSON(c *cobra.Command) *cobra.Command {
	c.Annotations = map[string]string{asJSON: "true"}
	return c
}

// checkOutput refuses a format that there is not, or not of the command.
func checkOutput(c *cobra.Command, cfg *config.Config) error {
	switch {
	case cfg.Output == "text":
		return nil
	case cfg.Output != asJSON:
		return fmt.Errorf("--output: %q is neither text nor json", cfg.Output)
	case c.Annotations[asJSON] == "":
		return fmt.Errorf("%s is not given as json", c.CommandPath())
	}
	return nil
}

// say writes an answer as it was asked for.
func say(w io.Writer, cfg *config.Config, a answer) error {
	if cfg.Output != asJSON {
		return sayText(w, a)
	}
	return sayJSON(w, a, "  ")
}

// sayText writes an answer as text, on a terminal folded to its width.
func sayText(w io.Writer, a answer) error {
	text := a.Text()
	if width := terminalWidth(w); width != nil {
		text = fold(text, width())
	}
	_, err := io.WriteString(w, text)
	return err
}

// terminalWidth tells how wide the terminal is that is written to; nil for none.
func terminalWidth(w io.Writer) func() int {
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(f.Fd()) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return func() int {
		width, _, err := term.GetSize(f.Fd())
		if err != nil || width < 20 {
			return helpWidth
		}
		return width
	}
}

// fold breaks lines that are too long between words, below where they begin. A
// command stays in one line, to be copied.
func fold(text string, width int) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		rest := strings.TrimLeft(l, " ")
		indent := len(l) - len(rest) + 2
		if ansi.StringWidth(l) <= width || indent > width/2 || strings.HasPrefix(rest, "docker ") {
			continue
		}
		first, more, found := strings.Cut(ansi.Wrap(rest, width-indent, ""), "\n")
		if found {
			first += "\n" + strings.Repeat(" ", indent) + strings.ReplaceAll(more, "\n", "\n"+strings.Repeat(" ", indent))
		}
		lines[i] = l[:len(l)-len(rest)] + first
	}
	return strings.Join(lines, "\n")
}

// sayJSON writes an answer as JSON that does nothing to a terminal, in which it may
// be looked at: what is for people, such as ->, stays readable.
func sayJSON(w io.Writer, a answer, indent string) error {
	var encoded bytes.Buffer
	enc := json.NewEncoder(&encoded)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(a); err != nil {
		return err
	}
	_, err := w.Write(safetext.JSON(encoded.Bytes()))
	return err
}

// sayLine writes one of many answers: as text, or as JSON in one line.
func sayLine(w io.Writer, cfg *config.Config, a answer) error {
	if cfg.Output != asJSON {
		return sayText(w, a)
	}
	return sayJSON(w, a, "")
}
