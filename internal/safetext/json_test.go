package safetext

import (
	"encoding/json"
	"testing"
)

func TestJSON_SaysTheSameWithNothingHidden(t *testing.T) {
	want := "a\nb\x1b]52;c;x\x07\u0085\u009b31m\u202egnp\u00ad\u115f\U000E0041é漢"
	encoded, err := json.MarshalIndent(map[string]string{"name": want}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	safe := JSON(encoded)
	for _, r := range string(safe) {
		if r != '\n' && Hidden(r) {
			t.Errorf("%U in %q", r, safe)
		}
	}
	var got map[string]string
	if err := json.Unmarshal(safe, &got); err != nil || got["name"] != want {
		t.Errorf("it says %q (%v)", got["name"], err)
	}
}
