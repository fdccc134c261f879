//go:build linux

package lab

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// debian has engine 28.5 in one suite, 26.1 in another and cannot read a third.
// Each program of it is given the list of one suite.
var debian = map[string]string{
	"dockerd": `echo "Docker version 20.10.24+dfsg1, build 1"`,
	"apt-get": `case "$*" in *download) touch docker.io.deb ;; *) ! grep -q ' sid ' "$list" ;; esac`,
	"apt-cache": `v=26.1.5-1; grep -q ' forky ' "$list" && v=28.5.2-1
echo " docker.io | $v | http://debian forky/main amd64 Packages"`,
	"dpkg": `mkdir -p "$3/usr/sbin" "$3/usr/bin" && cd "$3/usr" && touch sbin/docker-proxy bin/containerd bin/containerd-shim-runc-v2
printf '#!/bin/sh\necho "Docker version 28.5.2, build 1"\n' >sbin/dockerd && chmod +x sbin/dockerd`,
}

func TestEngine_FindsTheVersionOrSaysWhatThereIs(t *testing.T) {
	if testing.Short() {
		t.Skip("the script starts a hundred commands")
	}
	bin := t.TempDir()
	for name, script := range debian {
		script = "#!/bin/sh\nfor a; do case $a in Dir::Etc::SourceList=*) list=${a#*=} ;; esac; done\n" + script + "\n"
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	folder := filepath.Join(t.TempDir(), "engine")
	ask := func(version string) (string, error) {
		var stderr strings.Builder
		cmd := exec.Command("./engine", version, folder)
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)) + stderr.String(), err
	}
	for _, tt := range []struct{ version, want string }{
		{"20.10", filepath.Join(bin, "dockerd")},
		{"28.5", filepath.Join(folder, "dockerd")},
		{"28.5", filepath.Join(folder, "dockerd")}, // What was fetched before.
	} {
		if got, err := ask(tt.version); got != tt.want || err != nil {
			t.Errorf("%s: %s (%v), want %s", tt.version, got, err, tt.want)
		}
	}
	got, err := ask("29.1")
	if err == nil {
		t.Error("an engine that is nowhere was found")
	}
	for _, want := range []string{"has no engine 29.1", "forky has 28.5.2-1", "sid cannot be read", "trixie has 26.1.5-1"} {
		if !strings.Contains(got, want) {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
	if left, _ := filepath.Glob(folder + ".*"); len(left) > 0 {
		t.Errorf("it left %v behind", left)
	}
}
