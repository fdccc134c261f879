package detail

import (
	"strings"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

var _ = describes(model.KindSecret, (*sheet).secret)

// secret describes a secret, of which nobody is told what it holds.
func (s *sheet) secret() {
	x, ok := objectOf[*model.Secret](s)
	if !ok {
		return
	}
	s.object("Secret", x.Meta())
	s.field("Value", dim("the engine gives it to tasks only"))
	s.volumesWith(x.ID)
	s.driver("Driver", x.Spec.Driver)
	s.driver("Template", x.Spec.Templating)
	s.usersOf(x.Meta().Ref, func(svc *model.Service) string {
		for _, r := range svc.Spec.TaskTemplate.ContainerSpec.Secrets {
			if r != nil && r.SecretID == x.ID && r.File != nil {
				return strings.TrimSpace(fileWords(r.File.Name, "/run/secrets", r.File.UID, r.File.GID, mode(r.File.Mode)))
			}
		}
		return ""
	})
	s.labels("Labels", x.Spec.Labels)
}

// driver is what makes, keeps or fills in something.
func (s *sheet) driver(key string, d *swarm.Driver) {
	if d == nil {
		return
	}
	s.field(key, plain(d.Name))
	for _, o := range s.options(d.Options) {
		s.more(plain(o))
	}
}
