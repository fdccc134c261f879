package triage

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"skep/model"
)

// unusedAfter is how old a secret or config is that nobody names before that is
// told: what is made for a deployment is named soon. supersededAfter is the same
// of one of which there is a newer version.
const (
	unusedAfter     = 24 * time.Hour
	supersededAfter = 10 * time.Minute
)

// unusedObjects notes the secrets and configs that no service names, nor would after
// a rollback.
func unusedObjects(c *sweep, report func(model.Finding)) {
	for _, kind := range listedWhole {
		var names []string
		f := model.Finding{Ref: model.FindingID("unused-" + string(kind)).Ref(), Part: string(kind), Status: model.Neutral, Claim: "named by no service",
			Remedy: model.Remedy{Text: fmt.Sprintf("remove those that nobody needs any more (docker %s rm NAME)", kind)}}
		for _, m := range c.listed(kind) {
			if c.now.Sub(m.Created) < unusedAfter || len(c.Users(m.Ref)) > 0 {
				continue
			}
			names = append(names, m.Name)
			f.Evidence = append(f.Evidence, model.Evidence{Object: m.Name, Field: "CreatedAt", Value: m.Created.UTC().Format(time.DateOnly)})
		}
		if len(names) > 0 {
			f.Subject, f.Why, f.Evidence = model.Plural(len(names), string(kind)), some(names), someEvidence(f.Evidence)
			report(f)
		}
	}
}

// superseded notes services that name an older version of a secret or config than
// there is: engines change neither, so a new one gets a new name.
func superseded(c *sweep, report func(model.Finding)) {
	for _, kind := range listedWhole {
		newest := map[string]model.Meta{}
		for _, m := range c.listed(kind) {
			base, n, is := version(m.Name)
			if _, best, known := version(newest[base].Name); is && (!known || n > best) {
				newest[base] = m
			}
		}
		for _, m := range c.listed(kind) {
			base, _, is := version(m.Name)
			next := newest[base]
			if !is || next.Name == m.Name || c.now.Sub(next.Created) < supersededAfter {
				continue
			}
			now, _ := model.UserNames(c.Users(m.Ref))
			if len(now) == 0 {
				continue
			}
			report(model.Finding{Ref: m.Ref, Part: "superseded", Subject: string(kind) + " " + m.Name, Status: model.Neutral, Confidence: model.Hint,
				Claim: "still in use beside " + next.Name, Why: "named by " + some(now),
				Evidence: []model.Evidence{{Object: next.Name, Field: "CreatedAt", Value: next.Created.UTC().Format(time.DateTime)}},
				Remedy:   model.Remedy{Text: "rotate it, if the newer one is meant for these services"}})
		}
	}
}

// listed are what objects of a kind have in common, if the list is whole.
func (c *sweep) listed(kind model.Kind) (out []model.Meta) {
	if set := c.Set(kind); set.At.IsZero() || set.Err != nil || c.ServicesAt.IsZero() {
		return nil
	}
	for _, o := range model.Listed[model.Object](c.Cluster, kind) {
		out = append(out, o.Meta())
	}
	return out
}

// version takes a name such as db_password_v2 apart: what it is of, and its number.
func version(name string) (base string, n uint64, is bool) {
	base = strings.TrimRight(name, "0123456789")
	n, err := strconv.ParseUint(name[len(base):], 10, 64)
	base = strings.TrimSuffix(base, "v")
	stem := strings.TrimRight(base, "-_.")
	return stem, n, err == nil && stem != "" && stem != base
}
