package engine

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/swarm"
)

// oldService is what engine 20.10 accepts and the types of the API do not: a
// name server with a port.
const oldService = `{"ID":"s1","Version":{"Index":12},"CreatedAt":"2026-01-02T03:04:05Z",
"Spec":{"Name":"web","Labels":{"com.docker.stack.namespace":"shop"},"Mode":{"Replicated":{"Replicas":3}},
"TaskTemplate":{"ContainerSpec":{"Image":"app:1","Env":["A=1"],"DNSConfig":{"Nameservers":["8.8.8.8:53","9.9.9.9"],"Search":["example.com"]}},"ForceUpdate":4}},
"Endpoint":{"VirtualIPs":[{"NetworkID":"n1","Addr":"10.0.0.2/24"},{"NetworkID":"n2","Addr":"nonsense"}]},
"ServiceStatus":{"RunningTasks":2,"DesiredTasks":3,"CompletedTasks":0}}`

func TestServices_OneBadObjectDoesNotBlind(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	f.answers("/services", 200, `[{"ID":"s0","Spec":{"Name":"before"}},`+oldService+`,{"ID":"s2","Spec":{"Name":"after"}}]`)
	services, _, err := p.Services(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(services) != 3 || services[0].Damage != "" || services[2].Damage != "" || services[2].Name() != "after" {
		t.Fatalf("got %v", services)
	}
	bad := services[1]
	for _, part := range []string{`Spec.TaskTemplate.ContainerSpec.DNSConfig.Nameservers[0]`, `8.8.8.8:53`, `Endpoint.VirtualIPs[1].Addr`} {
		if !strings.Contains(bad.Damage, part) {
			t.Errorf("the damage %q does not name %s", bad.Damage, part)
		}
	}
	c := bad.Spec.TaskTemplate.ContainerSpec
	if bad.ID != "s1" || bad.Version.Index != 12 || bad.Name() != "web" || bad.Stack() != "shop" || bad.Replicas() != 3 ||
		bad.CreatedAt.IsZero() || bad.Image() != "app:1" || bad.Spec.TaskTemplate.ForceUpdate != 4 || bad.Print == 0 ||
		c.Env[0] != "A=1" || c.DNSConfig.Search[0] != "example.com" || bad.ServiceStatus.RunningTasks != 2 {
		t.Errorf("more than the bad part is lost: %+v", bad)
	}
	if want := []netip.Addr{netip.MustParseAddr("9.9.9.9")}; !reflect.DeepEqual(c.DNSConfig.Nameservers, want) {
		t.Errorf("got name servers %v, want %v", c.DNSConfig.Nameservers, want)
	}
	if v := bad.Endpoint.VirtualIPs; len(v) != 2 || v[1].NetworkID != "n2" || v[1].Addr.IsValid() {
		t.Errorf("got addresses %v", v)
	}
}

func TestDecodeLenient_Table(t *testing.T) {
	for raw, c := range map[string]struct {
		damaged string
		check   func(*swarm.Service) bool
	}{
		`{"ID":7,"Spec":{"Name":"web"}}`:                                        {"ID", func(s *swarm.Service) bool { return s.ID == "" && s.Spec.Name == "web" }},
		`{"id":"s","spec":{"name":"web","Labels":5}}`:                           {"Labels", func(s *swarm.Service) bool { return s.ID == "s" && s.Spec.Name == "web" }},
		`{"ID":"s","Spec":{"Labels":{"a":"b","c":5}}}`:                          {"Spec.Labels.c", func(s *swarm.Service) bool { return s.Spec.Labels["a"] == "b" }},
		`{"ID":"s","CreatedAt":"yesterday","UpdatedAt":"2026-01-02T03:04:05Z"}`: {"CreatedAt", func(s *swarm.Service) bool { return s.CreatedAt.IsZero() && !s.UpdatedAt.IsZero() }},
		`{"ID":"s","UpdateStatus":{"State":"paused","StartedAt":"x"}}`:          {"UpdateStatus.StartedAt", func(s *swarm.Service) bool { return s.UpdateStatus.State == "paused" }},
		`{"ID":"s","Version":{"Index":-1},"Spec":{"Name":"web"}}`:               {"Version.Index", func(s *swarm.Service) bool { return s.Spec.Name == "web" }},
		`"text"`: {"the object", func(s *swarm.Service) bool { return s.ID == "" }},
		`[1]`:    {"the object", func(s *swarm.Service) bool { return s.ID == "" }},
		`{"ID":"s","Unknown":{"kept":"out"},"Spec":null}`: {"", func(s *swarm.Service) bool { return s.ID == "s" }},
	} {
		var s swarm.Service
		damage := decodeLenient([]byte(raw), &s)
		if c.damaged == "" && damage != "" || !strings.Contains(damage, c.damaged) {
			t.Errorf("%s: got damage %q, want %q", raw, damage, c.damaged)
		}
		if !c.check(&s) {
			t.Errorf("%s: got %+v", raw, s)
		}
	}
}

func TestDecodeLenient_SameWordsEachTime(t *testing.T) {
	first := decodeService([]byte(oldService))
	for range 50 {
		if again := decodeService([]byte(oldService)); !reflect.DeepEqual(first, again) {
			t.Fatalf("got %q, then %q", first.Damage, again.Damage)
		}
	}
}

func TestDecodeLenient_DamageIsBounded(t *testing.T) {
	raw := `{"ID":"s","Spec":{"TaskTemplate":{"ContainerSpec":{"DNSConfig":{"Nameservers":["x"` + strings.Repeat(`,"x"`, 5000) + `]}}}}}`
	var s swarm.Service
	if damage := decodeLenient([]byte(raw), &s); len(damage) > 4000 || !strings.HasSuffix(damage, "and more") {
		t.Errorf("got %d bytes of damage", len(damage))
	}
}

// FuzzDecodeService checks that nothing panics, that what encoding/json can
// read is read the same, and that a part that is sound is never lost for one
// that is not.
func FuzzDecodeService(f *testing.F) {
	for _, seed := range []string{oldService, `{"ID":"a"}`, `{"Spec":{"Labels":{"a":1}}}`, `[]`, `null`, `{"ID":{"ID":[]}}`, `{"Spec":[{"Mode":null}]}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		s := decodeService([]byte(raw))
		var plain swarm.Service
		if json.Unmarshal([]byte(raw), &plain) == nil {
			if s.Damage != "" || !reflect.DeepEqual(s.Service, plain) {
				t.Fatalf("%s: got %+v, want %+v", raw, s.Service, plain)
			}
		} else if s.Damage == "" {
			t.Fatalf("%s: no damage", raw)
		}
		var identity struct{ ID *string }
		if json.Unmarshal([]byte(raw), &identity) == nil && identity.ID != nil && s.ID != *identity.ID {
			t.Fatalf("%s: got ID %q, want %q", raw, s.ID, *identity.ID)
		}
	})
}
