package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"skep/model"
)

// Options say where to look for the engine.
type Options struct {
	// Hosts are the values of -H; further ones are managers to fail over to.
	Hosts []string
	// Context is the value of -c.
	Context string
	// Env looks up an environment variable; nil stands for an empty
	// environment.
	Env func(name string) string
	// ReadOnly refuses every write.
	ReadOnly bool
	// Production is what has to be typed before a change that restarts or takes
	// away; empty for a context that is not marked so.
	Production string
	// Swarm is the ID of the swarm to connect to, and no other; empty for the
	// first that answers.
	Swarm string
	// Batch never asks the user anything: an ssh that wants a password fails.
	Batch bool
	// Dial makes the connections in place of what the address says; nil for
	// that. It is for a swarm in the same process.
	Dial func(ctx context.Context) (net.Conn, error)
	// Patience is how long an answer is waited for, and each byte after its
	// first; 25 seconds if 0.
	Patience time.Duration
	// MaxBody is the largest answer that is read, in bytes; 512 MiB if 0.
	MaxBody int64
}

func (o Options) env(name string) string {
	if o.Env == nil {
		return ""
	}
	return o.Env(name)
}

// defaultContext is docker's word for what the environment says.
const defaultContext = "default"

// Resolve finds the engine's addresses: the hosts given, else the context
// given, else DOCKER_HOST, else DOCKER_CONTEXT, else docker's current context,
// else the platform's default socket. Where docker's configuration may hold a
// current context and cannot be read, it is an error to need it. It reads
// docker's configuration and writes nothing. Its errors are *model.Trouble.
func Resolve(o Options) ([]Endpoint, error) {
	cfg := loadDockerConfig(o)
	if len(o.Hosts) > 0 {
		return resolveHosts(o, cfg, o.Hosts, "-H")
	}
	for _, named := range []struct{ context, source string }{
		{o.Context, "-c"},
		// DOCKER_HOST stands between the flag and the variable; for docker it
		// is a part of the context "default".
		{hostContext(o), ""},
		{o.env("DOCKER_CONTEXT"), "DOCKER_CONTEXT"},
		{cfg.file.CurrentContext, "the current context of " + cfg.path()},
	} {
		switch named.context {
		case "":
			continue
		case defaultContext:
			return resolveDefault(o, cfg)
		default:
			return resolveContext(cfg, named.context, named.source)
		}
	}
	if cfg.lost {
		return nil, cfg.unknownSwarm()
	}
	return resolveDefault(o, cfg)
}

func hostContext(o Options) string {
	if o.env("DOCKER_HOST") != "" {
		return defaultContext
	}
	return ""
}

// resolveDefault is docker's context "default": DOCKER_HOST or the platform's
// socket.
func resolveDefault(o Options, cfg dockerConfig) ([]Endpoint, error) {
	if host := o.env("DOCKER_HOST"); host != "" {
		return resolveHosts(o, cfg, []string{host}, "DOCKER_HOST")
	}
	return resolveHosts(o, cfg, []string{""}, "the default socket")
}

func resolveHosts(o Options, cfg dockerConfig, hosts []string, source string) ([]Endpoint, error) {
	endpoints := make([]Endpoint, 0, len(hosts))
	for _, host := range hosts {
		if host == "" && source == "-H" {
			return nil, badHost(host, source, errors.New("the address is empty"))
		}
		full, err := parseHost(host)
		if err != nil {
			return nil, badHost(host, source, err)
		}
		e := Endpoint{Host: full, Source: source, headers: cfg.file.HTTPHeaders}
		if e.scheme() == "tcp" {
			if e.tls, err = environmentTLS(o, cfg.dir); err != nil {
				return nil, &model.Trouble{Situation: model.CertificateError, Host: full, Source: source, Cause: err}
			}
		}
		endpoints = append(endpoints, e)
	}
	return endpoints, nil
}

func badHost(host, source string, cause error) error {
	return &model.Trouble{Situation: model.BadHost, Host: fmt.Sprintf("%q", host), Source: source, Cause: cause}
}
