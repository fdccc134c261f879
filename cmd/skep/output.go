package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

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
		_, err := io.WriteString(w, a.Text())
		return err
	}
	return sayJSON(w, a, "  ")
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
		_, err := io.WriteString(w, a.Text())
		return err
	}
	return sayJSON(w, a, "")
}
