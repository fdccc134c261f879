package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"skep/internal/config"
	"skep/internal/engine"
)

// release is set by the linker when a release is built. All else that is to be
// known of the build is in the binary anyway.
var release = "dev"

// details are what there is to know of this build.
type details struct {
	Release string `json:"release"`
	// Commit is the whole hash; empty where the source was no checkout.
	Commit string `json:"commit,omitempty"`
	// Modified is set where the source was not the commit's.
	Modified bool `json:"modified"`
	// Time is the commit's, not the build's: the same source makes the same
	// binary whenever it is built.
	Time     time.Time `json:"time,omitzero"`
	Go       string    `json:"go"`
	Platform string    `json:"platform"`
	// MinAPI and MaxAPI are the versions of the Engine API that it speaks.
	MinAPI string `json:"minAPI"`
	MaxAPI string `json:"maxAPI"`
}

func build() details {
	d := details{Release: release, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	d.MinAPI, d.MaxAPI = engine.APIVersions()
	if info, ok := debug.ReadBuildInfo(); ok {
		d.read(info.Settings)
	}
	return d
}

func (d *details) read(settings []debug.BuildSetting) {
	for _, s := range settings {
		switch s.Key {
		case "vcs.revision":
			d.Commit = s.Value
		case "vcs.modified":
			d.Modified = s.Value == "true"
		case "vcs.time":
			d.Time, _ = time.Parse(time.RFC3339, s.Value) // Else it is not known.
		case "GOARM":
			d.Platform += "/v" + s.Value[:min(1, len(s.Value))]
		}
	}
}

// commit is the commit for people: short, with a mark if the source differed.
func (d details) commit() string {
	text := d.Commit[:min(12, len(d.Commit))]
	switch {
	case text == "":
		return "unknown"
	case d.Modified:
		return text + " (modified)"
	}
	return text
}

// versionLine is the version where one line is wanted; cobra puts "skep version"
// before it.
func versionLine(d details) string {
	return fmt.Sprintf("%s, commit %s", d.Release, d.commit())
}

// Text is what there is to know, for people.
func (d details) Text() string {
	date := "unknown"
	if !d.Time.IsZero() {
		date = d.Time.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("skep %s\n  commit    %s\n  date      %s\n  go        %s\n  platform  %s\n  engine    API %s to %s\n",
		d.Release, d.commit(), date, d.Go, d.Platform, d.MinAPI, d.MaxAPI)
}

func version(cfg *config.Config) *cobra.Command {
	return givesJSON(&cobra.Command{
		Use: "version", Short: "show the version and how it was built", Args: cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return failed(say(cmd.OutOrStdout(), cfg, build())) },
	})
}
