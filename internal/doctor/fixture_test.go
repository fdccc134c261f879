package doctor_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"skep/actions"
	"skep/internal/doctor"
	"skep/internal/engine"
	"skep/internal/testkit"
	"skep/model"
	"skep/model/triage"
)

// update has the lab tests record what engines answer, and the others write down anew
// what is found in that.
var update = flag.Bool("update", false, "write the fixtures and golden files anew")

// fixture is what an engine answered in an incident.
type fixture struct {
	// Rule is the one that is to find what the incident is; empty where all is well.
	Rule string `json:"rule"`
	// Engine is its release, At when it answered.
	Engine string    `json:"engine"`
	At     time.Time `json:"at"`
	// Later is how much later, in seconds, it is looked at: some things are told only
	// once they have lasted.
	Later int `json:"later,omitempty"`
	// Answers are its lists by path.
	Answers map[string][]json.RawMessage `json:"answers"`
}

// fixturePaths are what is asked for, services before what is theirs.
var fixturePaths = []string{"/nodes", "/services", "/tasks", "/networks", "/secrets", "/configs"}

// fixtureDir holds a directory for each engine.
const fixtureDir = "testdata"

// text is the fixture as it is kept: an object of the engine on each line.
func (f fixture) text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\"rule\": %q, \"engine\": %q, \"at\": %q, \"later\": %d, \"answers\": {", f.Rule, f.Engine, f.At.UTC().Format(time.RFC3339Nano), f.Later)
	for i, path := range fixturePaths {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, "\n%q: [", path)
		for n, object := range f.Answers[path] {
			if n > 0 {
				b.WriteString(",")
			}
			b.WriteString("\n  ")
			b.Write(object)
		}
		b.WriteString("]")
	}
	b.WriteString("}}\n")
	return b.Bytes()
}

// What differs from lab to lab, and says nothing.
var (
	anyID   = regexp.MustCompile(`\b([0-9a-f]{64}|[0-9a-z]{25})\b`)
	labHost = regexp.MustCompile(`\b10\.79\.\d+\.`)
)

// clean makes IDs ordinal numbers, and takes out the lab's own subnet.
func clean(text []byte) []byte {
	known := map[string]string{}
	text = anyID.ReplaceAllFunc(text, func(id []byte) []byte {
		if known[string(id)] == "" {
			known[string(id)] = fmt.Sprintf("id%0*d", len(id)-2, len(known)+1)
		}
		return []byte(known[string(id)])
	})
	return labHost.ReplaceAll(text, []byte("10.79.0."))
}

// replay is an engine that answers as in the fixture, until it is stopped.
func (f fixture) replay(t *testing.T) (host string, stop func()) {
	mux := http.NewServeMux()
	answer := func(path string, body any) {
		mux.HandleFunc("GET /{version}"+path, func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(body) })
	}
	for path, list := range f.Answers {
		answer(path, list)
	}
	answer("/swarm", map[string]any{"ID": "swarm", "Spec": map[string]any{"Orchestration": map[string]any{"TaskHistoryRetentionLimit": 5}}})
	mux.HandleFunc("/_ping", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("API-Version", "1.41") })
	listener, err := net.Listen("unix", testkit.Sock(t))
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: mux}}
	server.Start()
	return "unix://" + listener.Addr().String(), server.Close
}

// diagnose says what is found in what the engine answered.
func (f fixture) diagnose(t *testing.T) doctor.Report {
	t.Helper()
	return f.report(f.cluster(t))
}

func (f fixture) report(c *model.Cluster) doctor.Report {
	return doctor.NewReport(c, f.At.Add(time.Duration(f.Later)*time.Second))
}

