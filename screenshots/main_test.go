package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
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
	drawn := map[string]bool{}
	draw(t, func(name, svg string) {
		drawn[name] = true
		old, err := os.ReadFile(name)
		switch {
		case err != nil:
			t.Errorf("%v: %s writes it", err, renew)
		case string(old) != svg:
			t.Errorf("%s is stale: %s renews it, and it is to be looked at then.\n%s", name, renew, firstDifference(string(old), svg))
		}
	})
	files, err := filepath.Glob("*.svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !drawn[f] {
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

// TestPictures_AreSafeOnAPage reads the files as a page does.
func TestPictures_AreSafeOnAPage(t *testing.T) {
	limit := map[string]int{"tour.svg": tourLimit}
	for _, sc := range scenes {
		limit[sc.name+".svg"] = smallLimit
		if sc.size != [2]int{} {
			limit[sc.name+".svg"] = wideLimit
		}
	}
	for name, most := range limit {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(data) > most {
			t.Errorf("%s has %d bytes, more than %d", name, len(data), most)
		}
		if err := wellFormed(string(data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, no := range []string{"<script", "http://", "https://", "url(", "@import", os.TempDir(), "%!", "&lt;nil&gt;"} {
			text := strings.ReplaceAll(string(data), `xmlns="http://www.w3.org/2000/svg"`, "")
			// An address on the screen of a log refers to nothing.
			if text = strings.ReplaceAll(text, "url=https://pay.example/v3", ""); strings.Contains(text, no) {
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

// wellFormed reads a text as XML.
func wellFormed(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
