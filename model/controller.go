package model

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Controller is a program that changes services by itself: what is changed by hand
// it may change again.
type Controller struct {
	Name string
	// Does is what it does to a service.
	Does string
	// Writes are the beginnings of the fields that it changes; none for any.
	Writes []string
}

// String names it, and what it does.
func (c Controller) String() string { return c.Name + " (" + c.Does + ")" }

var (
	writesImage    = []string{"TaskTemplate.ContainerSpec.Image", "TaskTemplate.ForceUpdate", "TaskTemplate.Placement.Platforms", "Labels[" + LabelStackImage}
	writesReplicas = []string{"Mode.", "TaskTemplate.ForceUpdate", "Labels["}
)

// controllers are those that are known, by the labels that tell them which services.
// A label that ends in a dot stands for all that begin so. Value is what it has to
// say; empty for anything but false.
var controllers = []struct {
	label, value string
	Controller
}{
	{"swarmpit.service.deployment.autoredeploy", "true", Controller{"Swarmpit", "updates its image by itself", writesImage}},
	{"shepherd.autodeploy", "true", Controller{"Shepherd", "updates its image by itself", writesImage}},
	{"shepherd.enable", "", Controller{"Shepherd", "updates its image by itself", writesImage}},
	{"gantry.services.", "", Controller{"Gantry", "updates its image by itself", writesImage}},
	{"gantry.auth.config", "", Controller{"Gantry", "updates its image by itself", writesImage}},
	{"com.ouroboros.enable", "", Controller{"Ouroboros", "updates its image by itself", writesImage}},
	{"swarm.cronjob.enable", "true", Controller{"swarm-cronjob", "starts it again by its schedule, and sets its replicas", writesReplicas}},
	{"swarm.autoscaler", "true", Controller{"the autoscaler", "sets its replicas by itself", writesReplicas}},
	{"sablier.enable", "true", Controller{"Sablier", "stops it while nobody asks for it, and starts it again", writesReplicas}},
	{"io.portainer.", "", Controller{"Portainer", "may deploy its stack again", nil}},
	{"cd.doco.metadata.manager", "", Controller{"doco-cd", "deploys its stack again from its repository", nil}},
}

// ManagedBy are the controllers of a service of these labels, each once: those that
// are known, and the one that a label of the common name managed-by tells.
func ManagedBy(labels map[string]string) []Controller {
	var out []Controller
	add := func(c Controller) {
		if !slices.ContainsFunc(out, func(o Controller) bool { return o.Name == c.Name }) {
			out = append(out, c)
		}
	}
	for _, c := range controllers {
		for key, value := range labels {
			is := key == c.label || strings.HasSuffix(c.label, ".") && strings.HasPrefix(key, c.label)
			if is && value != "false" && (c.value == "" || value == c.value) {
				add(c.Controller)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		// app.kubernetes.io/managed-by and its like.
		if last := key[strings.LastIndexAny(key, "./")+1:]; (last == "managed-by" || last == "managed_by") && labels[key] != "" {
			add(Controller{Name: labels[key], Does: "by its label " + key})
		}
	}
	return out
}

// may reports whether a controller can have made some changes.
func (c Controller) may(changes []Change) bool {
	return len(c.Writes) == 0 || len(changes) > 0 && !slices.ContainsFunc(changes, func(change Change) bool {
		return !slices.ContainsFunc(c.Writes, func(path string) bool { return strings.HasPrefix(change.Path, path) })
	})
}

// By says who wrote a release: who is known to have, or what its service is managed
// by, where that changes what was changed since the one before it. Empty where
// nothing tells.
func (r *Release) By(before *Release) string {
	if r.Who != "" || r.Lacks != "" {
		return r.Who
	}
	var labelled struct{ Labels map[string]string }
	if json.Unmarshal(r.Spec, &labelled) != nil {
		return ""
	}
	var names []string
	for _, c := range ManagedBy(labelled.Labels) {
		if len(c.Writes) == 0 || before != nil && before.Lacks == "" && c.may(r.Changes(before)) {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "managed by " + strings.Join(names, ", ")
}
