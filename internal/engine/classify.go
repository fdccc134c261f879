package engine

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/moby/moby/client/pkg/versions"

	"skep/model"
)

// ResponseError is an answer of the engine that is no success. It wraps
// model.ErrConflict, model.ErrGone or model.ErrInUse where it means one of them.
type ResponseError struct {
	// Op is what was asked for, in words.
	Op     string
	Status int
	// Message is the engine's, whole.
	Message string
}

// Error is what was asked for and the engine's message, whole but for secrets in
// it.
func (e *ResponseError) Error() string { return e.Op + ": " + model.MaskText(e.Message) }

// Unwrap gives the sentinel that the answer means, if any.
func (e *ResponseError) Unwrap() error {
	switch {
	// Swarmkit's error has no code of its own, and so arrives as a 500.
	case strings.Contains(e.Message, "update out of sequence"):
		return model.ErrConflict
	case e.Status == http.StatusNotFound:
		return model.ErrGone
	// A task that is still on its way out holds a network, too, and a service a port
	// for a moment after it was told to give it up.
	case e.Status < http.StatusInternalServerError && (strings.Contains(e.Message, "is in use by") || strings.Contains(e.Message, "is already in use by service") || strings.Contains(e.Message, "has active endpoints")):
		return model.ErrInUse
	}
	return nil
}

// signs are the words by which the engine's answers are told apart, first
// match first. They have been stable from 20.10 to 29 (moby
// daemon/cluster/errors.go and swarmkit manager/raftselector); status codes
// are not enough, as most of them are 500 or 503.
var signs = []struct {
	text      string
	situation model.Situation
}{
	{"Worker nodes can't be used", model.WorkerNode},
	{`Use "docker swarm init" or "docker swarm join"`, model.NotSwarm},
	{"node is not part of a swarm", model.NotSwarm},
	{"is being prepared or has trouble connecting", model.Preparing},
	{"needs to be unlocked", model.Locked},
	{"certificates have expired", model.Expired},
	{"does not have a leader", model.NoLeader},
	{"no elected primary cluster manager", model.NoLeader},
	{"lost leader status", model.NoLeader},
	{"node is not the leader", model.NoLeader},
	{"DeadlineExceeded", model.NoLeader},
	{"context deadline exceeded", model.NoLeader},
	{"HTTP request to an HTTPS server", model.CertificateError},
}

// situationOf reads the engine's message; empty if it says nothing of the
// swarm's state.
func situationOf(message string) model.Situation {
	for _, s := range signs {
		if strings.Contains(message, s.text) {
			return s.situation
		}
	}
	return ""
}

// refused is the error of a response that is no success. A failed read stands
// between the console and the swarm; a failed write is the writer's to tell,
// unless the engine cannot write at all.
func (c *Client) refused(ctx context.Context, req call, status int, message string) error {
	if err := ctx.Err(); errors.Is(err, context.Canceled) && !req.writes() {
		return err
	}
	err := &ResponseError{Op: req.op, Status: status, Message: message}
	if req.foreign || err.Unwrap() != nil {
		return err
	}
	s := situationOf(message)
	switch {
	case req.writes() && leavesOpen(status, s):
		return &model.OpenError{Answered: answersForGood(status, s), Cause: c.inSituation(s, err)}
	case s != "":
		return c.troubled(s, err)
	}
	if req.method == http.MethodGet && status >= 500 {
		return c.troubled(model.EngineError, err)
	}
	return err
}

// refusals are the statuses by which an engine refuses a write before it does
// anything. It gives no others but those of its own failures: whatever else comes
// is of somebody between, such as one who asks for a login, or counts requests,
// and may do that on the way back.
var refusals = []int{
	http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
	http.StatusNotAcceptable, http.StatusConflict, http.StatusNotImplemented,
}

// leavesOpen reports whether an answer to a write leaves open whether it was
// made. Whatever stands before an engine answers for it as it likes, after the
// engine has written or before; the engine does when it loses its leader. Only
// those that it gives before it does anything are a refusal.
func leavesOpen(status int, s model.Situation) bool {
	switch s {
	case model.WorkerNode, model.NotSwarm, model.Preparing, model.Locked, model.Expired, model.CertificateError:
		return false
	default:
		return !slices.Contains(refusals, status)
	}
}

// statusGivenUp is what some proxies say where they no longer wait for the engine.
const statusGivenUp = 499

