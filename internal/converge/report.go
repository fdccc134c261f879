package converge

import (
	"fmt"
	"strings"
	"time"

	"skep/internal/safetext"
	"skep/model"
)

// Schema is the version of the JSON.
const Schema = "skep.wait/1"

// Culprit is the task to blame.
type Culprit struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Node  string `json:"node,omitempty"`
	State string `json:"state"`
	// Error is the engine's, whole.
	Error    string `json:"error,omitempty"`
	ExitCode *int   `json:"exit_code,omitempty"`
}

// Service is what became of one service.
type Service struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Outcome string `json:"outcome"`
	Why     string `json:"why"`
	// New is how many of Want are up, or for a job complete.
	New     int      `json:"new"`
	Want    int      `json:"want"`
	Culprit *Culprit `json:"culprit,omitempty"`
}

// Report is what became of all.
type Report struct {
	Schema   string    `json:"schema"`
	Outcome  string    `json:"outcome"`
	ExitCode int       `json:"exit_code"`
	Seconds  float64   `json:"seconds"`
	Services []Service `json:"services"`
}

// outcomeTimeout is what the report calls a service that still moves when the
// time is up.
const outcomeTimeout = "timeout"

func word(o model.Outcome) string {
	if o == model.OutcomeMoving {
		return outcomeTimeout
	}
	return string(o)
}

// NewReport is the report of a wait that has ended.
func NewReport(s State) Report {
	r := Report{Schema: Schema, Outcome: word(s.Worst()), ExitCode: s.ExitCode(), Seconds: s.Elapsed.Round(100 * time.Millisecond).Seconds(), Services: []Service{}}
	for _, v := range s.Services {
		one := Service{ID: string(v.Service), Name: v.Name, Outcome: word(outcomeOf(v)), Why: model.MaskText(v.Why)}
		if v.Outcome == model.OutcomeMoving && v.Standing != nil && v.Standing.Complete() {
			one.Why += ", for " + held(v)
		}
		if t := v.Standing; t != nil {
			one.New, one.Want = v.Ready(), t.Want
		}
		if t := v.Culprit; t != nil && v.Outcome != model.OutcomeConverged {
			one.Culprit = &Culprit{ID: string(t.ID), Name: s.Cluster.TaskName(t), State: string(t.State), Error: model.MaskText(t.Err)}
			if t.NodeID != "" {
				one.Culprit.Node = s.Cluster.NodeName(t.NodeID)
			}
			if t.Exited {
				one.Culprit.ExitCode = &t.ExitCode
			}
		}
		r.Services = append(r.Services, one)
	}
	return r
}

// Text is the line for people about what went well.
func (r Report) Text() string {
	took := model.Span(time.Duration(r.Seconds * float64(time.Second)).Round(time.Second))
	switch {
	case len(r.Services) == 0:
		return "there is no service to wait for\n"
	case len(r.Services) == 1 && r.ExitCode == 0:
		return safetext.Line(fmt.Sprintf("%s: converged in %s: %s", r.Services[0].Name, took, r.Services[0].Why)) + "\n"
	case r.ExitCode == 0:
		return fmt.Sprintf("%s converged in %s\n", model.Plural(len(r.Services), "service"), took)
	}
	good := 0
	for _, s := range r.Services {
		if s.Outcome == word(model.OutcomeConverged) {
			good++
		}
	}
	return fmt.Sprintf("%d of %s converged in %s\n", good, model.Plural(len(r.Services), "service"), took)
}

// Failures are a line for each service that did not converge, with the task to
// blame and its error, whole.
func (r Report) Failures() []string {
	var out []string
	for _, s := range r.Services {
		if s.Outcome == word(model.OutcomeConverged) {
			continue
		}
		out = append(out, safetext.Line(s.Name+": "+s.Outcome+": "+s.Why))
		if c := s.Culprit; c != nil && !(strings.Contains(s.Why, c.Name) && strings.Contains(s.Why, c.Error)) {
			text := fmt.Sprintf("  task %s (%s), %s", c.Name, model.ShortID(c.ID), c.State)
			if c.Node != "" {
				text += " on " + c.Node
			}
			if c.ExitCode != nil && *c.ExitCode != 0 {
				text += fmt.Sprintf(", exit code %d", *c.ExitCode)
			}
			if c.Error != "" {
				text += ": " + c.Error
			}
			out = append(out, safetext.Line(text))
		}
	}
	return out
}

// Lines are how everything stands, a line each.
func (s State) Lines() []string {
	out := make([]string, len(s.Services))
	for i, v := range s.Services {
		out[i] = line(v)
	}
	return out
}

func line(v model.Convergence) string {
	text := v.Name + ": "
	switch {
	case v.Settled():
		text += string(v.Outcome)
	case v.Suspect != model.OutcomeMoving && v.Suspect != model.OutcomeUnknown:
		text += "in progress, but so far " + string(v.Suspect)
	case v.Held > 0 || v.Standing != nil && v.Standing.Complete():
		text += "watched"
	default:
		text += string(v.Outcome)
	}
	return safetext.Line(text + ": " + model.MaskText(v.Why))
}

// held is how long a service has been watched, of how long it has to be.
func held(v model.Convergence) string {
	return fmt.Sprintf("%s of the %s that they are watched", model.Span(v.Held.Round(time.Second)), model.Span(v.Window.Round(time.Second)))
}

// Brief is how everything stands, in one line.
func (s State) Brief() string {
	took := model.Span(s.Elapsed.Round(time.Second))
	if len(s.Services) == 1 {
		v := s.Services[0]
		text := line(v)
		if v.Held > 0 && !v.Settled() {
			text += ", for " + held(v)
		}
		return took + "  " + text
	}
	good := 0
	var open []string
	for _, v := range s.Services {
		if v.Outcome == model.OutcomeConverged {
			good++
		} else {
			open = append(open, line(v))
		}
	}
	text := fmt.Sprintf("%s  %d of %d converged", took, good, len(s.Services))
	if len(open) > 0 {
		text += "; " + strings.Join(open, "; ")
	}
	return text
}
