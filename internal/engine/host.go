package engine

import (
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"unicode"

	"github.com/docker/cli/cli/connhelper"
	"github.com/docker/cli/cli/connhelper/ssh"
	"github.com/docker/cli/opts"
	"github.com/moby/moby/client"
)

// parseHost completes the address of an engine as the docker command does:
// "manager1" is tcp://manager1:2375, "unix://" is the default socket. What
// docker would take for an address and then fail on, it refuses: a path
// without a scheme becomes a TCP address there.
func parseHost(host string) (string, error) {
	host = strings.TrimSpace(host)
	if strings.ContainsFunc(host, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar }) {
		return "", errors.New("an address cannot contain spaces or control characters")
	}
	scheme, rest, found := strings.Cut(host, "://")
	switch {
	case !found && strings.ContainsAny(host, `/\`) && !strings.Contains(host, ":"):
		return "", fmt.Errorf("the address of a socket begins with unix://, such as unix://%s", host)
	case scheme == "ssh":
		if _, err := ssh.ParseURL(host); err != nil {
			return "", err
		}
		// What a shell cannot be given, of the host or of the socket's path, no client takes.
		if _, err := connhelper.GetConnectionHelper(host); err != nil {
			return "", err
		}
		return host, nil
	case scheme == "fd":
		return "", errors.New("fd:// is for the engine's side only")
	case scheme == "npipe" && runtime.GOOS != "windows":
		return "", errors.New("named pipes exist on Windows only")
	case (scheme == "tcp" || !found) && strings.ContainsAny(host, "@?#%"):
		return "", errors.New("a tcp address is tcp://host:port and nothing more")
	case found && scheme == "":
		return "", fmt.Errorf("no scheme in front of ://%s", rest)
	}
	full, err := opts.ParseHost(false, host)
	if err != nil {
		return "", err
	}
	parsed, err := client.ParseHostURL(full)
	if err != nil {
		return "", err
	}
	switch parsed.Scheme {
	case "unix":
		return full, checkSocket(parsed.Host)
	case "tcp":
		return full, checkPort(full)
	}
	return full, nil
}

// Address is an address in the one of the ways to write it by which it can be compared:
// with docker's default scheme and port, without ssh's, and with the one name of the
// folder /run. What several names mean, of DNS or of ssh's configuration, is not known.
func Address(host string) string {
	full, err := parseHost(host)
	if err != nil {
		return host
	}
	if strings.HasPrefix(full, "ssh://") {
		return strings.TrimSuffix(full, ":22")
	}
	return strings.Replace(full, "unix:///var/run/", "unix:///run/", 1)
}

// DefaultAddress is that of the engine of this machine.
func DefaultAddress() string { return Address(client.DefaultDockerHost) }

// maxSocketPath is the size of sun_path on the platform with the shortest,
// less its final zero.
const maxSocketPath = 103

func checkSocket(path string) error {
	limit := maxSocketPath
	if runtime.GOOS == "linux" {
		limit = 107
	}
	if len(path) > limit {
		return fmt.Errorf("the socket's path has %d characters; the limit is %d", len(path), limit)
	}
	return nil
}

func checkPort(host string) error {
	u, err := url.Parse(host)
	if err != nil {
		return err
	}
	if port, err := strconv.Atoi(u.Port()); err != nil || port < 1 || port > 65535 {
		return fmt.Errorf("%q is not a port number", u.Port())
	}
	return nil
}
