package model

import "strings"

// digestLength is to how many digits a digest is cut for people; docker cuts
// IDs to as many.
const digestLength = 12

// ShortImage is an image without its digest, which stands only where there is
// no tag, and is cut then: it is all that tells the version.
func ShortImage(image string) string {
	name, digest, pinned := strings.Cut(image, "@")
	if !pinned {
		return shortDigest(image)
	}
	if imageVersion(name) >= 0 {
		return name
	}
	return name + "@" + shortDigest(digest)
}

// BriefImage is the last part of the image's path and its version: what tells
// the images of one swarm apart.
func BriefImage(image string) string {
	short := ShortImage(image)
	return short[strings.LastIndexByte(short, '/')+1:]
}

// Digest is the digest that an image is pinned to, cut for people; empty for
// none.
func Digest(image string) string {
	_, digest, _ := strings.Cut(image, "@")
	return shortDigest(digest)
}

// imageVersion is where in an image its version begins, at the colon of a tag
// or the sign of a digest; -1 where it has none.
func imageVersion(image string) int {
	from := strings.LastIndexByte(image, '/') + 1
	if i := strings.IndexAny(image[from:], ":@"); i >= 0 {
		return from + i
	}
	return -1
}

// SplitImage splits an image into its name and its version, which begins with
// the colon of a tag or the sign of a digest.
func SplitImage(image string) (name, version string) {
	if i := imageVersion(image); i >= 0 {
		return image[:i], image[i:]
	}
	return image, ""
}

// shortDigest cuts "sha256:" and its digits; other texts stay as they are.
func shortDigest(digest string) string {
	algorithm, digits, ok := strings.Cut(digest, ":")
	if !ok || !strings.HasPrefix(algorithm, "sha") {
		return digest
	}
	return algorithm + ":" + shortID(digits, digestLength)
}
