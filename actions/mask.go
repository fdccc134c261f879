package actions

import (
	"slices"

	"skep/model"
)

// hideSecrets takes what is secret out of the words of a plan, which quote the
// engine, the registry and specifications. Changes have none, and commands are
// made without.
func (p *Plan) hideSecrets() {
	for _, text := range []*string{&p.Title, &p.Impact.Stuck, &p.Impact.MayStick, &p.Undo.Sentence, &p.Confirm.Why} {
		*text = model.MaskText(*text)
	}
	p.Impact.Sentences, p.Warnings = masked(p.Impact.Sentences), masked(p.Warnings)
}

// masked are texts without what is secret in them.
func masked(texts []string) []string {
	out := texts
	for i, t := range texts {
		if m := model.MaskText(t); m != t {
			if &out[0] == &texts[0] {
				out = slices.Clone(texts)
			}
			out[i] = m
		}
	}
	return out
}
