package model

import (
	"net/url"
	"strings"
)

// Situation is one way in which a swarm cannot be shown.
type Situation string

// The situations that have a screen of their own.
const (
	NoDocker         Situation = "no docker"
	PermissionDenied Situation = "permission denied"
	NotSwarm         Situation = "not a swarm"
	WorkerNode       Situation = "worker"
	Orphaned         Situation = "orphaned"
	Expired          Situation = "expired"
	Locked           Situation = "locked"
	NoLeader         Situation = "no leader"
	Preparing        Situation = "preparing"
	CertificateError Situation = "certificate"
	SSHFailure       Situation = "ssh"
	APITooOld        Situation = "api too old"
	UnknownContext   Situation = "unknown context"
	BadHost          Situation = "bad host"
	BadConfig        Situation = "bad configuration"
	Unreachable      Situation = "unreachable"
	Timeout          Situation = "timeout"
	EngineError      Situation = "engine error"
	OtherSwarm       Situation = "another swarm"
	BrokenOff        Situation = "broken off"
)

// Trouble is an error that stands between the console and the swarm, told so
// that somebody can do something about it. It wraps its cause.
type Trouble struct {
	Situation Situation
	// Host is the address that was tried, Source what named it ("-H",
	// "DOCKER_HOST", "context prod").
	Host, Source string
	// Managers are other managers, where the engine told them.
	Managers []Manager
	// Cause is the whole error.
	Cause error
}

// Error is the headline and the whole cause in one line, without secrets: it
// may have a word of anybody in it.
func (t *Trouble) Error() string {
	if t.Cause == nil {
		return t.Headline()
	}
	return t.Headline() + ": " + MaskError(t.Cause)
}

// Unwrap gives the cause.
func (t *Trouble) Unwrap() error { return t.Cause }

// Manager is a manager of the swarm as the engine named it.
type Manager struct {
	NodeID NodeID
	// Hostname is empty where only the address was told.
	Hostname string
	// Address is the host without a port.
	Address string
}

