// Command screenshots draws the pictures of the console that stand beside it,
// and the tour.
//
//	go run ./screenshots                                     writes those that changed
//	go run ./screenshots -test.run Pictures/tour             writes one
//	go run ./screenshots -frames DIR -test.run Pictures/tour writes each moment of the tour as a picture of its own
//
// What it promises: the pictures show the program itself, with its own feed and
// client, on the embedded swarm of the demo. They are the same bytes on every
// machine and in every run, because the seed of the swarm is fixed and all time
// is virtual. "go test ./screenshots" fails when one of them is stale.
//
// A picture is one entry of scenes; the tour is the list of its steps.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var (
	dir    = flag.String("dir", "screenshots", "the folder that the pictures are written to")
	frames = flag.String("frames", "", "the folder that single frames of the tour are written to, for looking at them")
)

// The console's clock is the machine's, whose place must not matter.
func init() { time.Local = time.UTC }

// Virtual time that knows when all goroutines rest is to be had from
// testing/synctest only, and that only within a test: so this is one.
func main() {
	everything := func(_, _ string) (bool, error) { return true, nil }
	testing.Main(everything, []testing.InternalTest{{Name: "Pictures", F: func(t *testing.T) { draw(t, write) }}}, nil, nil)
}

// write renews a file, if it is not that already.
func write(t *testing.T, name, svg string) {
	path := filepath.Join(*dir, name)
	if old, err := os.ReadFile(path); err == nil && string(old) == svg {
		return
	}
	if err := os.WriteFile(path, []byte(svg), 0o644); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%s: %d bytes\n", path, len(svg))
}

// draw makes every picture, each in a test of its own, and hands it over with
// the name of its file.
func draw(t *testing.T, take func(t *testing.T, name, svg string)) {
	for _, sc := range scenes {
		t.Run(sc.name, func(t *testing.T) { take(t, sc.name+".svg", sc.draw(t)) })
	}
	t.Run("tour", func(t *testing.T) {
		film := incident.play(t)
		take(t, "tour.svg", film.animated())
		if *frames != "" {
			film.writeStills(t, *frames)
		}
	})
}
