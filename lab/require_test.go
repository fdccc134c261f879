package lab

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestDecide_SkipsOrFails(t *testing.T) {
	lacking := errors.New("it lacks root")
	tests := []struct {
		mode     string
		missing  error
		skip     string
		wantFail bool
	}{
		{"", nil, "run with SKEP_LAB=1", false},
		{"", lacking, "run with SKEP_LAB=1", false},
		{"1", nil, "", false},
		{"1", lacking, "it lacks root", false},
		{"required", nil, "", false},
		{"required", lacking, "", true},
		{"engine", nil, "", false},
		{"engine", lacking, "", true},
		{"yes", nil, "", true},
	}
	for _, tt := range tests {
		skip, err := decide(tt.mode, func() error { return tt.missing })
		if !strings.Contains(skip, tt.skip) || (tt.skip == "") != (skip == "") {
			t.Errorf("%q with %v: skips with %q, want %q", tt.mode, tt.missing, skip, tt.skip)
		}
		if (err != nil) != tt.wantFail {
			t.Errorf("%q with %v: fails with %v, want failure %v", tt.mode, tt.missing, err, tt.wantFail)
		}
	}
}

func TestDecide_LooksOnlyWhenWanted(t *testing.T) {
	decide("", func() error {
		t.Error("looked for tools although no lab is wanted")
		return nil
	})
}

func TestMissing_NamesEveryTool(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := missing(Config{RegistryUser: "ada", Registry: true})
	if err == nil {
		t.Fatal("nothing is missing from an empty PATH")
	}
	for _, tool := range []string{"dockerd", "containerd", "docker", "ip", "nsenter", "unshare", "mount", "busybox", "docker-registry", "perl"} {
		if !strings.Contains(err.Error(), tool) {
			t.Errorf("%q does not name %s", err, tool)
		}
	}
}

func TestParseStat_TakesFieldsAfterTheName(t *testing.T) {
	const rest = " S 1 2 2 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 9 0 77123 1 2 3\n"
	for _, name := range []string{"(dockerd)", "(a b)", "(evil) R 1 2)"} {
		start, state, err := parseStat([]byte("42 " + name + rest))
		if start != 77123 || state != 'S' || err != nil {
			t.Errorf("%s: %d, %c, %v, want 77123, S", name, start, state, err)
		}
	}
}

func FuzzParseStat_NeverPanics(f *testing.F) {
	f.Add([]byte("1 (x) S 1"))
	f.Add([]byte(")"))
	f.Fuzz(func(t *testing.T, data []byte) { parseStat(data) })
}

func TestProcess_AliveTellsStartsApart(t *testing.T) {
	self, err := processOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if !self.Alive() {
		t.Error("this process is not alive")
	}
	other := self
	other.Start++
	if other.Alive() || (Process{}).Alive() {
		t.Error("another start of the same PID, or no process at all, is alive")
	}
}

func TestParentDir_IsOneThatNodesSee(t *testing.T) {
	short, err := os.MkdirTemp("/tmp", "")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(short)
	hidden := short + "/run"
	if err := os.Symlink("/run", hidden); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		"/var/tmp":                    "/var/tmp",
		"/run/user/0":                 "/tmp",
		"/var/lib":                    "/tmp",
		hidden:                        "/tmp",
		"/" + strings.Repeat("x", 60): "/tmp",
	} {
		t.Setenv("TMPDIR", dir)
		if got := parentDir(); got != want {
			t.Errorf("with TMPDIR=%s labs are in %s, want %s", dir, got, want)
		}
	}
}

func TestDaemonEnv_KeepsTheMachineOut(t *testing.T) {
	for _, name := range []string{"DBUS_SYSTEM_BUS_ADDRESS", "XDG_RUNTIME_DIR", "TMPDIR", "DOCKER_HOST", "https_proxy", "NOTIFY_SOCKET"} {
		t.Setenv(name, "machine")
	}
	d := daemon{lab: &Lab{Record: Record{Dir: "/lab"}, Config: Config{Dockerd: "/opt/engine/dockerd"}}, host: "manager1"}
	env := map[string]string{}
	for _, v := range d.env() {
		name, value, _ := strings.Cut(v, "=")
		env[name] = value
		if value == "machine" {
			t.Errorf("the engine is given %s of the machine", name)
		}
	}
	for name, prefix := range map[string]string{
		"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/lab/manager1/",
		"TMPDIR":                  "/lab/manager1/",
		"PATH":                    "/opt/engine:",
	} {
		if !strings.HasPrefix(env[name], prefix) {
			t.Errorf("%s is %q, want %s...", name, env[name], prefix)
		}
	}
}
