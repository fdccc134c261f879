package actions

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/docker/go-units"

	"skep/model"
)

// amount is one resource that a service may have a limit for, or reserves.
type amount struct {
	key, label, flag string
	path             []string
	parse            func(text string) (int64, error)
	show             func(n int64) string
}

var pathResources = []string{"TaskTemplate", "Resources"}

// amounts are the fields of the form, in their order.
var amounts = []amount{
	{"cpu-limit", "CPU limit", "--limit-cpu", []string{"Limits", "NanoCPUs"}, parseCores, model.Cores},
	{"memory-limit", "Memory limit", "--limit-memory", []string{"Limits", "MemoryBytes"}, parseBytes, showBytes},
	{"pids-limit", "PIDs limit", "--limit-pids", []string{"Limits", "Pids"}, parsePids, showPids},
	{"cpu-reserve", "CPU reserved", "--reserve-cpu", []string{"Reservations", "NanoCPUs"}, parseCores, model.Cores},
	{"memory-reserve", "Memory reserved", "--reserve-memory", []string{"Reservations", "MemoryBytes"}, parseBytes, showBytes},
}

// asIs leaves an amount as it is, of several services that differ.
const asIs = "="

var resources = Action{
	Verb: "resources", Title: "Reservations and limits", Kind: model.KindService, Tier: Disruptive,
	Form: resourceForm,
	Plan: planResources,
}

func resourceForm(c *model.Cluster, targets []Target) *Form {
	out := &Form{Title: fmt.Sprintf("Reservations and limits of %d services, each task", len(targets)), AllTasks: true}
	if len(targets) == 1 {
		out.Title = "Reservations and limits of each task of " + targets[0].Name
	}
	for _, a := range amounts {
		f := Field{Key: a.key, Label: a.label, Check: func(v string) error { _, err := a.read(v); return err }}
		for i, t := range targets {
			s := serviceOf(c, t)
			if s == nil {
				continue
			}
			if today := a.text(a.of(s)); i == 0 || today == f.Value {
				f.Value = today
			} else {
				f.Value = asIs
			}
		}
		out.Fields = append(out.Fields, f)
	}
	out.Fields[0].Hint = "cores, such as 0.5; empty for none"
	out.Fields[1].Hint = "such as 512m or 2g; empty for none"
	return out
}

// of is the amount of a service, in a snapshot.
func (a amount) of(s *model.Service) int64 {
	r := s.Spec.TaskTemplate.Resources
	switch {
	case r == nil:
	case a.path[0] == "Limits" && r.Limits != nil:
		return map[string]int64{"NanoCPUs": r.Limits.NanoCPUs, "MemoryBytes": r.Limits.MemoryBytes, "Pids": r.Limits.Pids}[a.path[1]]
	case a.path[0] == "Reservations" && r.Reservations != nil:
		return map[string]int64{"NanoCPUs": r.Reservations.NanoCPUs, "MemoryBytes": r.Reservations.MemoryBytes}[a.path[1]]
	}
	return 0
}

// text is an amount as it is typed; empty for none.
func (a amount) text(n int64) string {
	if n == 0 {
		return ""
	}
	return a.show(n)
}

// read reads what was typed. Nothing, and 0, are none.
func (a amount) read(text string) (int64, error) {
	if text = strings.TrimSpace(text); text == "" || text == asIs {
		return 0, nil
	}
	return a.parse(text)
}

func parseCores(text string) (int64, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || n < 0 || n > 1e6 {
		return 0, fmt.Errorf("%q is not a number of cores, such as 0.5 or 2", text)
	}
	return int64(math.Round(n * 1e9)), nil
}

func parseBytes(text string) (int64, error) {
	n, err := units.RAMInBytes(text)
	switch {
	case err != nil || n < 0:
		return 0, fmt.Errorf("%q is not a size, such as 512m or 2g", text)
	case n > 0 && n < 4<<20:
		return 0, fmt.Errorf("%s is less than 4 MiB, the least that the engine takes", text)
	}
	return n, nil
}

