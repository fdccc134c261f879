package detail

import (
	"fmt"

	"skep/model"
)

var _ = describes(model.KindContext, (*sheet).context)

// context describes a docker context, from what docker context inspect prints.
func (s *sheet) context() {
	s.section("Context " + s.in.Ref.ID)
	if len(s.in.Doc.Raw) == 0 {
		s.none("it has not been read yet")
		return
	}
	var read struct {
		Metadata  map[string]any
		Endpoints map[string]struct {
			Host          string
			SkipTLSVerify bool
		}
		TLSMaterial map[string][]string
		Storage     struct{ MetadataPath, TLSPath string }
	}
	_ = decode(s.in.Doc.Raw, &read)
	if s.in.Cluster.Session.Context == s.in.Ref.ID {
		s.field("Connection", plain("skep is connected to it"))
	}
	if d, ok := read.Metadata["Description"].(string); ok {
		s.text("Description", d)
	}
	at := read.Endpoints["docker"]
	s.text("Host", s.mask(model.MaskText, at.Host))
	switch files := read.TLSMaterial["docker"]; {
	case len(files) > 0:
		s.list("TLS", files)
		if at.SkipTLSVerify {
			s.more(s.status("the engine's certificate is not verified", model.Warning))
		}
	case at.SkipTLSVerify:
		s.field("TLS", s.status("the engine's certificate is not verified", model.Warning))
	}
	s.text("Kept in", read.Storage.MetadataPath)
	if len(read.Endpoints) > 1 {
		s.field("Endpoints", plain(fmt.Sprint(len(read.Endpoints))))
	}
}
