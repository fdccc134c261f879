package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"skep/internal/config"
	"skep/model"
	"skep/ui/theme"
	"skep/ui/views"
)

// arguments refuses more than a view and a filter.
func arguments(_ *cobra.Command, args []string) error {
	if len(args) > 2 {
		return fmt.Errorf("expected a view and a filter, not %d arguments; quote a filter that has spaces", len(args))
	}
	return nil
}

// take reads the arguments, and checks whatever can be wrong with the command
// line before anything is connected to.
func take(cfg *config.Config, args []string) error {
	if len(args) > 0 {
		cfg.View = args[0]
		if views.Find(cfg.View) == nil {
			return fmt.Errorf("there is no view or command called %q; the views are %s", cfg.View, strings.Join(viewNames(), ", "))
		}
	}
	if len(args) > 1 {
		cfg.Pattern = args[1]
		if _, err := model.ParseFilter(cfg.Pattern); err != nil {
			return fmt.Errorf("filter %q: %w", cfg.Pattern, err)
		}
	}
	if cfg.Theme != "" {
		if err := theme.Check(cfg.Theme); err != nil {
			return err
		}
	}
	if cfg.DemoSize != "" {
		cfg.Demo = true
		if _, _, _, err := config.DemoSize(cfg.DemoSize); err != nil {
			return fmt.Errorf("--demo-size: %w", err)
		}
	}
	return cfg.SetLogSize(os.Getenv)
}

// viewNames are the names of the views, without aliases.
func viewNames() []string {
	var out []string
	for _, d := range views.All {
		out = append(out, d.Names()[0])
	}
	return out
}