// showBytes is a size that is read back as the same.
func showBytes(n int64) string {
	for _, u := range []struct {
		size int64
		unit string
	}{{1 << 30, "g"}, {1 << 20, "m"}, {1 << 10, "k"}} {
		if n%u.size == 0 {
			return strconv.FormatInt(n/u.size, 10) + u.unit
		}
	}
	return strconv.FormatInt(n, 10)
}

func parsePids(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is not a number of processes", text)
	}
	return n, nil
}

func showPids(n int64) string { return strconv.FormatInt(n, 10) }

func planResources(in Input) (Plan, error) {
	s := readService(in)
	var edits []Edit
	var does, undoes, said []string
	for _, a := range amounts {
		typed, given := in.Values[a.key]
		if !given || strings.TrimSpace(typed) == asIs {
			continue
		}
		path := append(append([]string{}, pathResources...), a.path...)
		var today int64
		decodeField(s.spec, &today, path...)
		n, err := a.read(typed)
		if err != nil {
			return Plan{}, fmt.Errorf("%s: %w", a.label, err)
		}
		if n == today {
			continue
		}
		edits = append(edits, Edit{Path: path, Value: n, Delete: n == 0})
		does, undoes = append(does, a.flag, a.arg(n)), append(undoes, a.flag, a.arg(today))
		to := a.text(n)
		if n == 0 {
			to = "none"
		}
		said = append(said, strings.ToLower(a.label[:1])+a.label[1:]+" "+to)
	}
	if len(edits) == 0 {
		return Plan{}, fmt.Errorf("%w: %s has these already", ErrNoChange, s.name())
	}
	p, err := newPlan(in, "resources", Disruptive, edits...)
	if err != nil {
		return Plan{}, err
	}
	p.Title = fmt.Sprintf("set for each task of %s: %s", s.name(), strings.ReplaceAll(list(said), "cPU", "CPU"))
	p.Commands = []string{command(append(append([]string{"service", "update"}, does...), s.arg())...)}
	p.Undo = Undo{Sentence: "set the former ones; the tasks restart once more", Commands: []string{command(append(append([]string{"service", "update"}, undoes...), s.arg())...)}}
	after, err := Apply(in.Doc.Spec, edits)
	if err != nil {
		return Plan{}, err
	}
	if s.job() {
		s.rerun(&p, after)
	} else {
		s.foretell(&p, after, "UpdateConfig")
	}
	if err := s.checkAmounts(&p, after); err != nil {
		return Plan{}, err
	}
	s.warnMoves(&p)
	s.finish(&p, "this change of the resources")
	return p, nil
}

// arg is an amount as the docker command takes it.
func (a amount) arg(n int64) string {
	if n == 0 {
		return "0"
	}
	return a.show(n)
}

// checkAmounts refuses what cannot run: the engine takes a reservation above the
// limit, and the container then fails.
func (s service) checkAmounts(p *Plan, after []byte) error {
	number := func(path ...string) (n int64) {
		decodeField(after, &n, append(append([]string{}, pathResources...), path...)...)
		return n
	}
	for _, what := range []struct{ field, name string }{{"NanoCPUs", "CPU"}, {"MemoryBytes", "memory"}} {
		if limit, reserved := number("Limits", what.field), number("Reservations", what.field); limit > 0 && reserved > limit {
			return fmt.Errorf("more %s would be reserved than the limit allows", what.name)
		}
	}
	if c := s.in.Cluster; c != nil && len(c.Nodes()) > 0 {
		d := model.Demand{Service: model.ServiceID(s.in.Target.Ref.ID), Spec: s.shape(after)}
		if placer := c.Placer(); d.Limited() && placer.TotalRoom(d) == 0 {
			p.warn("no node has room for one more such task now: %s", placer.Explain(d))
		}
	}
	return nil
}
