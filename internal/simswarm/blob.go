package simswarm

import (
	"bytes"
	"maps"
	"regexp"

	"github.com/moby/moby/api/types/swarm"
)

// blob is a secret or a config: the two differ in little.
type blob struct {
	kind   string // "secret" or "config"
	id     string
	meta   swarm.Meta
	name   string
	labels map[string]string
	data   []byte
	tmpl   *swarm.Driver
	driver *swarm.Driver
}

// blobName is what the engine takes as the name of a secret or a config.
var blobName = regexp.MustCompile(`^[a-zA-Z0-9]+(?:[a-zA-Z0-9-_.]*[a-zA-Z0-9])?$`)

// The largest contents that the engine takes, in bytes.
const (
	maxSecret = 500 * 1024
	maxConfig = 1000 * 1024
)

func blobID(b *blob) string { return b.id }
func blobOf(b *blob) string { return b.name }
func (b *blob) limit() int {
	if b.kind == "secret" {
		return maxSecret
	}
	return maxConfig
}

func findBlob(list []*blob, id string) *blob {
	for _, b := range list {
		if b.id == id {
			return b
		}
	}
	return nil
}

func (s *Swarm) blobs(kind string) *[]*blob {
	if kind == "secret" {
		return &s.secrets
	}
	return &s.configs
}

func (s *Swarm) getBlob(kind, key string) (*blob, error) {
	return lookup(kind, key, *s.blobs(kind), blobID, blobOf)
}

func (s *Swarm) createBlob(b blob) (*blob, error) {
	switch {
	case b.name == "":
		return nil, refuse("InvalidArgument", "name must be provided")
	case len(b.name) > 64 || !blobName.MatchString(b.name):
		return nil, refuse("InvalidArgument", "invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, "+
			"and the start and end character must be [a-zA-Z0-9]")
	case b.driver == nil && (len(b.data) == 0 || len(b.data) >= b.limit()):
		return nil, refuse("InvalidArgument", "%s data must be larger than 0 and less than %d bytes", b.kind, b.limit())
	}
	list := s.blobs(b.kind)
	for _, o := range *list {
		if o.name == b.name {
			return nil, refuse("AlreadyExists", "%s %s already exists", b.kind, b.name)
		}
	}
	b.id = s.newID()
	b.labels = orEmpty(b.labels)
	s.touch(&b.meta)
	*list = append(*list, &b)
	s.emit(b.kind, "create", b.id, map[string]string{"name": b.name})
	return &b, nil
}

// updateBlob changes the labels; nothing else may change.
func (s *Swarm) updateBlob(key string, version uint64, to blob) error {
	b, err := s.getBlob(to.kind, key)
	if err != nil {
		return err
	}
	if to.name != b.name || to.data != nil && !bytes.Equal(to.data, b.data) {
		return refuse("InvalidArgument", "only updates to Labels are allowed")
	}
	if version != b.meta.Version.Index {
		return errSequence()
	}
	b.labels = maps.Clone(orEmpty(to.labels))
	s.touch(&b.meta)
	s.emit(b.kind, "update", b.id, map[string]string{"name": b.name})
	return nil
}

// removeBlob refuses while a service uses it. Only the current specifications
// count, not the previous ones.
func (s *Swarm) removeBlob(kind, key string) error {
	b, err := s.getBlob(kind, key)
	if err != nil {
		return err
	}
	var users string
	count := 0
	for _, svc := range s.services {
		if svc.uses(b) {
			if count++; count > 1 {
				users += ", "
			}
			users += svc.name()
		}
	}
	if count > 0 {
		word := "service"
		if count > 1 {
			word = "services"
		}
		return refuse("InvalidArgument", "%s '%s' is in use by the following %s: %s", kind, b.name, word, users)
	}
	list := s.blobs(kind)
	*list = remove(*list, b)
	s.index++
	s.changed = true
	s.emit(kind, "remove", b.id, map[string]string{"name": b.name})
	return nil
}

func (svc *service) uses(b *blob) bool {
	c := svc.api.Spec.TaskTemplate.ContainerSpec
	if c == nil {
		return false
	}
	for _, r := range c.Secrets {
		if b.kind == "secret" && r.SecretID == b.id {
			return true
		}
	}
	for _, r := range c.Configs {
		if b.kind == "config" && r.ConfigID == b.id {
			return true
		}
	}
	return false
}

// secret is the blob as the API shows a secret: without its content.
func (b *blob) secret() swarm.Secret {
	return swarm.Secret{ID: b.id, Meta: b.meta, Spec: swarm.SecretSpec{
		Annotations: swarm.Annotations{Name: b.name, Labels: b.labels}, Driver: b.driver, Templating: b.tmpl,
	}}
}

// config is the blob as the API shows a config.
func (b *blob) config() swarm.Config {
	return swarm.Config{ID: b.id, Meta: b.meta, Spec: swarm.ConfigSpec{
		Annotations: swarm.Annotations{Name: b.name, Labels: b.labels}, Data: b.data, Templating: b.tmpl,
	}}
}
