package engine

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/moby/moby/api/pkg/authconfig"

	"skep/model"
)

func wantGone(t testing.TB, err error) {
	t.Helper()
	var trouble *model.Trouble
	if !errors.Is(err, model.ErrGone) || errors.As(err, &trouble) {
		t.Errorf("got %v (%T), want model.ErrGone and no trouble", err, err)
	}
}

// received is one request with its body.
type received struct {
	query  url.Values
	header http.Header
	body   string
}

// updates registers a handler for updates and returns what arrived last.
func updates(f *fake, path, answer string) *received {
	last := &received{}
	f.mux.HandleFunc("POST /v1.41"+path, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*last = received{r.URL.Query(), r.Header.Clone(), string(body)}
		fmt.Fprint(w, answer)
	})
	return last
}

// oddSpec is a specification whose bytes matter: order, unknown fields and
// blanks.
const oddSpec = `{"Name":"web",  "Zeta":1,"Labels":{"b":"2","a":"1"},"TaskTemplate":{"ContainerSpec":{"Image":"app:1","Mounts":[{"Target":"/z"},{"Target":"/a"}],"Future":{"x":[3,1,2]}}}}`

func TestUpdate_SendsTheBytesGiven(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	last := updates(f, "/services/s1/update", `{"Warnings":["one","two"]}`)
	warnings, err := p.Update(t.Context(), model.Write{Swarm: "swarm1", Ref: model.ServiceID("s1").Ref(), Version: 18446744073709551615, Spec: []byte(oddSpec)})
	if err != nil || strings.Join(warnings, " ") != "one two" {
		t.Fatalf("got %v, %v", warnings, err)
	}
	if last.body != oddSpec {
		t.Errorf("got body %s, want %s", last.body, oddSpec)
	}
	want := url.Values{"version": {"18446744073709551615"}, "registryAuthFrom": {"spec"}}
	if last.query.Encode() != want.Encode() {
		t.Errorf("got query %v, want %v", last.query, want)
	}
	if last.header.Get("Content-Type") != "application/json" || last.header.Get("X-Registry-Auth") != "" {
		t.Errorf("got header %v", last.header)
	}
}

func TestUpdate_Rollback(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	last := updates(f, "/services/s1/update", `{}`)
	if _, err := p.Update(t.Context(), model.Write{Swarm: "swarm1", Ref: model.ServiceID("s1").Ref(), Version: 3, Spec: []byte(oddSpec), Rollback: true}); err != nil {
		t.Fatal(err)
	}
	if last.query.Get("rollback") != "previous" || last.body != oddSpec {
		t.Errorf("got %+v", last)
	}
}

func TestUpdate_Node(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	last := updates(f, "/nodes/n1/update", "")
	warnings, err := p.Update(t.Context(), model.Write{Swarm: "swarm1", Ref: model.NodeID("n1").Ref(), Version: 3, Spec: []byte(`{"Availability":"drain"}`)})
	if err != nil || len(warnings) != 0 || last.query.Encode() != "version=3" {
		t.Errorf("got %v, %v, %+v", warnings, err, last)
	}
}

func TestUpdate_Errors(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		message string
		check   func(error) bool
	}{
		"conflict":  {500, "rpc error: code = Unknown desc = update out of sequence", func(err error) bool { return errors.Is(err, model.ErrConflict) && !isTrouble(err) }},
		"gone":      {404, "service s1 not found", func(err error) bool { return errors.Is(err, model.ErrGone) && !isTrouble(err) }},
		"invalid":   {400, "port '80' is already in use by service", func(err error) bool { return !isTrouble(err) && !errors.Is(err, model.ErrGone) }},
		"unknown":   {500, "rpc error: code = Internal", func(err error) bool { return !isTrouble(err) && !errors.Is(err, model.ErrConflict) }},
		"no leader": {500, "rpc error: code = Unknown desc = The swarm does not have a leader.", isTrouble},
		"a worker":  {503, "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state.", isTrouble},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			p := f.pool(t, Options{})
			f.fails("/services/s1/update", c.status, c.message)
			_, err := p.Update(t.Context(), model.Write{Swarm: "swarm1", Ref: model.ServiceID("s1").Ref(), Spec: []byte(oddSpec)})
			if !c.check(err) || !strings.Contains(err.Error(), c.message) {
				t.Errorf("got %v (%T)", err, err)
			}
			if f.fails("/services/s1", c.status, c.message); name != "unknown" {
				if err := p.Remove(t.Context(), model.Write{Swarm: "swarm1", Ref: model.ServiceID("s1").Ref()}); !c.check(err) {
					t.Errorf("Remove: got %v", err)
				}
			}
		})
	}
}

