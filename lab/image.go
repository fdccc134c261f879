package lab

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// applets are the busybox commands that an image has.
var applets = []string{
	"sh", "sleep", "cat", "echo", "true", "false", "date", "seq", "env", "kill", "nc", "httpd",
	"wget", "ls", "ps", "head", "tail", "yes", "dd", "hostname", "ip", "ping", "nslookup", "test",
	"touch", "rm", "mkdir", "expr", "printf", "trap", "id", "vi", "top", "stty", "grep",
}

// serve is what an image runs by itself: it says who it is, and stops at once
// when it is told to, which a bare sleep as the first process would not.
const serve = `#!/bin/sh
trap 'echo stopping; exit 0' TERM INT
echo "serving $(cat /etc/version) on $(hostname)"
while :; do sleep 3600 & wait; done
`

type image struct{ command []string }

// ImageOption changes what an image holds.
type ImageOption func(*image)

// Command sets what the image runs by itself instead of serving for ever.
func Command(args ...string) ImageOption { return func(i *image) { i.command = args } }

// Image makes a small image with busybox in it and puts it on every node that
// answers. Images of two tags differ, as releases of a program do.
func (l *Lab) Image(t testing.TB, ref string, opts ...ImageOption) {
	t.Helper()
	if err := l.MakeImage(context.Background(), ref, opts...); err != nil {
		t.Fatalf("lab: %v", err)
	}
}

// MakeImage is Image for those who have no test.
func (l *Lab) MakeImage(ctx context.Context, ref string, opts ...ImageOption) error {
	i := image{command: []string{"/bin/serve"}}
	for _, o := range opts {
		o(&i)
	}
	data, err := archive(ref)
	if err != nil {
		return err
	}
	query, err := i.query(ref)
	if err != nil {
		return err
	}
	l.importing.Lock()
	defer l.importing.Unlock()
	var g errgroup.Group
	g.SetLimit(4)
	for _, n := range l.nodes {
		if !n.answers() {
			continue
		}
		g.Go(func() error {
			return n.API(ctx, "POST", "/images/create?"+query, bytes.NewReader(data), nil)
		})
	}
	return g.Wait()
}

// archive packs the only layer of an image.
func archive(ref string) ([]byte, error) {
	path, err := exec.LookPath("busybox")
	if err != nil {
		return nil, err
	}
	busybox, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	files := []struct {
		name string
		mode int64
		data []byte
	}{
		{"bin/busybox", 0o755, busybox},
		{"bin/serve", 0o755, []byte(serve)},
		{"etc/version", 0o644, []byte(ref + "\n")},
		{"etc/passwd", 0o644, []byte("root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")},
	}
	for _, dir := range []string{"bin/", "etc/", "tmp/", "www/"} {
		_ = w.WriteHeader(&tar.Header{Name: dir, Typeflag: tar.TypeDir, Mode: 0o777})
	}
	for _, f := range files {
		_ = w.WriteHeader(&tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.data))})
		_, _ = w.Write(f.data)
	}
	for _, a := range applets {
		_ = w.WriteHeader(&tar.Header{Name: "bin/" + a, Linkname: "busybox", Typeflag: tar.TypeSymlink})
	}
	// The writer keeps its first error and returns it here.
	return buf.Bytes(), w.Close()
}

// query holds the settings of the image as the import call takes them:
// instructions of a Dockerfile.
func (i image) query(ref string) (string, error) {
	repo, tag, ok := strings.Cut(ref[strings.LastIndex(ref, "/")+1:], ":")
	if !ok {
		tag = "latest"
	}
	repo = ref[:strings.LastIndex(ref, "/")+1] + repo
	command, err := json.Marshal(i.command)
	if err != nil {
		return "", err
	}
	changes := []string{"ENV PATH=/bin", "CMD " + string(command)}
	return url.Values{"fromSrc": {"-"}, "repo": {repo}, "tag": {tag}, "changes": changes}.Encode(), nil
}
