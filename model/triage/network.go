package triage

import (
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// fullAfter is how long a task waits for an address before its network is looked
// at: the manager gives one within a second where there is one.
const fullAfter = 5 * time.Second

// networkFull reports services whose tasks wait for an address of a network that
// has none left, before they are late: nothing is on its way there.
func networkFull(c *sweep, report func(model.Finding)) {
	for _, s := range c.Services() {
		f := c.Facts(s.Key())
		w := f.Waiting
		if w == nil || w.State != swarm.TaskStateNew || f.Shortage() != model.Moving || c.by(f.TasksAt).Sub(w.CreatedAt) < fullAfter {
			continue
		}
		r := c.whyNew(s, w)
		if !r.never {
			continue
		}
		p := problem(s, f, model.Warning, shortClaim(s, f))
		if f.Up == 0 {
			p.Status = model.Broken
		}
		r.tell(&p)
		p.Since = w.CreatedAt
		report(p)
	}
}
