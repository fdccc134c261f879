package config

import "testing"

func TestDemoSize_ReadsAndRefuses(t *testing.T) {
	n, s, k, err := DemoSize("nodes=100, services=500,tasks=10000")
	if err != nil || n != 100 || s != 500 || k != 10000 {
		t.Errorf("got %d %d %d, %v", n, s, k, err)
	}
	for _, bad := range []string{"", "100", "nodes", "nodes=x", "nodes=0", "nodes=-1", "pods=3", "tasks=99999999999999999999"} {
		if _, _, _, err := DemoSize(bad); err == nil {
			t.Errorf("%q is taken for a size", bad)
		}
	}
}

func FuzzDemoSize(f *testing.F) {
	f.Add("nodes=1,tasks=2")
	f.Fuzz(func(t *testing.T, text string) {
		n, s, k, err := DemoSize(text)
		if err == nil && (n < 0 || s < 0 || k < 0 || n > maxDemo || s > maxDemo || k > maxDemo) {
			t.Errorf("%q gives %d %d %d", text, n, s, k)
		}
	})
}

func TestConfig_SetLogSize(t *testing.T) {
	for _, tt := range []struct {
		flag, env string
		want      int
		wrong     bool
	}{
		{"", "", 0, false},
		{"128m", "", 128 << 20, false},
		{"", "1g", 1 << 30, false},
		{"32M", "1g", 32 << 20, false},
		{"1m", "", 0, true},
		{"", "2g", 0, true},
		{"much", "", 0, true},
	} {
		c := Config{LogSize: tt.flag}
		err := c.SetLogSize(func(string) string { return tt.env })
		if c.LogBytes != tt.want || err != nil != tt.wrong {
			t.Errorf("%q, %q: %d, %v", tt.flag, tt.env, c.LogBytes, err)
		}
	}
}