// troubles are the texts: what it is, and what to do about it. %h is the host,
// %s its source, %m the commands that connect to the known managers, %o the same
// with a line of its own, or nothing where none is known. What can be typed has
// two blanks in front.
var troubles = map[Situation]struct{ headline, advice string }{
	NoDocker: {"No Docker engine answers at %h",
		"Is the engine running?  systemctl status docker\nAnother engine:  skep -H ssh://user@manager   or   skep -c CONTEXT\nWithout one, to try skep:  skep --demo\nThe address came from %s."},
	PermissionDenied: {"Permission denied on %h",
		"Your user may not open the engine's socket.\nRun skep as root, or join the group that owns the socket:  sudo usermod -aG docker $USER  (then log in again)."},
	NotSwarm: {"The engine at %h is not part of a swarm",
		"Make it a swarm of one node:  docker swarm init\nOr join one:  docker swarm join --token TOKEN MANAGER:2377\nOr connect to a manager:  skep -H ssh://user@manager"},
	WorkerNode: {"The engine at %h is a worker",
		"Only managers can show and change the swarm. Connect to one of them:\n%m"},
	Orphaned: {"The engine at %h is cut off from its swarm",
		"No manager takes it in: it was removed from the swarm (docker node rm), or it cannot reach the managers.\nSee what the swarm says of it from a manager:\n%m\nIf it was removed, let it leave, and join again:  docker swarm leave   (join tokens: docker swarm join-token worker, on a manager)"},
	Locked: {"The swarm at %h is locked",
		"This manager was restarted and autolock is on. Unlock it with the key:  docker swarm unlock"},
	NoLeader: {"The swarm has no leader",
		"More than half of the managers cannot be reached. Running tasks go on, but nothing is rescheduled and nothing can be changed.\nBring them back.%o\nIf they are up and have a leader, this one was removed from the swarm: let it leave, and join again."},
	Preparing: {"The manager at %h is not ready yet",
		"It is starting, or cannot reach the other managers.%o"},
	Expired: {"The swarm certificates of %h have expired",
		"It was off for longer than they last, and is no longer let in. Let it leave the swarm, and join again:  docker swarm leave%o"},
	CertificateError: {"The TLS connection to %h failed",
		"Check the certificates:  DOCKER_CERT_PATH, or the TLS data of the context, and that the server's certificate is for the name in the address.\nThe address came from %s."},
	SSHFailure: {"The SSH connection to %h failed",
		"Try the same by hand:  ssh HOST docker version\nThe remote user needs docker on its PATH and the right to open the engine's socket."},
	APITooOld: {"The engine at %h is too old",
		"skep needs Engine API 1.40 or newer (Docker 19.03)."},
	UnknownContext: {"There is no docker context of that name",
		"List the contexts:  docker context ls\nThe name came from %s."},
	BadHost: {"%h is not the address of an engine",
		"Use unix:///path/docker.sock, tcp://host:2376 or ssh://user@host.\nThe address came from %s."},
	BadConfig: {"Which swarm is meant is not known: %h cannot be read",
		"The file may name a docker context, and skep does not guess which swarm it would write to.\nMend the file, or name the swarm:\n  skep -c CONTEXT\n  skep -H ssh://user@manager\n  skep -c default   (the engine of this machine)"},
	Unreachable: {"The engine at %h cannot be reached",
		"Is the host up, is the port open, is the name right?\nThe address came from %s."},
	Timeout: {"The engine at %h does not answer",
		"It accepted the connection but gave no answer in time.%o"},
	OtherSwarm: {"Another swarm answers at %h",
		"What was on the screen is not of this swarm, so it is no longer shown, and nothing can be changed.\nThe address may lead elsewhere now (a tunnel, a virtual address, a context), or the swarm was made anew. Several -H have to be managers of one swarm.\nThe address came from %s."},
	BrokenOff: {"The engine at %h broke off its answer",
		"It answers, but what it said did not come to its end: it may be restarting, or something between cuts long answers.\nIts own log may say why:  journalctl -u docker"},
	EngineError: {"The engine at %h answered with an error",
		"Its own log may say why:  journalctl -u docker"},
}

// Headline is the situation in one line.
func (t *Trouble) Headline() string { return t.fill(troubles[t.Situation].headline) }

// Advice says what to do, in a few lines.
func (t *Trouble) Advice() string { return t.fill(troubles[t.Situation].advice) }

// Passing reports whether waiting may mend it, so that it is worth trying again
// by itself. An unknown context does not come back by waiting.
func (t *Trouble) Passing() bool {
	switch t.Situation {
	case UnknownContext, BadHost, BadConfig, APITooOld:
		return false
	default:
		return true
	}
}

func (t *Trouble) fill(text string) string {
	host, source := MaskText(t.Host), t.Source
	if host == "" {
		host = "the engine"
	}
	if source == "" {
		source = "the platform's default"
	}
	return strings.NewReplacer("%h", host, "%s", source, "%m", t.ways(), "%o", t.others()).Replace(text)
}

func (t *Trouble) others() string {
	if len(t.Managers) == 0 {
		return ""
	}
	return "\nOther managers:\n" + t.ways()
}

// ways are the commands that connect to the known managers.
func (t *Trouble) ways() string {
	if len(t.Managers) == 0 {
		return "(no manager's address is known)"
	}
	user := "USER"
	if u, err := url.Parse(t.Host); err == nil && u.Scheme == "ssh" && u.User != nil {
		user = u.User.Username() // It got in here, and may there.
	}
	var lines []string
	for _, m := range t.Managers {
		address := m.Address
		if strings.Contains(address, ":") {
			address = "[" + address + "]"
		}
		line := "  skep -H ssh://" + user + "@" + address
		if m.Hostname != "" {
			line += "   (" + m.Hostname + ")"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
