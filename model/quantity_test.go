package model

import (
	"encoding/json"
	"strconv"
	"testing"
)

func TestQuantity_IsReadBack(t *testing.T) {
	for key, numbers := range map[string][]int64{
		"Delay": {0, 1, 1_500_000_000, 90_000_000_000}, "MemoryBytes": {4 << 20, 1 << 30}, "NanoCPUs": {500_000_000, 1, 2_000_000_000}, "Mode": {0o444, 0o1777},
	} {
		for _, n := range numbers {
			text := Quantity(key, json.Number(strconv.FormatInt(n, 10)))
			if got, err := ReadQuantity(key, text); err != nil || got != n {
				t.Errorf("%s %d is %q, read back as %d, %v", key, n, text, got, err)
			}
		}
	}
	for _, wrong := range [][2]string{{"Delay", "10"}, {"MemoryBytes", "x"}, {"NanoCPUs", "0.5"}, {"NanoCPUs", "NaN cores"}, {"Mode", "9"}, {"Retries", "3"}, {"Delay", ""}} {
		if got, err := ReadQuantity(wrong[0], wrong[1]); err == nil {
			t.Errorf("%v is %d", wrong, got)
		}
	}
	if got := Quantity("Retries", "3"); got != "" {
		t.Errorf("retries are %q", got)
	}
}
