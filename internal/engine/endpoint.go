package engine

import (
	"crypto/tls"
	"strings"
)

// Endpoint is one engine's address and how to reach it.
type Endpoint struct {
	// Host is the address in full, such as "unix:///var/run/docker.sock".
	Host string
	// Source says in words what named the address: "-H", "DOCKER_HOST",
	// "context prod", "the default socket".
	Source string
	// Context is the name of the docker context; empty if there is none.
	Context string

	tls     *tls.Config
	headers map[string]string
	batch   bool // see Options.Batch
}

// scheme is the part of the address before "://".
func (e Endpoint) scheme() string {
	scheme, _, _ := strings.Cut(e.Host, "://")
	return scheme
}

// label names the endpoint where there is room for one word only.
func (e Endpoint) label() string {
	if e.Context != "" {
		return e.Context
	}
	return e.Host
}
