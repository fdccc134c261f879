package simswarm

import (
	"errors"
	"fmt"
	"net/http"
)

// failure is an error as the engine answers it.
type failure struct {
	status int
	text   string
}

func (f *failure) Error() string { return f.text }

// fail is an error of the daemon itself.
func fail(status int, format string, args ...any) error {
	return &failure{status, fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) error { return fail(http.StatusNotFound, format, args...) }

// invalid is the daemon's own refusal of a request.
func invalid(format string, args ...any) error { return fail(http.StatusBadRequest, format, args...) }

// grpcStatus is the HTTP status that the daemon makes of a code of the
// manager's answer.
var grpcStatus = map[string]int{
	"InvalidArgument":    http.StatusBadRequest,
	"FailedPrecondition": http.StatusBadRequest,
	"NotFound":           http.StatusNotFound,
	"AlreadyExists":      http.StatusConflict,
	"Unimplemented":      http.StatusNotImplemented,
	"Unknown":            http.StatusInternalServerError,
}

// refuse is an error of the manager, which the daemon passes on with the
// wrapping of the RPC.
func refuse(code, format string, args ...any) error {
	return &failure{grpcStatus[code], "rpc error: code = " + code + " desc = " + fmt.Sprintf(format, args...)}
}

// errSequence is the answer to a write that names an old version. It is a 500,
// not a conflict.
func errSequence() error { return refuse("Unknown", "update out of sequence") }

func errNoLeader() error {
	return refuse("Unknown", "The swarm does not have a leader. It's possible that too few managers are online. "+
		"Make sure more than half of the managers are online.")
}

func errNotManager() error {
	return fail(http.StatusServiceUnavailable, "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. "+
		"Please run this command on a manager node or promote the current node to a manager.")
}

// asFailure gives the status and the text to answer err with.
func asFailure(err error) (int, string) {
	var f *failure
	if errors.As(err, &f) {
		return f.status, f.text
	}
	return http.StatusInternalServerError, err.Error()
}
