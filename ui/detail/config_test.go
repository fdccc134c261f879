package detail

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// configOf is the description of a config that holds something.
func configOf(t *testing.T, data []byte, unmask bool) string {
	t.Helper()
	c := testkit.Config("x", "")
	raw, err := json.Marshal(swarm.Config{ID: c.ID, Spec: swarm.ConfigSpec{Annotations: swarm.Annotations{Name: "x"}, Data: data}})
	if err != nil {
		t.Fatal(err)
	}
	ref := c.Meta().Ref
	in := Input{Cluster: testkit.Cluster(testkit.Objects(model.KindConfig, c)), Ref: ref, Now: testkit.Now, Glyphs: dark.Glyphs, Unmask: unmask,
		Doc: model.Document{Ref: ref, Raw: raw}}
	var b strings.Builder
	for _, l := range Describe(in) {
		for _, s := range l {
			b.WriteString(s.Text)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestConfig_ContentIsMaskedAndBounded(t *testing.T) {
	secret := []byte("url = postgres://shop:hunter2@db/shop\nPASSWORD=hunter2\n\x1b]0;title\x07\n")
	if got := configOf(t, secret, false); strings.Contains(got, "hunter2") || strings.ContainsAny(got, "\x1b\x07") {
		t.Errorf("it shows\n%s", got)
	}
	if got := configOf(t, secret, true); strings.Count(got, "hunter2") != 2 || strings.ContainsAny(got, "\x1b\x07") {
		t.Errorf("unmasked it shows\n%s", got)
	}
	for _, big := range []string{strings.Repeat("line\n", 300_000), strings.Repeat("é", 400_000)} {
		got := configOf(t, []byte(big), false)
		if len(got) > 2*maxContent || !strings.Contains(got, " more: docker config inspect gives all") || strings.Contains(got, "\ufffd") {
			t.Errorf("%d bytes of %d are shown", len(got), len(big))
		}
	}
	for content, want := range map[string]string{"": "empty", "\xff\xfe": "not text", "a\x00b": "not text"} {
		if got := configOf(t, []byte(content), false); !strings.Contains(got, want) {
			t.Errorf("%q: %s", content, got)
		}
	}
}
