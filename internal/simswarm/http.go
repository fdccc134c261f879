package simswarm

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// The versions that the demo says it is of.
const (
	EngineVersion = "29.7.2-demo"
	APIVersion    = "1.51"
	minAPIVersion = "1.40"
)

// requests counts what was asked.
type requests struct {
	reqMu sync.Mutex
	log   []string
}

// requestsKept bounds the memory of requests in a console that runs for days.
const requestsKept = 10000

func (r *requests) note(line string) {
	r.reqMu.Lock()
	defer r.reqMu.Unlock()
	if len(r.log) >= requestsKept {
		r.log = append(r.log[:0], r.log[requestsKept/2:]...)
	}
	r.log = append(r.log, line)
}

// Requests lists what was asked since the start or the last ResetRequests, as
// "GET /services?status=true", without the version of the API. Of very many
// only the last thousands are kept.
func (r *requests) Requests() []string {
	r.reqMu.Lock()
	defer r.reqMu.Unlock()
	return append([]string(nil), r.log...)
}

// ResetRequests empties the list of requests.
func (r *requests) ResetRequests() {
	r.reqMu.Lock()
	defer r.reqMu.Unlock()
	r.log = nil
}

// handler answers a request; an error becomes the engine's answer for it.
type handler func(w http.ResponseWriter, r *http.Request) error

// versionPrefix is the version in a path.
var versionPrefix = regexp.MustCompile(`^/v(\d+)\.(\d+)(/.*)$`)

// Handler is the Engine API of the first manager.
func (s *Swarm) Handler() http.Handler {
	mux := http.NewServeMux()
	add := func(pattern string, h handler) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); err != nil {
				writeError(w, err)
			}
		})
	}
	s.routeSystem(add)
	// What only a manager with a leader can answer.
	managed := func(pattern string, h handler) {
		add(pattern, func(w http.ResponseWriter, r *http.Request) error {
			if _, err := locked(s, func() (any, error) { return nil, s.manages() }); err != nil {
				return err
			}
			return h(w, r)
		})
	}
	s.routeServices(managed)
	s.routeTasks(managed)
	s.routeNodes(managed)
	s.routeBlobs(managed)
	s.routeLogs(managed)
	s.routeNetworks(add, managed)
	s.routeVolumes(add)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.enter() {
			writeError(w, errors.New("the daemon is shutting down"))
			return
		}
		defer s.serving.Done()
		s.serve(mux, w, r)
	})
}

// enter counts a handler in, so that Close can wait for it.
func (s *Swarm) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.serving.Add(1)
	return true
}

// serve takes the version off the path and passes the request on.
func (s *Swarm) serve(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if m := versionPrefix.FindStringSubmatch(r.URL.Path); m != nil {
		switch v := m[1] + "." + m[2]; {
		case compareVersions(v, APIVersion) > 0:
			writeError(w, invalid("client version %s is too new. Maximum supported API version is %s", v, APIVersion))
			return
		case compareVersions(v, minAPIVersion) < 0:
			writeError(w, invalid("client version %s is too old. Minimum supported API version is %s, "+
				"please upgrade your client to a newer version", v, minAPIVersion))
			return
		}
		r = r.Clone(r.Context())
		r.URL.Path, r.URL.RawPath = m[3], ""
	}
	line := r.Method + " " + r.URL.Path
	if r.URL.RawQuery != "" {
		line += "?" + r.URL.RawQuery
	}
	s.note(line)
	if _, pattern := mux.Handler(r); pattern == "" {
		writeError(w, notFound("page not found"))
		return
	}
	h.Set("Api-Version", APIVersion)
	h.Set("Docker-Experimental", "false")
	h.Set("Ostype", "linux")
	h.Set("Server", "Docker/"+EngineVersion+" (linux)")
	mux.ServeHTTP(w, r)
}

// compareVersions compares two versions of the API.
func compareVersions(a, b string) int {
	part := func(v string) (int, int) {
		major, minor, _ := strings.Cut(v, ".")
		x, _ := strconv.Atoi(major)
		y, _ := strconv.Atoi(minor)
		return x, y
	}
	a1, a2 := part(a)
	b1, b2 := part(b)
	if a1 != b1 {
		return a1 - b1
	}
	return a2 - b2
}

// answer writes what f finds in the swarm. The writing is done without the lock:
// a reader may be slow.
func (s *Swarm) answer(w http.ResponseWriter, status int, f func() (any, error)) error {
	v, err := locked(s, f)
	if err != nil {
		return err
	}
	return writeJSON(w, status, v)
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // the reader is gone; there is nobody to tell
	return nil
}

func writeError(w http.ResponseWriter, err error) {
	status, text := asFailure(err)
	_ = writeJSON(w, status, map[string]string{"message": text})
}

// readJSON reads the body of a request. None at all leaves everything unset.
func readJSON(r *http.Request, into any) error {
	if r.ContentLength == 0 {
		return nil
	}
	const limit = 4 << 20
	b, err := io.ReadAll(io.LimitReader(r.Body, limit))
	if err != nil {
		return invalid("%s", err)
	}
	if len(b) == 0 {
		return invalid("invalid JSON: got EOF while reading request body")
	}
	if err := json.Unmarshal(b, into); err != nil {
		return invalid("invalid JSON: %s", err)
	}
	return nil
}

// versionOf reads the version that a write is based on.
func versionOf(r *http.Request, kind string) (uint64, error) {
	text := r.URL.Query().Get("version")
	v, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, invalid("invalid %s version '%s': %s", kind, text, err)
	}
	return v, nil
}

// isTrue reads a boolean of the query as the engine does.
func isTrue(r *http.Request, name string) bool {
	switch strings.ToLower(strings.TrimSpace(r.URL.Query().Get(name))) {
	case "", "0", "no", "false", "none":
		return false
	}
	return true
}
