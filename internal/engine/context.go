package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"

	"skep/model"
)

// Contexts lists the docker contexts, "default" first. A context that cannot
// be read is left out. The current one is that which Resolve would choose if no
// host was given.
func Contexts(o Options) []model.Context {
	cfg := loadDockerConfig(o)
	fallback := model.Context{Name: defaultContext}
	o.Hosts = nil
	current := currentContext(o, cfg)
	here := o
	here.Context = defaultContext
	if endpoints, err := Resolve(here); err == nil {
		fallback.Host = endpoints[0].Host
	}
	contexts := []model.Context{fallback}
	known := contextStore(cfg)
	for _, name := range contextNames(cfg) {
		meta, err := known.GetMetadata(name)
		if err != nil {
			continue
		}
		if at, err := docker.EndpointFromContext(meta); err == nil {
			contexts = append(contexts, model.Context{Name: name, Host: at.Host, Description: description(meta)})
		}
	}
	for i := range contexts {
		contexts[i].Current = contexts[i].Name == current
	}
	return slices.Clip(contexts)
}

// contextNames are the names in docker's store of contexts, in order. The
// store's own list is an error as a whole when one context cannot be read.
func contextNames(cfg dockerConfig) []string {
	folder := os.DirFS(contextFolder(cfg))
	files, _ := fs.Glob(folder, "meta/*/meta.json") // The pattern is none of those that are wrong.
	var names []string
	for _, file := range files {
		var meta struct{ Name string }
		text, err := fs.ReadFile(folder, file)
		if err == nil && json.Unmarshal(text, &meta) == nil {
			names = append(names, meta.Name)
		}
	}
	slices.Sort(names)
	return names
}

func contextFolder(cfg dockerConfig) string { return filepath.Join(cfg.dir, "contexts") }

func currentContext(o Options, cfg dockerConfig) string {
	for _, name := range []string{o.Context, hostContext(o), o.env("DOCKER_CONTEXT"), cfg.file.CurrentContext} {
		if name != "" {
			return name
		}
	}
	return defaultContext
}

func contextStore(cfg dockerConfig) *store.ContextStore {
	// New only notes the paths; nothing is made before something is written.
	return store.New(contextFolder(cfg), store.NewConfig(
		func() any { return &map[string]any{} },
		store.EndpointTypeGetter(docker.DockerEndpoint, func() any { return &docker.EndpointMeta{} }),
	))
}

// resolveContext is the endpoint that a docker context holds. source is what
// named the context.
func resolveContext(cfg dockerConfig, name, source string) ([]Endpoint, error) {
	contexts := contextStore(cfg)
	meta, err := contexts.GetMetadata(name)
	if err != nil {
		return nil, &model.Trouble{Situation: model.UnknownContext, Host: name, Source: source, Cause: err}
	}
	source = "context " + name
	at, err := docker.EndpointFromContext(meta)
	if err != nil {
		return nil, badHost(name, source, err)
	}
	full, err := parseHost(at.Host)
	if err == nil && at.Host == "" {
		err = errors.New("the context has no address")
	}
	if err != nil {
		return nil, badHost(at.Host, source, err)
	}
	e := Endpoint{Host: full, Source: source, Context: name, headers: cfg.file.HTTPHeaders}
	if e.scheme() != "tcp" {
		return []Endpoint{e}, nil
	}
	loaded, err := docker.WithTLSData(contexts, name, at)
	if err == nil && (loaded.TLSData != nil || at.SkipTLSVerify) {
		pem := certificates{skipVerify: at.SkipTLSVerify, name: source}
		if d := loaded.TLSData; d != nil {
			pem.ca, pem.cert, pem.key = d.CA, d.Cert, d.Key
		}
		e.tls, err = pem.config()
	}
	if err != nil {
		return nil, &model.Trouble{Situation: model.CertificateError, Host: full, Source: source, Cause: err}
	}
	return []Endpoint{e}, nil
}

// InspectContext is a docker context as docker context inspect prints it: its
// endpoint and the names of its TLS files, not what they hold.
func InspectContext(o Options, name string) (json.RawMessage, error) {
	type endpoint struct {
		Host          string
		SkipTLSVerify bool
	}
	type storage struct{ MetadataPath, TLSPath string }
	out := struct {
		Name        string
		Metadata    any
		Endpoints   map[string]endpoint
		TLSMaterial map[string]store.EndpointFiles
		Storage     storage
	}{Name: name, Metadata: map[string]any{}, Endpoints: map[string]endpoint{}, TLSMaterial: map[string]store.EndpointFiles{}}
	if name == defaultContext {
		o.Hosts, o.Context = nil, name
		endpoints, err := Resolve(o)
		if err != nil {
			return nil, err
		}
		out.Endpoints[docker.DockerEndpoint] = endpoint{Host: endpoints[0].Host}
		return json.Marshal(out)
	}
	contexts := contextStore(loadDockerConfig(o))
	meta, err := contexts.GetMetadata(name)
	if err != nil {
		return nil, fmt.Errorf("read the context %s: %w", name, err)
	}
	at, err := docker.EndpointFromContext(meta)
	if err != nil {
		return nil, fmt.Errorf("read the context %s: %w", name, err)
	}
	out.Metadata, out.Endpoints[docker.DockerEndpoint] = meta.Metadata, endpoint{at.Host, at.SkipTLSVerify}
	if files, err := contexts.ListTLSFiles(name); err == nil {
		out.TLSMaterial = files
	}
	info := contexts.GetStorageInfo(name)
	out.Storage = storage{info.MetadataPath, info.TLSPath}
	return json.Marshal(out)
}

// description is what was written about a context.
func description(meta store.Metadata) string {
	fields, _ := meta.Metadata.(map[string]any)
	text, _ := fields["Description"].(string)
	return text
}
