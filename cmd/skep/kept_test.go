package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/adrg/xdg"

	"skep/internal/config"
	"skep/internal/journal"
	"skep/model"
)

// TestKept_OfTheDemoGoesWithIt: what is done to the swarm inside the program is
// written down beside it, and nowhere else.
func TestKept_OfTheDemoGoesWithIt(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	t.Setenv("TMPDIR", t.TempDir())
	xdg.Reload()
	out, errs, code := skep(t, "--demo", "scale", "shop_cart", "+1", "-y")
	if code != 0 || !strings.Contains(out, "1 done") || strings.Contains(out+errs, "journal") {
		t.Errorf("%d %s%s", code, out, errs)
	}
	if _, err := os.Stat(journal.Path()); err == nil {
		t.Error("it is in the journal of real swarms")
	}
	if left, _ := filepath.Glob(demoFolder() + "*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if got := journalOf(config.Config{Demo: true}); got == nil || keptOf(config.Config{Demo: true}).Briefly == "" || keptOf(config.Config{}).Briefly != "" {
		t.Error("nothing says that the journal of the demo is not kept")
	}
}

// TestContexts_OpenedFromTheDemo have the guards of their own.
func TestContexts_OpenedFromTheDemo(t *testing.T) {
	host, folder := shopWithState(t), t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", folder)
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	t.Setenv("DOCKER_HOST", host)
	xdg.Reload()
	if err := os.MkdirAll(folder+"/skep", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder+"/skep/config.yaml", []byte("contexts: {default: {production: true}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := contexts{ctx: t.Context(), cfg: config.Config{Demo: true}}.Open("default")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithTimeout(t.Context(), reportPatience)
	defer cancel()
	for seen := uint64(0); ; {
		c, n, err := b.Feed.Next(ctx, seen)
		switch {
		case err != nil:
			t.Fatal(err)
		case c.Session.Swarm == "":
			seen = n
			continue
		case c.Session.Production != "default" || b.Kept != nil || b.Demo:
			t.Errorf("%+v, demo %v", c.Session, b.Demo)
		}
		return
	}
}

// TestRemember_UntilItIsTakenBack keeps the mark of a problem, and forgets it whenever it
// was made once that is taken back.
func TestRemember_UntilItIsTakenBack(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	xdg.Reload()
	until := strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 36)
	for _, m := range []string{"abc-" + until, "abc-zzzzzz", "abd-" + until} {
		if err := remember(model.SeenMark + m); err != nil {
			t.Fatal(err)
		}
	}
	if err := remember(model.SeenMark + "abc-0"); err != nil {
		t.Fatal(err)
	}
	if got, want := acknowledged(config.Config{}), []string{model.SeenMark + "abd-" + until}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
