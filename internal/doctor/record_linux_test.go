package doctor_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"skep/internal/doctor"
	"skep/lab"
)

// tasksKept are how many tasks of a service a fixture has, the newest.
const tasksKept = 12

// dropped are fields that are long, or differ each time, and from which nothing follows.
var dropped = map[string][]string{
	"/nodes":    {"Description.TLSInfo.TrustRoot"},
	"/networks": {"Containers", "Peers"},
	"/tasks":    {"NetworksAttachments.Network.Spec", "NetworksAttachments.Network.DriverState", "NetworksAttachments.Network.IPAMOptions"},
}

// drop takes a field out of an object, or out of all those of a list.
func drop(v any, path []string) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			drop(e, path)
		}
	case map[string]any:
		if len(path) == 1 {
			delete(v, path[0])
			return
		}
		drop(v[path[0]], path[1:])
	}
}

// answersOf are what an engine answers about some services, and about all nodes; about no
// service, also the tasks of which the service is gone.
func answersOf(n *lab.Node, services []string) (map[string][]json.RawMessage, error) {
	out, theirs := map[string][]json.RawMessage{}, map[string]bool{}
	for _, path := range fixturePaths {
		ask := path
		if path == "/services" {
			ask += "?status=true"
		}
		var list []map[string]any
		if err := n.API(context.Background(), "GET", ask, nil, &list); err != nil {
			return nil, err
		}
		for _, o := range list {
			if path == "/services" {
				theirs[fmt.Sprint(o["ID"])] = about(o, path, services)
			}
			if mine, known := theirs[fmt.Sprint(o["ServiceID"])]; path == "/tasks" && !mine && (known || len(services) > 0) || !about(o, path, services) {
				continue
			}
			for _, field := range dropped[path] {
				drop(o, strings.Split(field, "."))
			}
			text, err := json.Marshal(o)
			if err != nil {
				return nil, err
			}
			out[path] = append(out[path], text)
		}
	}
	out["/tasks"] = newest(out["/tasks"])
	return out, nil
}

// about reports whether an object is of all, or named like one of some services.
func about(o map[string]any, path string, services []string) bool {
	spec, _ := o["Spec"].(map[string]any)
	name := fmt.Sprint(cmp.Or(spec["Name"], o["Name"]))
	return path == "/nodes" || path == "/tasks" ||
		slices.ContainsFunc(services, func(s string) bool { return name == s || strings.HasPrefix(name, s+"_") })
}

// newest are the newest tasks of each service.
func newest(tasks []json.RawMessage) (out []json.RawMessage) {
	type task struct {
		ServiceID string
		CreatedAt time.Time
		raw       json.RawMessage
	}
	list := make([]task, len(tasks))
	for i, raw := range tasks {
		_ = json.Unmarshal(raw, &list[i]) // The engine's own.
		list[i].raw = raw
	}
	slices.SortFunc(list, func(a, b task) int { return b.CreatedAt.Compare(a.CreatedAt) })
	kept := map[string]int{}
	for _, t := range list {
		if kept[t.ServiceID]++; kept[t.ServiceID] <= tasksKept {
			out = append(out, t.raw)
		}
	}
	return out
}

// record asks an engine about some services until what it answers shows an incident as
// it is to be told, and keeps that as a fixture where -update says so.
func record(t *testing.T, n *lab.Node, name string, f fixture, services []string, says string) error {
	var version struct{ Version string }
	if err := n.API(t.Context(), "GET", "/version", nil, &version); err != nil {
		return err
	}
	f.Engine = version.Version
	for began := time.Now(); ; time.Sleep(300 * time.Millisecond) {
		seen, r, err := look(t, n, f, services)
		if err != nil {
			return err
		}
		first, ok := seen.finds(r, says)
		if says == "" {
			ok = r.Verdict == doctor.Healthy
		} else {
			seen.Rule = first.Rule
		}
		switch {
		case ok && !*update:
			return nil
		case ok:
			number := strings.SplitN(seen.Engine, ".", 3)
			dir := filepath.Join(fixtureDir, number[0]+"."+number[1])
			return errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, name+".json"), seen.text(), 0o644))
		case time.Since(began) > restWithin:
			return fmt.Errorf("%s: of what the engine answers not %q is said by %q first, but %s", name, says, f.Rule, r.Text())
		}
	}
}

// look asks an engine once, and says what is found in its answers, cleaned.
func look(t *testing.T, n *lab.Node, f fixture, services []string) (fixture, doctor.Report, error) {
	var err error
	f.At = time.Now()
	if f.Answers, err = answersOf(n, services); err != nil {
		return f, doctor.Report{}, err
	}
	var cleaned fixture
	if err := json.Unmarshal(clean(f.text()), &cleaned); err != nil {
		return f, doctor.Report{}, err
	}
	return cleaned, cleaned.diagnose(t), nil
}
