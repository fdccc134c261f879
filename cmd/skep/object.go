package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"skep/actions"
	"skep/model"
)

// objects are those of a kind, as the command line names them: word stands for
// one in the usage, and each gives all of a snapshot with what they are called.
type objects struct {
	kind model.Kind
	word string
	each func(c *model.Cluster, add func(r model.Ref, names ...string))
	// many is set where there are too many to offer some instead of a name that none
	// has.
	many bool
}

var (
	services = objects{kind: model.KindService, word: "SERVICE", each: func(c *model.Cluster, add func(r model.Ref, names ...string)) {
		for _, s := range c.Services() {
			add(s.Key().Ref(), s.Name(), s.ID)
		}
	}}
	nodes = objects{kind: model.KindNode, word: "NODE", each: func(c *model.Cluster, add func(r model.Ref, names ...string)) {
		for _, n := range c.Nodes() {
			add(n.Key().Ref(), n.Hostname(), n.ID)
		}
	}}
	stacks = objects{kind: model.KindStack, word: "STACK", each: func(c *model.Cluster, add func(r model.Ref, names ...string)) {
		for _, s := range c.Stacks() {
			add(s.Name.Ref(), string(s.Name))
		}
	}}
	// prefixed are what is named with its kind before it: what a verb is done to
	// besides what its usage says.
	prefixed = []objects{services, nodes, stacks, listed(model.KindNetwork), listed(model.KindConfig), listed(model.KindSecret)}
)

func listed(kind model.Kind) objects {
	return objects{kind: kind, word: strings.ToUpper(string(kind)), each: func(c *model.Cluster, add func(r model.Ref, names ...string)) {
		for _, o := range model.Listed[model.Object](c, kind) {
			add(o.Meta().Ref, o.Meta().Name, o.Meta().Ref.ID)
		}
	}}
}

// others are the kinds that the verb is done to besides, as the usage names them.
func (a act) others() []string {
	var out []string
	for _, o := range prefixed {
		if _, ok := actions.Find(o.kind, a.verb); ok && o.kind != a.kind {
			out = append(out, string(o.kind)+"/"+o.word)
		}
	}
	return out
}

// named are the objects of a command line and what they are called there. They are
// of one kind: one preview is for one verb.
func (a act) named(args []string) (objects, []string, error) {
	of := a.objects
	if a.find != nil {
		return of, args, nil // It finds them itself.
	}
	var names []string
	for i, arg := range args {
		this, name := a.objects, arg
		if kind, rest, ok := strings.Cut(arg, "/"); ok {
			at := slices.IndexFunc(prefixed, func(o objects) bool { return string(o.kind) == kind })
			if at < 0 {
				return of, nil, fmt.Errorf("%q: what is named with a kind is %s", arg, strings.Join(a.others(), ", "))
			}
			this, name = prefixed[at], rest
		}
		if i > 0 && this.kind != of.kind {
			return of, nil, fmt.Errorf("%s and %s: one command is for one kind", args[0], arg)
		}
		of, names = this, append(names, name)
	}
	if _, ok := actions.Find(of.kind, a.verb); !ok {
		return of, nil, fmt.Errorf("there is no %s for a %s", a.verb, of.kind)
	}
	return of, names, nil
}

// servicesNamed is what names services: themselves, or their stack.
var servicesNamed = choice{services, stacks}

// findServices are those that were named, also by their stack, and all where none
// was.
func findServices(_ context.Context, c *model.Cluster, names []string) ([]actions.Target, error) {
	var out []actions.Target
	add := func(of func(*model.Service) bool) {
		for _, s := range c.Services() {
			if t := (actions.Target{Ref: s.Key().Ref(), Name: s.Name()}); of(s) && !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	if len(names) == 0 {
		add(func(*model.Service) bool { return true })
	}
	for _, name := range names {
		if err := servicesNamed.check(name); err != nil {
			return nil, err
		}
		r, err := servicesNamed.one(c, name)
		if err != nil {
			return nil, err
		}
		add(func(s *model.Service) bool { return s.Key().Ref() == r || s.Stack().Ref() == r })
	}
	return out, nil
}
