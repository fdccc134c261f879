package logstream

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestParsePrefix(t *testing.T) {
	ids := "com.docker.swarm.node.id=n1,com.docker.swarm.service.id=s1,com.docker.swarm.task.id=t1"
	stamp := "2026-11-23T22:26:56.583628164Z"
	want := time.Date(2026, 11, 23, 22, 26, 56, 583628164, time.UTC)
	for name, tc := range map[string]struct {
		in, details, text string
		ok                bool
		time              time.Time
	}{
		"as recorded":         {stamp + " " + ids + " out 0", ids, "out 0", true, want},
		"driver attributes":   {stamp + " BAR=a%25b+%C3%A9,FOO=x%3Dy," + ids + " hello", "BAR=a%25b+%C3%A9,FOO=x%3Dy," + ids, "hello", true, want},
		"empty text":          {stamp + " " + ids + " ", ids, "", true, want},
		"text with spaces":    {stamp + " " + ids + "  a  b", ids, " a  b", true, want},
		"no details":          {stamp + "  text", "", "text", true, want},
		"text instead":        {stamp + " a=b text", "", "a=b text", true, want},
		"fewer digits":        {"2026-11-23T22:26:56.5Z " + ids + " x", ids, "x", true, time.Date(2026, 11, 23, 22, 26, 56, 5e8, time.UTC)},
		"offset":              {"2026-11-23T23:26:56.583628164+01:00 " + ids + " x", ids, "x", true, want},
		"no timestamp":        {"Error grabbing logs: nothing", "", "", false, time.Time{}},
		"impossible month":    {"2026-13-23T22:26:56.583628164Z " + ids + " x", "", "", false, time.Time{}},
		"a letter as a digit": {"2026-11-23T22:2x:56.583628164Z " + ids + " x", "", "", false, time.Time{}},
		"empty":               {"", "", "", false, time.Time{}},
	} {
		p, ok := parsePrefix([]byte(tc.in), nil)
		if ok != tc.ok || !p.time.Equal(tc.time) || string(p.details) != tc.details {
			t.Errorf("%s: %v %v %q", name, ok, p.time, p.details)
			continue
		}
		if ok && tc.in[p.textAt:] != tc.text {
			t.Errorf("%s: text %q, want %q", name, tc.in[p.textAt:], tc.text)
		}
	}
}

func TestParseDetails(t *testing.T) {
	for in, want := range map[string][2]string{
		"com.docker.swarm.node.id=n,com.docker.swarm.service.id=s,com.docker.swarm.task.id=t":   {"t", "n"},
		"com.docker.swarm.task.id=forged,com.docker.swarm.node.id=n,com.docker.swarm.task.id=t": {"t", "n"},
		"a=com.docker.swarm.task.id%3Dforged,com.docker.swarm.task.id=t":                        {"t", ""},
		"com.docker.swarm.task.id=a%1b%5b2Jb,com.docker.swarm.node.id=%zz":                      {"", ""},
		"com.docker.swarm.task.id=" + strings.Repeat("t", 65):                                   {"", ""},
		"com.docker.swarm.task.id": {"", ""},
		"":                         {"", ""},
	} {
		if task, node := parseDetails([]byte(in)); string(task) != want[0] || string(node) != want[1] {
			t.Errorf("%q: task %q node %q, want %q", in, task, node, want)
		}
	}
}

func FuzzParsePrefix(f *testing.F) {
	f.Add([]byte(head(at(0), 1) + "text"))
	f.Add([]byte("2026-11-23T22:26:56Z  x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, ok := parsePrefix(data, nil)
		if !ok {
			return
		}
		if p.textAt < 1 || p.textAt > len(data) || data[p.textAt-1] != ' ' {
			t.Fatalf("text at %d of %d", p.textAt, len(data))
		}
	})
}

func FuzzParseStamp(f *testing.F) {
	f.Add("2026-11-23T22:26:56.583628164Z")
	f.Add("2026-02-30T24:00:60.000000000Z")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseStamp([]byte(s))
		want, err := time.Parse(time.RFC3339Nano, s)
		if err == nil && len(s) >= 20 && s[0] >= '0' && s[0] <= '9' && (!ok || !got.Equal(want)) {
			t.Fatalf("%v %v, want %v", got, ok, want)
		}
	})
}

func FuzzParseDetails(f *testing.F) {
	f.Add("task", "node", "FOO", "x=y,z w")
	f.Fuzz(func(t *testing.T, task, node, key, value string) {
		details := url.QueryEscape(key) + "=" + url.QueryEscape(value) + "," +
			nodeKey + "=" + url.QueryEscape(node) + "," + taskKey + "=" + url.QueryEscape(task)
		if strings.Contains(details, " ") {
			t.Fatal("an escaped value holds a space")
		}
		gotTask, gotNode := parseDetails([]byte(details))
		if string(gotTask) != string(asID([]byte(task))) || string(gotNode) != string(asID([]byte(node))) {
			t.Fatalf("%q: %q %q", details, gotTask, gotNode)
		}
	})
}