// answersForGood reports whether a write is at its end with such an answer, and
// not only somebody's patience. A leader may carry out later what it had in hand.
func answersForGood(status int, s model.Situation) bool {
	switch status {
	case http.StatusRequestTimeout, statusGivenUp, http.StatusBadGateway, http.StatusGatewayTimeout:
		return false
	}
	return s != model.NoLeader
}

// inSituation is an error as one of the swarm's state, where it is of one.
func (c *Client) inSituation(s model.Situation, err error) error {
	if s == "" {
		return err
	}
	return c.troubled(s, err)
}

// troubled is an error that stands between the console and the swarm.
func (c *Client) troubled(s model.Situation, cause error) error {
	return &model.Trouble{
		Situation: s, Host: c.endpoint.Host, Source: c.endpoint.Source,
		Managers: c.shared.knownManagers(), Cause: cause,
	}
}

// explain turns an error of the connection into a trouble. A call that its
// caller gave up is none.
func (c *Client) explain(ctx context.Context, op string, err error) error {
	if given := ctx.Err(); errors.Is(given, context.Canceled) {
		return given
	}
	var trouble *model.Trouble
	switch {
	case errors.As(err, &trouble):
		return err
	case errors.Is(err, model.ErrReadOnly):
		return fmt.Errorf("%s: %w", op, model.ErrReadOnly)
	}
	return c.troubled(connectionSituation(c.endpoint.scheme(), err), fmt.Errorf("%s: %w", op, err))
}

// connectionSituation tells errors of the connection apart.
func connectionSituation(scheme string, err error) model.Situation {
	switch {
	case isBroken(err):
		return model.BrokenOff
	case scheme == "ssh" && !errors.Is(err, errTooLong) && !isGarbage(err) && !errors.Is(err, errNoAnswer) && !errors.Is(err, errTrickles):
		return model.SSHFailure
	case isCertificate(err):
		return model.CertificateError
	case errors.Is(err, errNoAnswer), errors.Is(err, errTrickles), errors.Is(err, context.DeadlineExceeded):
		return model.Timeout
	case errors.Is(err, os.ErrPermission):
		return model.PermissionDenied
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOTDIR):
		return model.NoDocker
	case situationOf(err.Error()) != "":
		return situationOf(err.Error())
	case isGarbage(err), errors.Is(err, errTooLong):
		return model.EngineError
	case scheme != "tcp":
		return model.NoDocker
	}
	return model.Unreachable
}

// isCertificate reports whether the two sides did not agree on TLS. The server's
// refusal of a client certificate arrives as text only.
func isCertificate(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		alert        tls.AlertError
		unknown      x509.UnknownAuthorityError
		invalid      x509.CertificateInvalidError
		hostname     x509.HostnameError
	)
	if errors.As(err, &verification) || errors.As(err, &record) || errors.As(err, &alert) ||
		errors.As(err, &unknown) || errors.As(err, &invalid) || errors.As(err, &hostname) {
		return true
	}
	text := err.Error()
	for _, sign := range []string{
		"tls: ", "x509: ",
		"server gave HTTP response to HTTPS client",
		// The first bytes of a TLS alert, met where HTTP was expected.
		`malformed HTTP response "\x15\x03`,
	} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}

// brokenError is what ended an answer that had begun.
type brokenError struct{ cause error }

func (e *brokenError) Error() string { return e.cause.Error() }

func (e *brokenError) Unwrap() error { return e.cause }

// isBroken reports whether an answer had begun and did not come to its end, for
// no other reason than that it broke off.
func isBroken(err error) bool {
	var broken *brokenError
	return errors.As(err, &broken) && !isGarbage(err) && !errors.Is(err, errTooLong) && !errors.Is(err, errNoAnswer) &&
		!errors.Is(err, errTrickles) && !errors.Is(err, context.DeadlineExceeded) && situationOf(err.Error()) == ""
}

// isGarbage reports whether the answer arrived and made no sense.
func isGarbage(err error) bool {
	var bad *garbageError
	return errors.As(err, &bad)
}

// garbageError says that an answer is not what the API promises.
type garbageError struct{ cause error }

func (e *garbageError) Error() string {
	return "the answer makes no sense: " + e.cause.Error()
}

func (e *garbageError) Unwrap() error { return e.cause }

// unreadable reports whether err is that of a connection rather than that of
// its contents.
func unreadable(err error) bool {
	var network net.Error
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network) || errors.Is(err, errTooLong)
}

// olderThan compares two API versions.
func olderThan(a, b string) bool { return versions.LessThan(a, b) }
