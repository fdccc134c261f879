package fault

import (
	"net/http"
	"regexp"
	"time"
)

// Rule says which requests meet a fault.
type Rule struct {
	// Method is the method of the requests; empty for any.
	Method string
	// Path is a regular expression for their paths, without the version of the
	// API and the query: "^/services$". Empty for any.
	Path string
	// Skip is how many requests come through before the first that meets the
	// fault, Times how many meet it; 0 for all.
	Skip, Times int
	// Fault is what happens to them.
	Fault Fault
}

// Fault is one way in which a request goes wrong.
type Fault interface {
	// serve answers the request in place of the engine, or with its help.
	serve(*exchange)
}

// DefaultSilence is how long a [Silence] without a time lasts.
const DefaultSilence = 30 * time.Second

// Delay hands the request on after a while, and then everything goes well. One
// of no time is no fault at all.
type Delay struct{ For time.Duration }

// Cut hands the request on and breaks the connection in the middle of the
// answer's body. An answer without a body is lost whole.
type Cut struct {
	// After is how many bytes of the body come through, which should have more;
	// 0 for one half of what the engine sends first.
	After int
}

// Lose hands the request on and breaks the connection in place of an answer.
type Lose struct{}

// Drop breaks the connection without handing the request on.
type Drop struct{}

// Answer answers with an error, in the engine's form, in place of the engine.
type Answer struct {
	// After hands the request on first: the engine has done it all the same.
	After bool
	// Status is the status code; 500 if 0.
	Status int
	// Text is the message.
	Text string
	// RetryAfter is what the header of that name says, in whole seconds; 0 for
	// no header.
	RetryAfter time.Duration
}

// Trickle hands the request on, and gives an answer of which a byte comes now and
// then and which has no end.
type Trickle struct{}

// TooMany is the answer of something that limits the rate of requests.
func TooMany(retry time.Duration) Answer {
	return Answer{Status: http.StatusTooManyRequests, Text: "too many requests", RetryAfter: retry}
}

// Garbage answers 200 with a body that makes no sense, in place of the engine.
type Garbage struct {
	// Body is the body; something that begins as JSON if empty.
	Body string
}

// HalfEvent opens a stream of events that says one half of an event and then
// nothing more, until the rules change or the reader goes. The engine is not
// asked.
type HalfEvent struct{}

// Silence takes the request and gives no answer, and breaks the connection in
// the end. The engine is not asked.
type Silence struct {
	// For is how long; [DefaultSilence] if 0.
	For time.Duration
}

// Refuse refuses connections, whatever the request: its rule says nothing
// else. Connections that stand are broken.
type Refuse struct{}

// versioned is the version in front of a path.
var versioned = regexp.MustCompile(`^/v\d+\.\d+(/.*)$`)

// plainPath is a request's path without the version of the API.
func plainPath(r *http.Request) string {
	if m := versioned.FindStringSubmatch(r.URL.Path); m != nil {
		return m[1]
	}
	return r.URL.Path
}

// ruling is a rule in force.
type ruling struct {
	Rule
	path          *regexp.Regexp
	skipped, hits int
}

// meets reports whether a request meets the rule's fault, and counts it.
func (r *ruling) meets(method, path string) bool {
	switch {
	case r.Method != "" && r.Method != method, !r.path.MatchString(path):
		return false
	case r.skipped < r.Skip:
		r.skipped++
		return false
	case r.Times != 0 && r.hits >= r.Times:
		return false
	}
	r.hits++
	return true
}
