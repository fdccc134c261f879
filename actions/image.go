package actions

import (
	"errors"
	"fmt"
	"strings"

	"github.com/distribution/reference"

	"skep/model"
)

var image = Action{
	Verb: "image", Title: "Update image", Kind: model.KindService, Tier: Disruptive,
	Enabled: func(c *model.Cluster, t Target) string {
		if serviceOf(c, t).Image() == "" {
			return "the service does not run an image"
		}
		return ""
	},
	Form:  imageForm,
	Image: func(in Input) string { ref, _ := parseImage(in.Values["image"]); return ref },
	Plan:  planImage,
}

func imageForm(c *model.Cluster, targets []Target) *Form {
	f := Field{
		Key: "image", Label: "Image", Hint: "name:tag; the registry is asked for its digest",
		Check: func(v string) error { _, err := parseImage(v); return err },
	}
	title := fmt.Sprintf("Update the image of %d services", len(targets))
	if len(targets) == 1 {
		title = "Update the image of " + targets[0].Name
	}
	for i, t := range targets {
		s := serviceOf(c, t)
		if s == nil {
			continue
		}
		// Without the digest, so that the same tag can be asked for anew.
		today := withoutDigest(s.Image())
		if i > 0 && today != f.Value {
			today = ""
		}
		f.Value = today
	}
	return &Form{Title: title, Fields: []Field{f}}
}

// parseImage reads an image reference and gives it back as docker would write
// it into a service: with a tag, and without the names it adds by itself.
func parseImage(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", errors.New("which image? For example nginx:1.29 or registry:5000/team/app:2.0")
	}
	ref, err := reference.ParseNormalizedNamed(text)
	if err != nil {
		return "", fmt.Errorf("%q is not the name of an image: %s", text, imageFault(text, err))
	}
	return reference.FamiliarString(reference.TagNameOnly(ref)), nil
}

// imageFault says what is wrong with a name, where the parser's own words do
// not help.
func imageFault(text string, err error) string {
	switch {
	case strings.ContainsAny(text, " \t\r\n"):
		return "it has a space in it"
	case strings.Contains(text, "://"):
		return "it is a URL; leave out everything up to and including ://"
	case errors.Is(err, reference.ErrNameContainsUppercase), strings.Contains(err.Error(), "must be lowercase"):
		return "only tags may have upper case"
	case errors.Is(err, reference.ErrNameTooLong):
		return fmt.Sprintf("it is longer than %d characters", reference.RepositoryNameTotalLengthMax)
	case strings.HasSuffix(text, ":"):
		return "the tag after the colon is missing"
	case errors.Is(err, reference.ErrReferenceInvalidFormat):
		return "it should look like name:tag or host:port/path/name:tag"
	default:
		return err.Error()
	}
}

// withoutDigest takes the digest off a reference that has a tag.
func withoutDigest(image string) string {
	ref, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return image
	}
	if tagged, ok := ref.(reference.Tagged); ok {
		if named, err := reference.WithTag(reference.TrimNamed(ref), tagged.Tag()); err == nil {
			return reference.FamiliarString(named)
		}
	}
	return image
}

func planImage(in Input) (Plan, error) {
	s := readService(in)
	want, err := parseImage(in.Values["image"])
	if err != nil {
		return Plan{}, err
	}
	if s.image() == "" {
		return Plan{}, errors.New("the service does not run an image")
	}
	edits := imageEdits(in, want)
	p, err := newPlan(in, "image", Disruptive, edits...)
	if errors.Is(err, ErrNoChange) {
		return Plan{}, fmt.Errorf("%w: %s already runs %s", ErrNoChange, s.name(), s.image())
	}
	if err != nil {
		return Plan{}, err
	}
	p.Steps[0].Image = want
	p.Title = fmt.Sprintf("update the image of %s to %s", s.name(), want)
	p.Commands = []string{command("service", "update", "--image", want, s.arg())}
	p.Undo.Sentence = "set the image back to " + withoutDigest(s.image())
	p.Undo.Commands = []string{command("service", "update", "--image", s.image(), s.arg())}
	after, err := Apply(in.Doc.Spec, edits)
	if err != nil {
		return Plan{}, err
	}
	if s.job() {
		s.rerun(&p, after)
	} else {
		s.foretell(&p, after, "UpdateConfig")
	}
	s.warnMixed(&p)
	s.warnUnpinned(&p, want)
	s.warnStackImage(&p, want)
	s.warnPlatforms(&p, after)
	s.finish(&p, "this change of the image")
	return p, nil
}

// imageEdits set an image, with what the registry said of it.
func imageEdits(in Input, want string) []Edit {
	if in.Image == nil {
		return []Edit{{Path: pathImage, Value: want}}
	}
	out := []Edit{{Path: pathImage, Value: in.Image.Pinned}}
	if len(in.Image.Platforms) > 0 {
		// As docker does: the scheduler then passes over the nodes for which the image
		// was not built.
		out = append(out, Edit{Path: pathPlatforms, Value: in.Image.Platforms})
	}
	return out
}

// warnUnpinned says that the digest is missing, and what follows from that.
func (s service) warnUnpinned(p *Plan, want string) {
	if s.in.Image != nil || strings.Contains(want, "@") {
		return
	}
	why := ""
	if s.in.ImageErr != nil {
		why = " (" + s.in.ImageErr.Error() + ")"
	}
	p.warn("could not resolve the digest of %s%s: nodes may run different versions of it, and those that cannot pull it fail", want, why)
	if field(s.spec, pathPlatforms...) != nil {
		p.warn("the platforms in the service are still those of the old image")
	}
}

// warnStackImage says that the stack's file, and the label made from it, name
// another image.
func (s service) warnStackImage(p *Plan, want string) {
	var label string
	decodeField(s.spec, &label, "Labels", model.LabelStackImage)
	if label == "" {
		return
	}
	if known, err := parseImage(label); err == nil && known == want {
		return
	}
	p.warn("the stack's file says %s: the next docker stack deploy sets it back", label)
}

// warnPlatforms says that no node can run the new image.
func (s service) warnPlatforms(p *Plan, after []byte) {
	c := s.in.Cluster
	if c == nil || len(c.Nodes()) == 0 || s.in.Image == nil || len(s.in.Image.Platforms) == 0 {
		return
	}
	d := model.Demand{Service: model.ServiceID(s.in.Target.Ref.ID), Spec: s.shape(after)}
	refused, open := 0, 0
	detail := ""
	placer := c.Placer()
	for _, n := range c.Nodes() {
		if !placer.Open(n) {
			continue
		}
		open++
		if m := placer.Fits(d, n); m.Filter == model.FilterPlatform {
			refused++
			detail = m.Detail
		}
	}
	switch {
	case open > 0 && refused == open:
		p.warn("no node can run it: %s", detail)
	case refused > 0:
		p.warn("%d of %d nodes cannot run it: %s", refused, open, detail)
	}
}
