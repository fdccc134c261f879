package simswarm

import (
	"github.com/moby/moby/api/types/swarm"
	godigests "github.com/opencontainers/go-digest"
)

var logDrivers = []string{"awslogs", "fluentd", "gcplogs", "gelf", "journald", "json-file", "local", "splunk", "syslog"}

// enginePlugins are the plugins that an engine has without any being installed.
var enginePlugins = func() []swarm.PluginDescription {
	var out []swarm.PluginDescription
	for _, l := range logDrivers {
		out = append(out, swarm.PluginDescription{Type: "Log", Name: l})
	}
	for _, n := range []string{"bridge", "host", "ipvlan", "macvlan", "null", "overlay"} {
		out = append(out, swarm.PluginDescription{Type: "Network", Name: n})
	}
	return append(out, swarm.PluginDescription{Type: "Volume", Name: "local"})
}()

// trustInfo stands where the certificate of the swarm's authority would. It is
// not a certificate.
func trustInfo() swarm.TLSInfo {
	return swarm.TLSInfo{
		TrustRoot:           "-----BEGIN CERTIFICATE-----\nZGVtbw==\n-----END CERTIFICATE-----\n",
		CertIssuerSubject:   []byte("demo"),
		CertIssuerPublicKey: []byte("demo"),
	}
}

func godigest(image string) godigests.Digest { return godigests.Digest(digest(image)) }
