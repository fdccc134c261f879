package model

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// saying is a text of the engine, and what it comes to in words. Every text that
// it fits has one of its marks, which are quicker to look for. What the words name
// with $1 comes from the text.
type saying struct {
	text  *regexp.Regexp
	words string
	marks []string
}

// sayings are the errors that bury what matters, or say it in the language of
// those who made them. The first that fits counts.
var sayings = []saying{
	said(`the image has no command $1`, `exec: "?([^":]+)"?:.*(?:executable file not found|no such file or directory)`, "exec: "),
	said(`the image is for another kind of processor (exec format error)`, "", "exec format error"),
	said(`the command $1 cannot be executed: permission denied`, `exec: "?([^":]+)"?: permission denied`, "exec: "),
	said(`the node has no $1 to mount (bind source path does not exist)`, `bind source path does not exist: ([^\s"]+)`, "bind source path"),
	said(`the node's disk is full (no space left on device)`, "", "no space left on device"),
	said(`the registry's rate limit is used up (too many requests)`, "", "toomanyrequests", "429 Too Many Requests"),
	said(`the registry wants a login (no basic auth credentials)`, "", "no basic auth credentials"),
	said(`the registry refuses $1: it does not exist, or wants a login (pull access denied)`, `pull access denied for ([^\s,]+)`, "pull access denied"),
	said(`the registry refuses the login (unauthorized)`, "", "unauthorized: ", "401 Unauthorized"),
	said(`the registry has no image $1$2`, `manifest for (\S+) not found|(\S+): manifest unknown`, "manifest"),
	said(`the registry has no such image (manifest unknown)`, "", "manifest unknown"),
	said(`the image is not made for $1`, `no matching manifest for (\S+)`, "no matching manifest"),
	said(`the registry's certificate is not accepted (x509: $1)`, `x509: (.*)`, "x509: "),
	said(`the registry at $1 cannot be reached ($2)`, `dial tcp (?:lookup )?(\S+?):? .*(connection refused|i/o timeout|no such host|no route to host)`, "dial tcp"),
	said(`the node cannot get the image $1 (No such image)`, `[Nn]o such image: (\S+)`, "o such image"),
	said(`its port is already taken on the node by something else (port is already allocated)`, "", "port is already allocated"),
	said(`its node has got no address on a network, which may be full`, "", "node is missing network attachments"),
	said(`its node no longer meets the constraints`, "", "assigned node no longer meets constraints"),
	said(`the network $1 is gone`, `network (\S+) not found`, "network "),
	said(`the $1 $2 is gone`, `(secret|config) (?:reference )?(\S+) not found`, "secret ", "config "),
}

func said(words, text string, marks ...string) saying {
	s := saying{words: words, marks: marks}
	if text != "" {
		s.text = regexp.MustCompile(text)
	}
	return s
}

// of is the saying in words for a text; false for a text that it does not fit.
func (s saying) of(text string) (string, bool) {
	if !slices.ContainsFunc(s.marks, func(m string) bool { return strings.Contains(text, m) }) {
		return "", false
	}
	if s.text == nil {
		return s.words, true
	}
	m := s.text.FindStringSubmatchIndex(text)
	if m == nil {
		return "", false
	}
	return string(s.text.ExpandString(nil, s.words, text, m)), true
}

// exitWords are the exit codes that mean something by themselves.
var exitWords = map[int]string{
	125: "the container could not be created",
	126: "its command cannot be executed",
	127: "its command is not there",
	134: "it aborted",
	137: "it was killed",
	139: "it crashed: segmentation fault",
	143: "it was asked to end (SIGTERM)",
}

// nonZero is how the engine says that a container ended.
var nonZero = regexp.MustCompile(`^task: non-zero exit \((\d+)\)$`)

