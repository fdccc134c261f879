package actions

import (
	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// Differ are the fields in which two specifications of a service do not mean the
// same.
func Differ(before, after *swarm.ServiceSpec) ([]model.Change, error) {
	b, err := canonical(before)
	if err != nil {
		return nil, err
	}
	a, err := canonical(after)
	if err != nil {
		return nil, err
	}
	var out []model.Change
	for _, path := range differing(b, a) {
		out = append(out, changeAt(path, b, a)...)
	}
	return out, nil
}
