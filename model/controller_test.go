package model_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"skep/internal/testkit"
	"skep/model"
)

func TestManagedBy(t *testing.T) {
	for labels, want := range map[string]string{
		`{}`: "", `{"traefik.enable":"true","com.docker.stack.namespace":"s"}`: "", `{"shepherd.enable":"false"}`: "", `{"swarm.cronjob.enable":"no"}`: "",
		`{"swarm.cronjob.enable":"true"}`:                                                 "swarm-cronjob",
		`{"shepherd.enable":"true","shepherd.autodeploy":"true"}`:                         "Shepherd",
		`{"gantry.services.excluded":"true"}`:                                             "Gantry",
		`{"io.portainer.accesscontrol.teams":"x","io.portainer.accesscontrol.users":"y"}`: "Portainer",
		`{"swarmpit.service.deployment.autoredeploy":"true","com.ouroboros.enable":"1"}`:  "Ouroboros Swarmpit",
		`{"cd.doco.metadata.manager":"doco-cd"}`:                                          "doco-cd",
		`{"app.kubernetes.io/managed-by":"ansible","managed_by":"terraform"}`:             "ansible terraform",
		`{"not-managed-by":"anybody"}`:                                                    "",
	} {
		var given map[string]string
		if err := json.Unmarshal([]byte(labels), &given); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range model.ManagedBy(given) {
			got = append(got, c.Name)
		}
		if slices.Sort(got); strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", labels, got, want)
		}
	}
}

// TestRelease_By names who wrote it, and else what manages the service, where that
// changes such fields at all.
func TestRelease_By(t *testing.T) {
	with := func(image string, replicas uint64, labels map[string]string) *model.Release {
		s := testkit.Service(testkit.Name("web"), testkit.ServiceLabels(labels))
		return &model.Release{Spec: specWith(t, s, image, replicas)}
	}
	shepherd, portainer := map[string]string{"shepherd.enable": "true"}, map[string]string{"io.portainer.accesscontrol.teams": "ops"}
	before := with("app:1", 2, shepherd)
	known := with("app:2", 2, shepherd)
	known.Who = "ada (image)"
	for _, c := range []struct {
		what       string
		before, is *model.Release
		want       string
	}{
		{"who is known counts", before, known, "ada (image)"},
		{"it changes images", before, with("app:2", 2, shepherd), "managed by Shepherd"},
		{"it changes no replicas", before, with("app:1", 3, shepherd), ""},
		{"not images and replicas", before, with("app:2", 3, shepherd), ""},
		{"nor does it make services", nil, before, ""},
		{"this one does all", nil, with("app:1", 2, portainer), "managed by Portainer"},
		{"nothing manages it", before, with("app:2", 2, nil), ""},
	} {
		if got := c.is.By(c.before); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}