// TestUpdate_GarbageIsNoSuccess: it leaves open whether the engine has written.
func TestUpdate_GarbageIsNoSuccess(t *testing.T) {
	for path, ref := range map[string]model.Ref{"/services/s1/update": model.ServiceID("s1").Ref(), "/nodes/n1/update": model.NodeID("n1").Ref()} {
		f := newFake(t)
		p := f.pool(t, Options{})
		updates(f, path, "<html>log in</html>")
		_, err := p.Update(t.Context(), model.Write{Swarm: "swarm1", Ref: ref, Spec: []byte(oddSpec)})
		wantSituation(t, err, model.EngineError)
	}
}

func TestCreate(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	for kind, c := range map[model.Kind]struct{ answer, want string }{
		model.KindService: {`{"ID":"new1","Warnings":["no digest"]}`, "new1 [no digest]"},
		model.KindNetwork: {`{"Id":"new1","Warning":""}`, "new1 []"},
		model.KindConfig:  {`{"ID":"new1"}`, "new1 []"},
		model.KindSecret:  {`{"ID":"new1"}`, "new1 []"},
	} {
		last := updates(f, kind.Info().Path+"/create", c.answer)
		id, warnings, err := p.Create(t.Context(), model.Write{Swarm: "swarm1", Ref: kind.All(), Spec: []byte(oddSpec)})
		if got := fmt.Sprint(id, " ", warnings); err != nil || got != c.want || last.body != oddSpec {
			t.Errorf("%s: %s, %v of %s", kind, got, err, last.body)
		}
	}
}

// TestCreate_LeavesOpen: an answer that names nothing tells nothing, and a
// refusal is one.
func TestCreate_LeavesOpen(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	create := func(kind model.Kind, spec string) error {
		_, _, err := p.Create(t.Context(), model.Write{Swarm: "swarm1", Ref: kind.All(), Spec: []byte(spec)})
		return err
	}
	updates(f, "/configs/create", "{}")
	if err := create(model.KindConfig, "{}"); !errors.As(err, new(*model.OpenError)) {
		t.Errorf("no ID: %v", err)
	}
	f.fails("/secrets/create", 409, "rpc error: code = AlreadyExists desc = secret x already exists")
	if err := create(model.KindSecret, "{}"); err == nil || errors.As(err, new(*model.OpenError)) || isTrouble(err) {
		t.Errorf("a name that is taken: %v", err)
	}
	before := p.Stats()
	for name, err := range map[string]error{"a node": create(model.KindNode, "{}"), "a task": create(model.KindTask, "{}"), "null": create(model.KindConfig, "null"), "nothing": create(model.KindConfig, "")} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if after := p.Stats(); after != before {
		t.Error("something was sent")
	}
}

func TestRemove_InUse(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	f.fails("/networks/n1", 400, "rpc error: code = FailedPrecondition desc = network n1 is in use by task t1")
	if err := p.Remove(t.Context(), model.Write{Swarm: "swarm1", Ref: model.Ref{Kind: model.KindNetwork, ID: "n1"}}); !errors.Is(err, model.ErrInUse) || isTrouble(err) {
		t.Errorf("got %v", err)
	}
}

func isTrouble(err error) bool {
	var trouble *model.Trouble
	return errors.As(err, &trouble)
}

