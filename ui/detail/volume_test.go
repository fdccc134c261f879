package detail

import (
	"strings"
	"testing"

	"github.com/moby/moby/api/types/volume"

	"skep/internal/testkit"
	"skep/model"
)

// A cluster volume says what was asked of its driver and what that is given; the
// secret says so too, which no service may use.
func TestVolume_OfTheSwarm(t *testing.T) {
	secret := testkit.Secret("pw")
	data := testkit.Volume("data", func(v *model.Volume) {
		v.ClusterVolume = &volume.ClusterVolume{ID: "v1", Spec: volume.ClusterVolumeSpec{
			CapacityRange: &volume.CapacityRange{RequiredBytes: 1 << 20},
			Secrets:       []volume.Secret{{Key: "key", Secret: secret.ID}},
		}}
	})
	cluster := testkit.Cluster(testkit.Objects(model.KindSecret, secret), testkit.Objects(model.KindVolume, data))
	describe := func(ref model.Ref) string {
		var b strings.Builder
		for _, l := range Describe(Input{Cluster: cluster, Ref: ref, Now: testkit.Now, Glyphs: dark.Glyphs}) {
			b.WriteString(l.String() + "\n")
		}
		return b.String()
	}
	got := describe(data.Meta().Ref)
	for _, want := range []string{"1MiB at the least\n", "key = pw\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if got := describe(secret.Meta().Ref); !strings.Contains(got, "Volumes") || !strings.Contains(got, "data") {
		t.Errorf("the secret does not name its volume:\n%s", got)
	}
}
