package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"skep/internal/testkit"
	"skep/model"
)

// endless writes a text again and again until nobody reads any more.
func endless(begin, more string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, err := io.WriteString(w, begin)
		for chunk := strings.Repeat(more, 1+(64<<10)/len(more)); err == nil; {
			_, err = io.WriteString(w, chunk)
		}
	}
}

// peakOf is by how many bytes the heap grew at the most while f ran: of what
// lives, and of garbage that is not collected yet.
func peakOf(f func()) int64 {
	before := heap()
	done, peak := make(chan struct{}), make(chan int64)
	go func() {
		var most int64
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, int64(m.HeapAlloc))
			select {
			case <-done:
				peak <- most - before
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	f()
	close(done)
	return <-peak
}

// hostileLists are lists that have no end, or an element without one.
var hostileLists = map[string]http.HandlerFunc{
	"a string without an end":       endless(`[{"ID":"`, "x"),
	"a name without an end":         endless(`[{"ID":"a","Spec":{"Name":"`, "x"),
	"a number without an end":       endless(`[{"ID":"a","Version":{"Index":`, "1"),
	"blanks without an end":         endless(`[{"ID":"a",`, " "),
	"a list without an end":         endless(`[{"ID":"a"}`, `,{"ID":"a"}`),
	"labels without an end":         endless(`[{"ID":"a","Spec":{"Labels":{"a":"b"`, `,"a":"b"`),
	"mounts without an end":         endless(`[{"ID":"a","Spec":{"TaskTemplate":{"ContainerSpec":{"Mounts":[{}`, `,{}`),
	"deep without an end":           endless(`[{"ID":"a","Spec":`, `[`),
	"many large objects":            endless(`[{"ID":"a"}`, `,{"ID":"a","Spec":{"Name":"`+strings.Repeat("x", 1<<20)+`"}}`),
	"many objects with many mounts": endless(`[{"ID":"a"}`, `,{"ID":"a","Spec":{"TaskTemplate":{"ContainerSpec":{"Mounts":[{}`+strings.Repeat(`,{}`, 100_000)+`]}}}}`),
	"ever new specifications": func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.WriteString(w, `[{"ID":"a"}`)
		for i := 0; err == nil; i++ {
			_, err = fmt.Fprintf(w, `,{"ID":"a","Spec":{"ContainerSpec":{"Image":"a%d","Mounts":[{}%s]}}}`, i, strings.Repeat(`,{}`, 1000))
		}
	},
	"ever new errors": func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.WriteString(w, `[{"ID":"a"}`)
		for i := 0; err == nil; i++ {
			_, err = fmt.Fprintf(w, `,{"ID":"a","Status":{"Err":"%d%s"}}`, i, strings.Repeat("x", maxText))
		}
	},
}

// Whatever a list holds, it is refused before it costs more than it may.
func TestList_MemoryIsBounded(t *testing.T) {
	testkit.OnlySlow(t, "it reads gigabytes")
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(256 << 20)) // As the program does, so that garbage does not pile up.
	for name, answer := range hostileLists {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			p := f.pool(t, Options{MaxBody: maxKept + 16<<20})
			for _, path := range []string{"/services", "/nodes", "/tasks"} {
				f.handle(path, answer)
			}
			for _, list := range []string{"Services", "Nodes", "Tasks"} {
				var err error
				read := reads(p)[list]
				peak := peakOf(func() { err = read(t.Context()) })
				wantSituation(t, err, model.EngineError)
				if !errors.Is(err, errTooLong) && !isGarbage(err) {
					t.Errorf("%s: got %v", list, err)
				}
				if len(err.Error()) > 2*maxSaid {
					t.Errorf("%s: the error has %d bytes", list, len(err.Error()))
				}
				// What is kept, and as much again of garbage and of buffers.
				if bound := int64(2*maxKept + 64<<20); peak > bound {
					t.Errorf("%s: took %d MB, more than %d", list, peak>>20, bound>>20)
				}
				t.Logf("%s: %d MB; %.150s", list, peak>>20, err)
			}
		})
	}
}

// A single object without an end is refused, of every kind and in every call.
func TestObject_MemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("reads much")
	}
	for name, answer := range map[string]http.HandlerFunc{
		"string": endless(`{"ID":"`, "x"),
		"parts":  endless(`{"ID":"a","Spec":{"Labels":{"a":"b"`, `,"a":"b"`),
		"blanks": endless(``, " "),
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.handle("/", answer)
			p := openPool(t, Options{Hosts: []string{f.host}})
			c, err := p.use()
			if err == nil {
				err = c.ping(t.Context())
			}
			if err != nil {
				t.Fatal(err)
			}
			for call, read := range map[string]func() error{
				"connect": func() error { _, err := p.Connect(t.Context()); return err },
				"info":    func() error { _, err := p.Complete(t.Context(), model.Session{}); return err },
				"inspect": func() error { _, err := p.Inspect(t.Context(), model.ServiceID("a").Ref()); return err },
				"exists":  func() error { _, err := p.Exists(t.Context(), model.ServiceID("a").Ref()); return err },
				"image":   func() error { _, err := p.ResolveImage(t.Context(), "app:1"); return err },
			} {
				var err error
				peak := peakOf(func() { err = read() })
				if !errors.Is(err, errTooLong) {
					t.Errorf("%s: got %v", call, err)
				}
				if peak > 64<<20 {
					t.Errorf("%s: took %d MB", call, peak>>20)
				}
			}
		})
	}
}

