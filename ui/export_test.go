package ui

import (
	_ "embed"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"skep/model"
)

// shopFile is a compose file of the shop, in which one value looks secret.
//
//go:embed testdata/shop-compose.yaml
var shopFile string

// exporting shows it, whatever runs.
var exporting = Options{View: "stacks", Export: func(_ *model.Cluster, _ func(model.Ref) (model.Document, error), _ string, hide bool) (string, int, error) {
	if !hide {
		return shopFile, 0, nil
	}
	return strings.ReplaceAll(shopFile, "hunter2", "'******'"), 1, nil
}}

// TestExport_ShowsAndSaves the compose file of a stack: with what looks secret hidden on
// the screen, and not in the file.
func TestExport_ShowsAndSaves(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "shop.yaml")
	onDesk(t, exporting, shop(), 100, 24, func(t *testing.T, d *desk) {
		d.press("/")
		d.typed("shop")
		d.press("enter", "y")
		d.sees("shop (compose file)", "# 1 value is hidden here; x shows everything, and S saves it so.")
		d.press("x", "/")
		d.typed("hunter2")
		d.press("enter")
		d.sees("DB_PASSWORD: hunter2")
		save := func(as string) {
			d.press("S", "ctrl+u")
			d.typed(as)
			d.press("enter")
		}
		save(path)
		d.sees("1 value is not hidden in it")
		save(path)
		d.sees("with ! at the end it is written over")
		d.press("esc")
	})
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), "DB_PASSWORD: hunter2") {
		t.Errorf("%v\n%s", err, text)
	}
	onDesk(t, exporting, shop(), 100, 24, func(t *testing.T, d *desk) {
		d.press("e")
		d.sees("(compose file)")
		d.press("e")
		d.sees("this is its compose file")
	})
}

// TestExport_LeftWhileItIsMade: the answer finds nobody, and the screen asks again when
// it is gone back to.
func TestExport_LeftWhileItIsMade(t *testing.T) {
	slow := Options{View: "stacks", Export: func(*model.Cluster, func(model.Ref) (model.Document, error), string, bool) (string, int, error) {
		time.Sleep(time.Second)
		return shopFile, 0, nil
	}}
	onDesk(t, slow, shop(), 100, 24, func(_ *testing.T, d *desk) {
		d.press("y")
		d.sees("reading")
		d.press("esc")
		d.wait(2 * time.Second)
		d.press("-")
		d.wait(2 * time.Second)
		d.sees("(compose file)", "services:")
	})
}
