package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/moby/api/types/swarm"
	"github.com/opencontainers/go-digest"

	"skep/model"
)

// ResolveImage asks the image's registry, through the engine, what the
// reference stands for. Its errors are the registry's and no troubles: the
// swarm can be shown all the same.
func (c *Client) ResolveImage(ctx context.Context, image string) (model.ResolvedImage, error) {
	op := "look up image " + image
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return model.ResolvedImage{}, fmt.Errorf("%s: %w", op, err)
	}
	named = reference.TagNameOnly(named)
	header, warning := c.registryHeader(ctx, image)
	raw, err := c.whole(ctx, call{
		op: op, path: "/distribution/" + reference.FamiliarString(named) + "/json", header: header,
		patience: registryTimeout, foreign: true,
	})
	if err != nil {
		if warning != "" {
			err = fmt.Errorf("%w (%s)", err, warning)
		}
		return model.ResolvedImage{}, err
	}
	var found struct {
		Descriptor struct{ Digest digest.Digest }
		Platforms  []struct{ Architecture, OS string }
	}
	if err := decodeShort(raw, &found); err != nil {
		return model.ResolvedImage{}, fmt.Errorf("%s: %w", op, &garbageError{err})
	}
	resolved := model.ResolvedImage{Pinned: reference.FamiliarString(named)}
	if _, pinned := named.(reference.Digested); !pinned {
		if err := found.Descriptor.Digest.Validate(); err != nil {
			return model.ResolvedImage{}, fmt.Errorf("%s: %w", op, &garbageError{errors.New("the registry gave no digest")})
		}
		exact, err := reference.WithDigest(named, found.Descriptor.Digest)
		if err != nil {
			return model.ResolvedImage{}, fmt.Errorf("%s: %w", op, err)
		}
		resolved.Pinned = reference.FamiliarString(exact)
	}
	for _, p := range found.Platforms {
		resolved.Platforms = appendPlatform(resolved.Platforms, p.Architecture, p.OS)
	}
	return resolved, nil
}

// appendPlatform adds what the scheduler can compare. Attestations are no
// platform, and a node of architecture "armv7l" would never match "arm"
// (swarmkit issue 2294), so that one is left open.
func appendPlatform(platforms []swarm.Platform, architecture, system string) []swarm.Platform {
	if architecture == "unknown" || system == "unknown" {
		return platforms
	}
	if strings.EqualFold(architecture, "arm") {
		architecture = ""
	}
	p := swarm.Platform{Architecture: architecture, OS: system}
	if slices.Contains(platforms, p) {
		return platforms
	}
	return append(platforms, p)
}
