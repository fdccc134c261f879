package simswarm

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/distribution/reference"
)

// kind is what sort of program an image holds.
type kind int

const (
	kindShell kind = iota // does what its command says
	kindWeb
	kindAPI
	kindWorker
	kindDatabase
	kindCache
	kindProxy
	kindMetrics
	kindBatch
)

// image is what a name stands for in the imaginary registry.
type image struct {
	kind kind
	fate fate
}

// fate is how the containers of an image end.
type fate int

const (
	fateRuns  fate = iota
	fateCrash      // exits 1 soon after the start
	fateSick       // never becomes healthy
)

// catalog is the imaginary registry and what the nodes can pull from it.
type catalog struct {
	repos map[string]kind // by repository
	fates map[string]fate // by repository:tag, where it is not fateRuns
	given map[string]bool // exact names given by WithImages
}

// plausibleTag are the tags that the repositories have beside the ones in
// fates: versions, and the usual words. Everything else is not there, which is
// what a typing error looks like.
var plausibleTag = regexp.MustCompile(`^(latest|stable|edge|(v?\d+(\.\d+){0,3})(-(alpine|bookworm|slim|management|rc\.?\d*))?)$`)

func (r *catalog) init(given []string) {
	r.repos = map[string]kind{
		"busybox": kindShell, "alpine": kindShell, "debian": kindShell, "app": kindShell,
		"nginx": kindWeb, "httpd": kindWeb, "traefik": kindProxy, "haproxy": kindProxy,
		"redis": kindCache, "memcached": kindCache, "postgres": kindDatabase, "mysql": kindDatabase,
		"mongo": kindDatabase, "rabbitmq": kindDatabase,
		"prom/prometheus": kindMetrics, "prom/node-exporter": kindMetrics, "grafana/grafana": kindMetrics,
		"grafana/loki": kindMetrics, "minio/minio": kindDatabase,
	}
	r.fates = map[string]fate{}
	r.given = map[string]bool{}
	for _, name := range given {
		r.given[withTag(name)] = true
	}
}

// offer puts a repository into the registry.
func (r *catalog) offer(repo string, k kind) { r.repos[repo] = k }

// splitImage takes a reference apart.
func splitImage(ref string) (repo, tag string) {
	ref, _, _ = strings.Cut(ref, "@")
	if i := strings.LastIndex(ref, ":"); i > strings.LastIndex(ref, "/") {
		return familiar(ref[:i]), ref[i+1:]
	}
	return familiar(ref), "latest"
}

// familiar shortens the names of the default registry as the engine does.
func familiar(repo string) string {
	repo = strings.TrimPrefix(strings.TrimPrefix(repo, "index."), "docker.io/")
	return strings.TrimPrefix(repo, "library/")
}

// withTag is the reference without its digest and with a tag.
func withTag(ref string) string {
	repo, tag := splitImage(ref)
	return repo + ":" + tag
}

// image looks a reference up. Tags that end in -broken are there and crash.
func (r *catalog) image(ref string) (image, bool) {
	repo, tag := splitImage(ref)
	if r.given[repo+":"+tag] {
		return image{kind: r.repos[repo], fate: r.fates[repo+":"+tag]}, true
	}
	k, ok := r.repos[repo]
	if !ok {
		return image{}, false
	}
	if f, ok := r.fates[repo+":"+tag]; ok {
		return image{k, f}, true
	}
	if base, broken := strings.CutSuffix(tag, "-broken"); broken && plausibleTag.MatchString(base) {
		return image{k, fateCrash}, true
	}
	return image{kind: k}, plausibleTag.MatchString(tag)
}

// pullError is what engines from 29.7 on say of an image that neither the node
// nor the registry has. The earlier ones kept it to their log.
func (r *catalog) pullError(ref string) string {
	repo, _ := splitImage(ref)
	if _, known := r.repos[repo]; !known {
		return "pull access denied for " + repo + ", repository does not exist or may require 'docker login'"
	}
	if named, err := reference.ParseNormalizedNamed(ref); err == nil {
		ref = reference.TagNameOnly(named).String()
	}
	return fmt.Sprintf("failed to resolve reference %q: %s: not found", ref, ref)
}

// program is what a container of the image does.
func (i image) program(t *task) program {
	switch {
	case i.kind == kindShell:
		return program{out: script{}}
	case i.fate == fateCrash:
		lasts := 2*time.Second + time.Duration(hash(t.id(), 1)%3000)*time.Millisecond
		return program{out: newJournal(i, t, lasts), runs: lasts, code: 1}
	case i.fate == fateSick:
		return program{out: newJournal(i, t, forever), runs: forever, sick: true}
	case i.kind == kindBatch:
		lasts := 40*time.Second + time.Duration(hash(t.id(), 2)%50000)*time.Millisecond
		return program{out: newJournal(i, t, lasts), runs: lasts}
	default:
		return program{out: newJournal(i, t, forever), runs: forever}
	}
}
