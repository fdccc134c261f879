package detail

import (
	"encoding/json"
	"fmt"
	"strings"

	"skep/model"
	"skep/ui/theme"
)

// A rollback that changes more than this is not read line by line.
const maxChanges = 40

// previous tells what a rollback would bring back. Every write replaces the
// previous spec, also a scale, so it is not always what people expect.
func (s *sheet) previous(svc *model.Service) {
	s.section("A rollback would change")
	now, before := s.specs(svc)
	if len(before) == 0 {
		s.none("nothing: there is no previous spec")
		return
	}
	changes := model.SpecChanges(now, before)
	if len(changes) == 0 {
		s.none("nothing: the previous spec is the same")
		return
	}
	for i, c := range changes {
		if i == maxChanges {
			s.none(fmt.Sprintf("and %d more", len(changes)-i))
			return
		}
		s.change(c)
	}
}

// specs are the present and the previous spec, from the document where it is
// as new as the snapshot: only the document has them byte for byte.
func (s *sheet) specs(svc *model.Service) (now, before json.RawMessage) {
	if d := s.in.Doc; len(d.Spec) > 0 && d.Ref == s.in.Ref && d.Version >= svc.Version.Index {
		if string(d.Previous) == "null" {
			return d.Spec, nil
		}
		return d.Spec, d.Previous
	}
	if svc.PreviousSpec == nil {
		return nil, nil
	}
	now, err := json.Marshal(&svc.Spec)
	if err != nil {
		return nil, nil
	}
	before, err = json.Marshal(svc.PreviousSpec)
	if err != nil {
		return nil, nil
	}
	return now, before
}

// change shows what one field is and what it would be.
func (s *sheet) change(c model.Change) {
	name := strings.TrimPrefix(strings.TrimPrefix(c.Path, "TaskTemplate."), "ContainerSpec.")
	if name == "" {
		name = "Spec"
	}
	s.item(Span{Text: name, Role: theme.Dim})
	if before := s.changeValue(c.Before, c.BareBefore); before != "" {
		s.itemAt(indent+indent, Span{Text: "- " + before, Role: theme.Removed})
	}
	if after := s.changeValue(c.After, c.BareAfter); after != "" {
		s.itemAt(indent+indent, Span{Text: "+ " + after, Role: theme.Added})
	}
}

// changeValue is one side of a change. Lists of words, such as a command line,
// are written as JSON there, and as a shell takes them here.
func (s *sheet) changeValue(hidden, bare string) string {
	value := s.mask(func(string) string { return hidden }, bare)
	var words []string
	if strings.HasPrefix(value, "[") && json.Unmarshal([]byte(value), &words) == nil {
		return shellWords(words)
	}
	return value
}