func TestUpdate_RefusesNonsense(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	before := p.Stats()
	for name, w := range map[string]model.Write{
		"no specification":     {Ref: model.ServiceID("s1").Ref()},
		"a null specification": {Ref: model.ServiceID("s1").Ref(), Spec: []byte("null")},
		"half a specification": {Ref: model.ServiceID("s1").Ref(), Spec: []byte(`{"Name":`)},
		"a task":               {Ref: model.TaskID("t1").Ref(), Spec: []byte(`{}`)},
		"a stack":              {Ref: model.StackName("x").Ref(), Spec: []byte(`{}`)},
		"no ID":                {Ref: model.ServiceID("").Ref(), Spec: []byte(`{}`)},
		"a path for an ID":     {Ref: model.ServiceID("../nodes/n1").Ref(), Spec: []byte(`{}`)},
		"a query in an ID":     {Ref: model.ServiceID("s1?force=1").Ref(), Spec: []byte(`{}`)},
		"dots":                 {Ref: model.ServiceID("..").Ref(), Spec: []byte(`{}`)},
		"a node's rollback":    {Ref: model.NodeID("n1").Ref(), Spec: []byte(`{}`), Rollback: true},
	} {
		if _, err := p.Update(t.Context(), w); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := p.Inspect(t.Context(), model.ServiceID("../nodes/n1").Ref()); err == nil {
		t.Error("Inspect takes a path for an ID")
	}
	if after := p.Stats(); after != before {
		t.Errorf("something was sent: %+v after %+v", after, before)
	}
}

func TestReadOnly_SendsNothing(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{ReadOnly: true})
	f.answers("/nodes", 200, "[]")
	before := p.Stats()
	seen := len(f.requests())
	ref := model.ServiceID("s1").Ref()
	_, update := p.Update(t.Context(), model.Write{Swarm: "swarm1", Ref: ref, Spec: []byte(oddSpec)})
	_, _, create := p.Create(t.Context(), model.Write{Swarm: "swarm1", Ref: model.KindConfig.All(), Spec: []byte(oddSpec)})
	c, err := p.use()
	if err != nil {
		t.Fatal(err)
	}
	// The gate holds for whatever is built on it later, too.
	_, raw := c.do(t.Context(), call{op: "create a service", method: http.MethodPost, path: "/services/create", body: []byte("{}")})
	for name, err := range map[string]error{"Update": update, "Create": create, "Remove": p.Remove(t.Context(), model.Write{Swarm: "swarm1", Ref: ref}), "anything": raw} {
		if !errors.Is(err, model.ErrReadOnly) || isTrouble(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if after := p.Stats(); after != before || len(f.requests()) != seen {
		t.Errorf("something was sent: %+v after %+v", after, before)
	}
	if _, _, err := p.Nodes(t.Context()); err != nil {
		t.Errorf("reading is refused as well: %v", err)
	}
	if s, err := p.Connect(t.Context()); err != nil || !s.ReadOnly {
		t.Errorf("the session does not say so: %+v, %v", s, err)
	}
}

func TestRemove(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	var removed []string
	for _, path := range []string{"DELETE /v1.41/services/s1", "DELETE /v1.41/nodes/n1"} {
		f.mux.HandleFunc(path, func(_ http.ResponseWriter, r *http.Request) { removed = append(removed, r.URL.Path) })
	}
	for _, ref := range []model.Ref{model.ServiceID("s1").Ref(), model.NodeID("n1").Ref()} {
		if err := p.Remove(t.Context(), model.Write{Swarm: "swarm1", Ref: ref}); err != nil {
			t.Error(err)
		}
	}
	if err := p.Remove(t.Context(), model.Write{Swarm: "swarm1", Ref: model.TaskID("t1").Ref()}); err == nil {
		t.Error("a task can be removed")
	}
	if got := strings.Join(removed, " "); got != "/v1.41/services/s1 /v1.41/nodes/n1" {
		t.Errorf("got %s", got)
	}
}

func TestInspect_BytesAreKept(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	raw := `{ "ID":"s1","Version":{"Index":5}, "Spec":` + oddSpec + `,"PreviousSpec":{"Name":"web", "Old":true}}` + "\n"
	f.answers("/services/s1", 200, raw)
	doc, err := p.Inspect(t.Context(), model.ServiceID("s1").Ref())
	if err != nil {
		t.Fatal(err)
	}
	if string(doc.Raw) != raw || string(doc.Spec) != oddSpec || string(doc.Previous) != `{"Name":"web", "Old":true}` {
		t.Errorf("got %s, %s, %s", doc.Raw, doc.Spec, doc.Previous)
	}
	if doc.Name != "web" || doc.Version != 5 || doc.Ref != model.ServiceID("s1").Ref() || doc.ReadAt.IsZero() {
		t.Errorf("got %+v", doc)
	}
	f.answers("/nodes/n1", 200, `{"ID":"n1","Spec":{"Labels":{}},"Description":{"Hostname":"worker1"}}`)
	if doc, err := p.Inspect(t.Context(), model.NodeID("n1").Ref()); err != nil || doc.Name != "worker1" {
		t.Errorf("got %+v, %v", doc, err)
	}
	f.answers("/tasks/t1", 200, oneTask)
	if doc, err := p.Inspect(t.Context(), model.TaskID("t1").Ref()); err != nil || doc.Version != 9 {
		t.Errorf("got %+v, %v", doc, err)
	}
	f.fails("/services/s2", 404, "service s2 not found")
	_, err = p.Inspect(t.Context(), model.ServiceID("s2").Ref())
	wantGone(t, err)
	f.answers("/services/s3", 200, `{"message":"what?"}`)
	_, err = p.Inspect(t.Context(), model.ServiceID("s3").Ref())
	wantSituation(t, err, model.EngineError)
}

const digestOf = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestResolveImage(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	var asked string
	f.mux.HandleFunc("GET /v1.41/distribution/", func(w http.ResponseWriter, r *http.Request) {
		asked = strings.TrimPrefix(r.URL.Path, "/v1.41/distribution/")
		fmt.Fprintf(w, `{"Descriptor":{"digest":%q},"Platforms":[{"architecture":"amd64","os":"linux"},{"architecture":"arm","os":"linux","variant":"v7"},
{"architecture":"arm","os":"linux","variant":"v6"},{"architecture":"unknown","os":"unknown"}]}`, digestOf)
	})
	for image, want := range map[string][2]string{
		"app":                                {"app:latest/json", "app:latest@" + digestOf},
		"docker.io/library/app:1":            {"app:1/json", "app:1@" + digestOf},
		"registry.example.com:5000/team/a:2": {"registry.example.com:5000/team/a:2/json", "registry.example.com:5000/team/a:2@" + digestOf},
		"app:1@" + digestOf:                  {"app:1@" + digestOf + "/json", "app:1@" + digestOf},
	} {
		got, err := p.ResolveImage(t.Context(), image)
		if err != nil || asked != want[0] || got.Pinned != want[1] {
			t.Errorf("%s: asked for %s and got %+v, %v, want %v", image, asked, got, err, want)
		}
		if fmt.Sprint(got.Platforms) != "[{amd64 linux} { linux}]" {
			t.Errorf("%s: got platforms %v", image, got.Platforms)
		}
	}
	if _, err := p.ResolveImage(t.Context(), "Not An Image"); err == nil {
		t.Error("an impossible name has no error")
	}
}

func TestResolveImage_ErrorsAreNoTrouble(t *testing.T) {
	for _, message := range []string{
		`Get "https://registry/v2/": context deadline exceeded`,
		"manifest unknown",
		"pull access denied, repository does not exist or may require authorization",
	} {
		f := newFake(t)
		p := f.pool(t, Options{})
		f.fails("/distribution/app:1/json", 500, message)
		if _, err := p.ResolveImage(t.Context(), "app:1"); isTrouble(err) || !strings.Contains(err.Error(), message) {
			t.Errorf("got %v", err)
		}
	}
	f := newFake(t)
	p := f.pool(t, Options{})
	f.answers("/distribution/app:1/json", 200, `{"Descriptor":{"digest":"none"}}`)
	if got, err := p.ResolveImage(t.Context(), "app:1"); err == nil {
		t.Errorf("got %+v without a digest", got)
	}
}

func TestCredentials_GoAlong(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the helper is a shell script")
	}
	dir, bin := t.TempDir(), t.TempDir()
	write(t, filepath.Join(dir, "config.json"), `{"auths":{"file.example.com":{"auth":"ZmlsZTpzZWNyZXQ="},"https://index.docker.io/v1/":{"auth":"aHViOnNlY3JldA=="}},
"credHelpers":{"helped.example.com":"fake","broken.example.com":"broken"}}`)
	script := "#!/bin/sh\nread -r host\necho '{\"ServerURL\":\"'$host'\",\"Username\":\"helped\",\"Secret\":\"secret\"}'\n"
	for name, text := range map[string]string{"docker-credential-fake": script, "docker-credential-broken": "#!/bin/sh\necho the keyring is locked\nexit 1\n"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	f := newFake(t)
	p := f.pool(t, Options{Env: environment(t, map[string]string{
		"DOCKER_CONFIG":      dir,
		"DOCKER_AUTH_CONFIG": `{"auths":{"env.example.com":{"auth":"ZW52OnNlY3JldA=="}}}`,
	})})
	last := updates(f, "/services/s1/update", `{}`)
	for image, want := range map[string]string{
		"file.example.com/app:1":   "file",
		"helped.example.com/app:1": "helped",
		"env.example.com/app:1":    "env",
		"app:1":                    "hub",
		"other.example.com/app:1":  "",
		"broken.example.com/app:1": "",
		"":                         "",
	} {
		warnings, err := p.Update(t.Context(), model.Write{Swarm: "swarm1", Ref: model.ServiceID("s1").Ref(), Spec: []byte(oddSpec), Image: image})
		if err != nil {
			t.Fatal(err)
		}
		auth, err := authconfig.Decode(last.header.Get("X-Registry-Auth"))
		if err != nil || auth.Username != want || (want != "" && auth.Password != "secret") {
			t.Errorf("%s: got %+v, %v, want user %q", image, auth, err, want)
		}
		if locked := strings.Contains(strings.Join(warnings, ""), "the keyring is locked"); locked != strings.HasPrefix(image, "broken") {
			t.Errorf("%s: got warnings %v", image, warnings)
		}
	}
}