// canBeDone holds every remedy that has a key against the actions: there is one of its
// verb for what it is done to, it is not refused there, and its form asks for the values.
func canBeDone(t *testing.T, name string, c *model.Cluster) {
	t.Helper()
	for _, f := range slices.Concat(c.Problems(), c.Notes()) {
		r := f.Remedy
		if r.Verb == "" {
			continue
		}
		target := actions.Target{Ref: r.Target, Name: c.NameOf(r.Target)}
		a, known := actions.Find(r.Target.Kind, r.Verb)
		if !known {
			t.Errorf("%s: %s: there is no %s of a %s", name, f, r.Verb, r.Target.Kind)
			continue
		}
		if a.Enabled != nil {
			if reason := a.Enabled(c, target); reason != "" {
				t.Errorf("%s: %s: %s is refused: %s", name, f, r.Verb, reason)
			}
		}
		for key := range r.Values {
			if a.Form == nil || !slices.ContainsFunc(a.Form(c, []actions.Target{target}).Fields, func(field actions.Field) bool { return field.Key == key }) {
				t.Errorf("%s: %s: %s asks for no %s", name, f, r.Verb, key)
			}
		}
	}
}

// cluster reads what the engine answered as the console does.
func (f fixture) cluster(t *testing.T) *model.Cluster {
	t.Helper()
	host, stop := f.replay(t)
	defer stop()
	pool, err := engine.Open(engine.Options{Hosts: []string{host}, Env: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	session, err := pool.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, at := model.NewBuilder(triage.Find), f.At.Add(time.Duration(f.Later)*time.Second)
	b.SetSession(session)
	readAll(t, b, pool, at)
	for _, k := range []model.Kind{model.KindNetwork, model.KindSecret, model.KindConfig} {
		objects, _, err := pool.List(t.Context(), k)
		if err != nil {
			t.Fatal(err)
		}
		b.SetObjects(k, objects, at)
	}
	return b.Build(at)
}

// readAll takes in all services, nodes and tasks.
func readAll(t *testing.T, b *model.Builder, pool *engine.Pool, at time.Time) {
	t.Helper()
	services, _, err := pool.Services(t.Context())
	nodes, _, err2 := pool.Nodes(t.Context())
	tasks, _, err3 := pool.Tasks(t.Context(), model.TaskQuery{})
	if err != nil || err2 != nil || err3 != nil {
		t.Fatal(err, err2, err3)
	}
	b.SetServices(services, at)
	b.SetNodes(nodes, at)
	b.SetTasks(model.TaskQuery{}, tasks, at.Add(time.Millisecond)) // It may not be older than the services.
}

// told are the findings by which a fixture is judged, those that another explains
// below it. Habits are those of every service of the lab, and told of their own.
func (f fixture) told(r doctor.Report) (out []doctor.Finding) {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(o doctor.Finding) bool { return o.Rule == "habit" && f.Rule != "habit" })
}

// finds is the first finding of the fixture's rule that says so, or the first of the
// worst findings where the rule is not known yet; false for none.
func (f fixture) finds(r doctor.Report, says string) (doctor.Finding, bool) {
	pattern := regexp.MustCompile(says)
	for _, o := range f.told(r) {
		if (o.Rule == f.Rule || f.Rule == "" && o.Severity == f.told(r)[0].Severity) && pattern.MatchString(sentence(o)) {
			return o, true
		}
	}
	return doctor.Finding{}, false
}

func sentence(f doctor.Finding) string {
	return f.Severity + " " + f.Subject.Name + " " + f.Claim + " - " + f.Why
}

// eachFixture reads them all.
func eachFixture(t *testing.T, do func(name string, f fixture)) {
	t.Helper()
	files, err := filepath.Glob(fixtureDir + "/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > 30<<10 {
			t.Errorf("%s has %d bytes", file, len(data))
		}
		var f fixture
		if err := json.Unmarshal(data, &f); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		do(strings.TrimSuffix(strings.TrimPrefix(file, fixtureDir+"/"), ".json"), f)
	}
}

