package main

import (
	"encoding/json"
	"strings"
	"testing"

	"skep/internal/doctor"
)

func TestDoctor_SaysWhatIsWrongAndWhy(t *testing.T) {
	t.Parallel()
	out, errs, code := skep(t, "doctor", "-H", shop(t))
	if code != 4 || errs != "" {
		t.Errorf("exit code %d, %q", code, errs)
	}
	for _, want := range []string{"outage (fra1-mgr1", "; looked at 8 nodes, 16 services, ",
		"fra1-wrk4 drained - shop_search fits on no other node", "\n  outage    shop_search 0/1", "mend: activate it"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	out, _, code = skep(t, "-o", "json", "doctor", "-H", shop(t))
	var r doctor.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 4 || r.Schema != doctor.ReportSchema || r.Verdict != doctor.Outage || len(r.Findings) < 3 {
		t.Errorf("exit code %d, %v\n%s", code, err, out)
	}
}

func TestExplain_OneObject(t *testing.T) {
	t.Parallel()
	host := shop(t)
	for _, tt := range []struct {
		object string
		code   int
		wants  []string
	}{
		{"service/shop_search", 4, []string{"service shop_search: down", "fra1-wrk4 drained", "nodes, the nearest first:", "not available for new tasks: it is set to drain", "tasks, the newest first:"}},
		{"service/shop_payments", 4, []string{"restart loop", "the last log lines of shop_payments.", "which died:"}},
		{"service/shop_web", 0, []string{"service shop_web: ok", "nothing wrong was found"}},
		{"node/fra1-wrk4", 4, []string{"node fra1-wrk4: ready, drain", "shop_search fits on no other node"}},
		{"task/shop_search.1", 4, []string{"task shop_search.1: pending"}},
		{"shop_payments", 4, []string{"service shop_payments: ", " more, older ones\n"}},
		{"fra1-wrk4", 4, []string{"node fra1-wrk4: ready, drain"}},
		{"service/none", 1, nil},
		{"none", 1, nil},
		{"stack/shop", 2, nil},
	} {
		out, errs, code := skep(t, "explain", "-H", host, tt.object)
		if code != tt.code {
			t.Errorf("%s: exit code %d, %s%s", tt.object, code, out, errs)
		}
		for _, want := range tt.wants {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", tt.object, want, out)
			}
		}
	}
}

func TestDoctor_WhereNothingAnswers(t *testing.T) {
	if _, errs, code := skep(t, "doctor", "-H", "tcp://127.0.0.1:1"); code != 1 || !strings.Contains(errs, "No Docker engine answers") {
		t.Errorf("exit code %d, %s", code, errs)
	}
	if _, errs, code := skep(t, "doctor", "-o", "xml"); code != 2 || !strings.Contains(errs, "neither text nor json") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}
