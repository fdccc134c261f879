package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// renew is what makes stale pictures fresh.
const renew = "go run ./screenshots"

// The largest files that a page is worth, in bytes.
const (
	smallLimit = 30 << 10
	wideLimit  = 80 << 10
	tourLimit  = 300 << 10
)

// TestPictures_AreFresh draws everything anew and compares it with the files.
func TestPictures_AreFresh(t *testing.T) {
	if testing.Short() {
		t.Skip("every picture is drawn")
	}
	draw(t, func(t *testing.T, name, svg string) {
		old, err := os.ReadFile(name)
		switch {
		case err != nil:
			t.Errorf("%v: %s writes it", err, renew)
		case string(old) != svg:
			t.Errorf("%s is stale: %s renews it, and it is to be looked at then.\n%s", name, renew, firstDifference(string(old), svg))
		}
	})
}

// limits are the files that there are, and how large they may be.
func limits() map[string]int {
	limit := map[string]int{"tour.svg": tourLimit}
	for _, sc := range scenes {
		limit[sc.name+".svg"] = smallLimit
		if sc.size != [2]int{} {
			limit[sc.name+".svg"] = wideLimit
		}
	}
	return limit
}

func TestPictures_NoneWithoutAScene(t *testing.T) {
	files, err := filepath.Glob("*.svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if limits()[f] == 0 {
			t.Errorf("%s belongs to no scene", f)
		}
	}
}

// firstDifference is the first line that two texts do not share.
func firstDifference(old, now string) string {
	a, b := strings.Split(old, "\n"), strings.Split(now, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return "- " + a[i] + "\n+ " + b[i]
		}
	}
	return "one of them is longer"
}

// TestPictures_AreSafeOnAPage reads the files as a page does: they are small,
// run nothing, load nothing, and tell those who do not see them what they show.
func TestPictures_AreSafeOnAPage(t *testing.T) {
	for name, most := range limits() {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(data) > most {
			t.Errorf("%s has %d bytes, more than %d", name, len(data), most)
		}
		if err := inspect(string(data), harmless); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, no := range []string{"@import", "url(", os.TempDir() + "/", "%!", "&lt;nil&gt;"} {
			if strings.Contains(string(data), no) {
				t.Errorf("%s has %q", name, no)
			}
		}
		for _, must := range []string{"<title id=\"title\">skep", "<desc id=\"desc\">", "role=\"img\""} {
			if !strings.Contains(string(data), must) {
				t.Errorf("%s has no %s", name, must)
			}
		}
	}
}

// harmless refuses what is not of a picture's few elements, and references to
// anything outside of it.
func harmless(e xml.StartElement) error {
	if !slices.Contains([]string{"svg", "title", "desc", "style", "defs", "g", "path", "rect", "use", "text"}, e.Name.Local) {
		return fmt.Errorf("it has a <%s>", e.Name.Local)
	}
	for _, a := range e.Attr {
		if a.Name.Local == "href" && !strings.HasPrefix(a.Value, "#") || strings.HasPrefix(a.Name.Local, "on") {
			return fmt.Errorf("it has %s=%q", a.Name.Local, a.Value)
		}
	}
	return nil
}

// inspect reads a text as XML, and shows each element to a check.
func inspect(text string, check func(xml.StartElement) error) error {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		tok, err := d.Token()
		switch e, ok := tok.(xml.StartElement); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case ok:
			if err := check(e); err != nil {
				return err
			}
		}
	}
}