// plainWords is a text of the engine in plain words; the text itself where there
// are none.
func plainWords(text string) string {
	if m := nonZero.FindStringSubmatch(text); m != nil { // Most ends are one of these.
		code, _ := strconv.Atoi(m[1])
		if words := exitWords[code]; words != "" {
			return fmt.Sprintf("%s (exit %d)", words, code)
		}
		return fmt.Sprintf("exit code %d", code)
	}
	for _, s := range sayings {
		if words, fits := s.of(text); fits {
			return words
		}
	}
	return longID.ReplaceAllString(text, "")
}

// longID is the ID of a container, a network or a task's sandbox. It says nothing, is
// another one each time, and takes the place of what matters. A digest stays: it stands
// behind a colon.
var longID = regexp.MustCompile(`(?:^| )[0-9a-f]{64}\b`)

// Plain is why a task does not run, in the words of an operator and with what
// the task itself tells of it. [Reason] has the engine's words, whole.
func (c *Cluster) Plain(t *Task) string {
	switch {
	case t.Unhealthy():
		return t.unhealthyWords()
	case t.MayBeUnhealthy():
		return "ended with exit 0: its health check failed, or it ended by itself"
	case !t.stoppedFromOutside() && c.EndedWithNode(t):
		words := Brief(c.Reason(t))
		if !c.Facts(t.ServiceID).Restarts.Loop {
			words += ", likely as " + c.NodeName(t.NodeID) + " was down or its engine was restarted"
		}
		return words
	case c.EndedWithNode(t) || t.Killed() && c.othersKilledWith(t):
		return c.NodeName(t.NodeID) + " was down or its engine was restarted, which ended its task"
	case t.Killed():
		return t.killedWords()
	}
	return Brief(c.Reason(t))
}

// exitKilled is the exit code of a container that got SIGKILL.
const exitKilled = 137

// MemoryLimit is the most memory that the task may take; 0 for any.
func (t *Task) MemoryLimit() int64 {
	if t.Spec == nil || t.Spec.Resources == nil || t.Spec.Resources.Limits == nil {
		return 0
	}
	return t.Spec.Resources.Limits.MemoryBytes
}

// Killed reports whether it was neither its health check nor anybody who had asked for
// its end that killed the task's container.
func (t *Task) Killed() bool {
	return t.Exited && t.ExitCode == exitKilled && !t.Unhealthy() && nonZero.MatchString(t.Err)
}

// othersKilledWith reports whether a task of another service on the same node was
// killed at the same time: that is the node's doing, also once all has changed by which
// its return could be told.
func (c *Cluster) othersKilledWith(t *Task) bool {
	tasks, _ := c.TasksOn(t.NodeID)
	return slices.ContainsFunc(tasks, func(o *Task) bool {
		return o.ServiceID != t.ServiceID && o.Killed() && o.endedAt().Sub(t.endedAt()).Abs() < nodeBack
	})
}

// killedWords say what may have killed a container. Only its own node knows: the
// swarm does not report whether it was for want of memory.
func (t *Task) killedWords() string {
	if limit := t.MemoryLimit(); limit > 0 {
		return fmt.Sprintf("killed (exit 137), likely out of memory: its limit is %s", Bytes(limit))
	}
	return "killed (exit 137): its node was short of memory, or somebody killed it"
}

// hadStarted reports whether a task that was found unhealthy had been healthy before.
func (t *Task) hadStarted() bool { return !strings.Contains(t.Message, "starting") }

// unhealthyWords say in which phase a health check failed. The engine's message
// is the state that the task was in when its container was killed.
func (t *Task) unhealthyWords() string {
	if t.hadStarted() {
		return "killed: health check failed after it had passed"
	}
	words := "killed: health check never passed"
	if t.Spec == nil || t.Spec.ContainerSpec == nil || t.Spec.ContainerSpec.Healthcheck == nil {
		return words // The image has it: how often it may fail is not known.
	}
	check := t.Spec.ContainerSpec.Healthcheck
	if n := cmp.Or(check.Retries, DefaultProbeRetries); n > 1 {
		words += fmt.Sprintf(", %d times in a row", n)
	}
	if check.StartPeriod > 0 {
		words += fmt.Sprintf(", after a start period of %s", Span(check.StartPeriod))
	}
	return words
}
