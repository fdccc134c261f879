package detail

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

var _ = describes(model.KindConfig, (*sheet).config)

// config describes a config and shows what it holds.
func (s *sheet) config() {
	x, ok := objectOf[*model.Config](s)
	if !ok {
		return
	}
	s.object("Config", x.Meta())
	s.driver("Template", x.Spec.Templating)
	s.usersOf(x.Meta().Ref, func(svc *model.Service) string {
		for _, r := range svc.Spec.TaskTemplate.ContainerSpec.Configs {
			if r != nil && r.ConfigID == x.ID && r.File != nil {
				return strings.TrimSpace(fileWords(r.File.Name, "/", r.File.UID, r.File.GID, mode(r.File.Mode)))
			}
		}
		return ""
	})
	s.labels("Labels", x.Spec.Labels)
	var read swarm.Config // A list does not keep the contents.
	_ = decode(s.in.Doc.Raw, &read)
	if len(s.in.Doc.Raw) == 0 {
		s.section("Content")
		s.none("it has not been read yet")
		return
	}
	s.content(read.Spec.Data)
}

// maxContent is how many bytes of a content are shown: more than anybody reads
// here, and less than takes long to mask and to wrap.
const maxContent = 64 << 10

// content shows what a config holds, if that is text, with what is secret in it
// masked.
func (s *sheet) content(data []byte) {
	s.section(fmt.Sprintf("Content (%s)", model.Bytes(int64(len(data)))))
	switch {
	case len(data) == 0:
		s.none("empty")
		return
	case !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0:
		s.none("not text: docker config inspect gives it, base64-encoded")
		return
	}
	text, more := string(data), 0
	if len(text) > maxContent {
		cut := strings.LastIndexByte(text[:maxContent], '\n') + 1
		if cut == 0 {
			cut = maxContent
			for !utf8.RuneStart(text[cut]) {
				cut--
			}
		}
		text, more = text[:cut], len(text)-cut
	}
	// As a whole: what is secret may go over several lines.
	for _, l := range strings.Split(strings.TrimSuffix(s.mask(model.MaskText, text), "\n"), "\n") {
		s.item(plain(strings.ReplaceAll(strings.TrimSuffix(l, "\r"), "\t", "    ")))
	}
	if more > 0 {
		s.none(fmt.Sprintf("and %s more: docker config inspect gives all", model.Bytes(int64(more))))
	}
}