// Every answer that is no success has a message that can be shown.
func TestError_MessageIsBounded(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	f.handle("/services", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		endless(`{"message":"`, "\u0301")(w, r)
	})
	f.handle("/nodes", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, `{"message":"`+strings.Repeat("x", 900_000)+`"}`)
	})
	f.handle("/tasks", func(w http.ResponseWriter, _ *http.Request) {
		c, _, _ := w.(http.Hijacker).Hijack()
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 20<<20)+"\r\n\r\n[]")
		_ = c.Close()
	})
	f.handle("/networks", func(w http.ResponseWriter, _ *http.Request) {
		c, _, _ := w.(http.Hijacker).Hijack()
		_, _ = io.WriteString(c, strings.Repeat("x", 200_000)+"\r\n\r\n[]")
		_ = c.Close()
	})
	for _, list := range []string{"Services", "Nodes", "Tasks"} {
		if err := reads(p)[list](t.Context()); err == nil || len(err.Error()) > 2*maxSaid {
			t.Errorf("%s: an error of %d bytes", list, len(err.Error()))
		}
	}
	if _, _, err := p.List(t.Context(), model.KindNetwork); err == nil || len(err.Error()) > 2*maxSaid {
		t.Errorf("networks: an error of %d bytes", len(err.Error()))
	}
}

// What is listed can be shown as it is: no text is of megabytes, and texts that
// differ do so still.
func TestList_TextsAreShortened(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	long := strings.Repeat("e\u0301", testkit.Rounds(200_000))
	object := `{"ID":"a","Spec":{"Name":"` + long + `","Labels":{"` + long + `":"` + long + `x"},"TaskTemplate":{"ContainerSpec":{"Args":["` + long + `"]}}},` +
		`"Description":{"Hostname":"` + long + `","Engine":{"Labels":{"a":"` + long + `"}}},"UpdateStatus":{"Message":"` + long + `"},` +
		`"Status":{"Message":"` + long + `","Err":"` + long + `","ContainerStatus":{"ContainerID":"` + long + `"},"PortStatus":{"Ports":[{"Protocol":"` + long + `"}]}},` +
		`"NetworksAttachments":[{"Addresses":["` + long + `"]}],"GenericResources":[{"NamedResourceSpec":{"Kind":"` + long + `"}}]}`
	for _, path := range []string{"/services", "/nodes", "/tasks"} {
		f.answers(path, 200, "["+object+"]")
	}
	services, _, err := p.Services(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	nodes, _, err := p.Nodes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tasks, _, err := p.Tasks(t.Context(), model.TaskQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for what, v := range map[string]any{"service": services, "node": nodes, "task": tasks} {
		shown, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if len(shown) > 16*maxText {
			t.Errorf("a %s of %d bytes", what, len(shown))
		}
	}
	name, label := services[0].Name(), ""
	for _, l := range services[0].Spec.Labels {
		label = l
	}
	if len(name) > maxText || !utf8.ValidString(name) || name == label {
		t.Errorf("a name of %d bytes: %.80q, and a label %.80q", len(name), name[len(name)-80:], label[len(label)-80:])
	}
}

// What the largest swarms have is not refused.
func TestList_LargeSwarmsAreRead(t *testing.T) {
	t.Parallel()
	some, thousands := bytes.Trim(taskList(1000), "[]\n"), testkit.Rounds(100)
	body := []byte{'['}
	for i := range thousands {
		if i > 0 {
			body = append(body, ',')
		}
		more := bytes.ReplaceAll(some, []byte(`"ID":"t000`), fmt.Appendf(nil, `"ID":"t%03d`, i))
		body = append(body, bytes.ReplaceAll(more, []byte(`"ContainerID":"000`), fmt.Appendf(nil, `"ContainerID":"%03d`, i))...)
	}
	s := &shared{specs: newInterner(), words: newWordTable()}
	tasks, err := decodeTasks(s, append(body, ']'))
	if err != nil || len(tasks) != thousands*1000 {
		t.Fatalf("%d tasks, %v", len(tasks), err)
	}
	if first, last := tasks[0].ID, tasks[len(tasks)-1].ID; first == last {
		t.Errorf("all are %s", first)
	}
}
