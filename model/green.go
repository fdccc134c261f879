package model

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// LabelGreen is on a service that was made beside another one, to take its place;
// see [GreenMark].
const LabelGreen = "skep.green"

// GreenPhase is how far that is.
type GreenPhase string

// The phases.
const (
	// GreenBeside runs, and gets no requests.
	GreenBeside GreenPhase = "beside"
	// GreenStepping gets a growing part of them.
	GreenStepping GreenPhase = "stepping"
	// GreenNaming takes over the network aliases of the other one.
	GreenNaming GreenPhase = "naming"
	// GreenOver gets all.
	GreenOver GreenPhase = "over"
	// GreenBack waits until the other one is up, to give them back.
	GreenBack GreenPhase = "back"
	// GreenFinishing is where the other one is to become what this one is.
	GreenFinishing GreenPhase = "finishing"
	// GreenRenewed is where it is becoming that.
	GreenRenewed GreenPhase = "renewed"
	// GreenReturned has given the requests back, and is to be removed.
	GreenReturned GreenPhase = "returned"
)

var greenPhases = []GreenPhase{GreenBeside, GreenStepping, GreenNaming, GreenOver, GreenBack, GreenFinishing, GreenRenewed, GreenReturned}

// GreenMark says of a service beside which one it stands, and how far it has taken
// its place.
type GreenMark struct {
	// Blue is the other one.
	Blue  ServiceID
	Phase GreenPhase
	// Steps are the numbers of replicas that are still to come before it gets all.
	Steps []int
	// Weight is what the other one had before a switch in steps by weights; empty for
	// none.
	Weight string
	// Pause is how long it is waited after each change of who gets requests.
	Pause time.Duration
	// Began is when the phase, or its last step, began.
	Began time.Time
}

// Unfinished reports whether something of it goes on by itself.
func (m GreenMark) Unfinished() bool { return m.Phase != GreenBeside && m.Phase != GreenOver }

// String is the mark as the value of a label.
func (m GreenMark) String() string {
	words := []string{string(m.Blue), string(m.Phase)}
	if len(m.Steps) > 0 {
		steps := make([]string, len(m.Steps))
		for i, n := range m.Steps {
			steps[i] = strconv.Itoa(n)
		}
		words = append(words, "steps="+strings.Join(steps, ","))
	}
	if m.Weight != "" {
		words = append(words, "weight="+m.Weight)
	}
	if m.Pause > 0 {
		words = append(words, "pause="+m.Pause.String())
	}
	return strings.Join(append(words, m.Began.UTC().Format(time.RFC3339)), " ")
}

// ParseGreenMark reads one; false for what is none.
func ParseGreenMark(text string) (GreenMark, bool) {
	words, began, ok := cutTime(text)
	if !ok || len(words) < 2 {
		return GreenMark{}, false
	}
	m := GreenMark{Blue: ServiceID(words[0]), Phase: GreenPhase(words[1]), Began: began}
	if !slices.Contains(greenPhases, m.Phase) {
		return GreenMark{}, false
	}
	for _, w := range words[2:] {
		key, value, _ := strings.Cut(w, "=")
		var err error
		switch key {
		case "steps":
			m.Steps, err = parseCounts(value)
		case "weight":
			m.Weight = value
			_, err = strconv.ParseUint(value, 10, 16)
		case "pause":
			m.Pause, err = time.ParseDuration(value)
		}
		if err != nil || m.Pause < 0 {
			return GreenMark{}, false
		}
	}
	return m, true
}

func parseCounts(text string) ([]int, error) {
	var out []int
	for word := range strings.SplitSeq(text, ",") {
		n, err := strconv.ParseUint(word, 10, 32)
		if err != nil {
			return nil, err
		}
		out = append(out, Count(n))
	}
	return out, nil
}

// GreenMark is the service's; false for none.
func (s *Service) GreenMark() (GreenMark, bool) { return ParseGreenMark(s.Spec.Labels[LabelGreen]) }

// Green is the service that stands beside another one; nil for none.
func (c *Cluster) Green(blue ServiceID) *Service {
	for _, s := range c.services {
		if m, ok := s.GreenMark(); ok && m.Blue == blue {
			return s
		}
	}
	return nil
}