// TestFixtures_AreDiagnosed looks at what real engines answered in incidents: what is
// found is what is written down in findings.txt, with its cause and remedy.
func TestFixtures_AreDiagnosed(t *testing.T) {
	var got strings.Builder
	eachFixture(t, func(name string, f fixture) {
		c := f.cluster(t)
		r := f.report(c)
		canBeDone(t, name, c)
		if _, ok := f.finds(r, ""); ok != (f.Rule != "") || !ok && r.Verdict != doctor.Healthy {
			t.Errorf("%s: what the rule %q finds is not told", name, f.Rule)
		}
		fmt.Fprintf(&got, "%s: %s\n", name, r.Verdict)
		for _, o := range f.told(r) {
			if o.Severity != "note" && o.Cause == "" && o.Remedy == nil {
				t.Errorf("%s: what helps is not said of %s", name, sentence(o))
			}
			indent := "  "
			if o.Cause != "" {
				indent = "      "
			}
			fmt.Fprintf(&got, "%s%s: %s (%s)\n", indent, o.Rule, sentence(o), o.Confidence)
			if o.Remedy != nil {
				fmt.Fprintf(&got, "%s  mend: %s\n", indent, strings.TrimSuffix(o.Remedy.Text+" ["+o.Remedy.Verb+"]", " []"))
			}
		}
	})
	golden := fixtureDir + "/findings.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	was, is := strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")
	for i := range max(len(was), len(is)) {
		if i >= len(was) || i >= len(is) || was[i] != is[i] {
			t.Fatalf("what is found is not what %s says from line %d on, which -update writes anew:\n got %q\nwant %q", golden, i+1, is[min(i, len(is)):], was[min(i, len(was)):])
		}
	}
}

// unstaged are the rules of which there is no fixture, and why.
var unstaged = map[string]string{
	"quorum-lost":     "the leader steps down within seconds, and then answers nothing: TestLab_QuorumIncident",
	"never-stops":     "an engine that is ready and stops nothing cannot be had at will",
	"role-stuck":      "managers change their role in a second, or are not ready",
	"unreadable":      "no engine answers what cannot be read",
	"node-flapping":   "it rests on what was seen before, not on one answer",
	"leader-flapping": "it rests on what was seen before, not on one answer",
	"engine-versions": "a lab has one engine",
	"global-misses":   "an engine that works gives each node its task",
	"mixed-tasks":     "an update that works leaves no old task",
	"long-history":    "five thousand tasks are no small fixture",
}

// TestFixtures_HoldEveryRule has a fixture for each rule that a lab can stage.
func TestFixtures_HoldEveryRule(t *testing.T) {
	found, err := os.ReadFile(fixtureDir + "/findings.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range triage.Rules() {
		told := strings.Contains(string(found), "  "+rule+": ")
		if _, without := unstaged[rule]; told == without {
			t.Errorf("%s: in a fixture %v, said to be in none %v", rule, told, without)
		}
	}
}

// stale are fixtures in which the engine's message is older than what it is about.
var stale = []string{"worker-down"}

// TestFixtures_MatrixAgreesWithTheEngine holds what real engines say of tasks that they
// cannot place against the matrix, for every filter that they have; cluster volumes
// are not known here, and so the engine's own word is given.
func TestFixtures_MatrixAgreesWithTheEngine(t *testing.T) {
	compared := map[model.SchedulerFilter]int{}
	eachFixture(t, func(name string, f fixture) {
		if slices.Contains(stale, filepath.Base(name)) {
			return
		}
		c := f.cluster(t)
		for _, s := range c.Services() {
			tasks, _ := c.TasksOf(s.Key())
			for _, task := range tasks {
				if strings.HasPrefix(task.Err, "no suitable node") && task.Wanted() && !strings.Contains(task.Err, "CSI") {
					compareRefusals(t, c, s, task, compared)
				}
			}
		}
	})
	for _, f := range []model.SchedulerFilter{model.FilterReady, model.FilterResources, model.FilterPlugin, model.FilterConstraint, model.FilterPlatform, model.FilterHostPort, model.FilterMaxReplicas} {
		if compared[f] < 2 {
			t.Errorf("no two engines refused a task for %q", f)
		}
	}
}
