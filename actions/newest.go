package actions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"skep/model"
)

// RegistriesAtOnce is how many questions to registries are open at a time: the
// engine asks them, and they count how often.
const RegistriesAtOnce = 4

var (
	newest = Action{
		Verb: "newest", Title: "Update to the newest image", Kind: model.KindService, Tier: Disruptive, Patient: true,
		Enabled: func(c *model.Cluster, t Target) string {
			image := serviceOf(c, t).Image()
			switch {
			case image == "":
				return "the service does not run an image"
			case tagOf(image) == "":
				return "it names a digest and no tag, so that nothing can be newer"
			}
			return ""
		},
		Image: func(in Input) string { return tagOf(readService(in).image()) },
		Plan:  planNewest,
	}
	newestStack = Action{
		Verb: "newest", Title: "Update to the newest images", Kind: model.KindStack, Tier: Disruptive, Patient: true,
		Parts: []model.Kind{model.KindService},
	}
)

// tagOf is an image by its tag, without the digest; empty for one that has no tag.
func tagOf(image string) string {
	if ref, err := parseImage(withoutDigest(image)); err == nil && !strings.Contains(ref, "@") {
		return ref
	}
	return ""
}

// planNewest pins a service to what its tag stands for now. Where that is what it
// runs there is nothing to do.
func planNewest(in Input) (Plan, error) {
	s := readService(in)
	today, tag := s.image(), tagOf(s.image())
	switch {
	case tag == "":
		return Plan{}, errors.New("it names a digest and no tag, so that nothing can be newer")
	case errors.Is(in.ImageErr, ErrAsked):
		return Plan{}, fmt.Errorf("%w so far: %w", ErrNoChange, ErrAsked)
	case in.ImageErr != nil:
		return Plan{}, fmt.Errorf("what %s stands for now could not be found out: %w", tag, in.ImageErr)
	case in.Image == nil:
		return Plan{}, fmt.Errorf("no registry was asked what %s stands for now", tag)
	case in.Image.Pinned == today:
		return Plan{}, fmt.Errorf("%w: it runs the newest %s (%s)", ErrNoChange, tag, model.Digest(today))
	}
	in.Values = map[string]string{"image": tag}
	p, err := planImage(in)
	if err != nil {
		return Plan{}, err
	}
	was := "no digest"
	if strings.Contains(today, "@") {
		was = model.Digest(today)
	} else {
		p.warn("%s was not pinned: whether its tasks run this version already is not known", tag)
	}
	p.Verb = "newest"
	p.Title = fmt.Sprintf("update %s to the newest %s: %s -> %s", s.name(), tag, was, model.Digest(in.Image.Pinned))
	return p, nil
}

// warnMixed says that the tasks of a service run different versions of its image.
func (s service) warnMixed(p *Plan) {
	counts := map[string]int{}
	var order []string
	tasks, _ := s.in.Cluster.TasksOf(model.ServiceID(s.in.Target.Ref.ID))
	for _, t := range tasks {
		image := t.Image()
		if model.Running([]*model.Task{t}) == 0 || tagOf(image) != tagOf(s.image()) {
			continue
		}
		if counts[image]++; counts[image] == 1 {
			order = append(order, image)
		}
	}
	if len(order) < 2 {
		return
	}
	slices.Sort(order)
	parts := make([]string, len(order))
	for i, image := range order {
		digest := model.Digest(image)
		if digest == "" {
			digest = "without a digest"
		}
		parts[i] = fmt.Sprintf("%d %s", counts[image], digest)
	}
	p.warn("its tasks run different versions of %s now: %s", tagOf(s.image()), list(parts))
}

// ResolveAll asks the registries for the digests of images, a few at a time.
func ResolveAll(ctx context.Context, eng Engine, images []string) map[string]Answer {
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(RegistriesAtOnce)
	out := map[string]Answer{}
	for _, image := range images {
		g.Go(func() error {
			answer := Resolve(ctx, eng, image)
			mu.Lock()
			defer mu.Unlock()
			out[image] = answer
			return nil
		})
	}
	_ = g.Wait() // What went wrong is in the answers.
	return out
}
