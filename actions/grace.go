package actions

import "time"

// warnGrace says what a stop grace period below zero does, which engines take: they
// count whole seconds, and wait without an end where those are below zero (moby
// daemon/stop.go; on Engine 20.10 a process that ignores SIGTERM ran on for as long as
// was looked, 66 s with -5s).
func (p *Proposal) warnGrace() {
	for _, s := range p.Plan.Steps {
		after, err := s.after(s.Seen)
		if err != nil || !s.Ref.Kind.Info().Writes.Image {
			continue
		}
		var was, is time.Duration
		decodeField(s.Seen.Spec, &was, pathGrace...)
		if decodeField(after, &is, pathGrace...); is >= 0 || was == is {
			continue
		}
		does := "engines wait for ever for a task to stop by itself, and updates with them"
		if is > -time.Second {
			does = "engines kill a task at once"
		}
		p.Plan.warn("%s: the stop grace period is below zero (%s): %s", s.Name, is, does)
	}
}

var pathGrace = []string{"TaskTemplate", "ContainerSpec", "StopGracePeriod"}
