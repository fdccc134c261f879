package detail

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// isDefault marks a value that the engine fills in.
const isDefault = " (default)"

// spanOr is a duration, or the default where it is 0.
func spanOr(d, fallback time.Duration) string {
	if d == 0 {
		return model.Span(fallback) + isDefault
	}
	return model.Span(d)
}

func cpus(nano int64) string { return model.Cores(nano) + " cpu" }

// mode is the permissions of a file as chmod takes them.
func mode(m fs.FileMode) string { return fmt.Sprintf("%04o", uint32(m)) }

// exitMeaning is what an exit code mostly means; empty for one that means
// nothing in particular. Above 128 it is a signal.
func exitMeaning(code int) string {
	switch code {
	case 0:
		return "ended by itself, without an error"
	case 1:
		return "the program reported an error"
	case 2:
		return "wrong use: of the shell, or of the program's arguments"
	case 125:
		return "docker itself failed to run the container"
	case 126:
		return "the command cannot be executed: no permission, or not a program"
	case 127:
		return "command not found"
	case 134:
		return "SIGABRT: the program aborted itself"
	case 137:
		return "SIGKILL: killed by force, or out of memory"
	case 139:
		return "SIGSEGV: invalid memory access"
	case 143:
		return "SIGTERM: asked to stop"
	}
	if code > 128 && code < 128+65 {
		return fmt.Sprintf("signal %d", code-128)
	}
	return ""
}

// UpdateWords say how tasks are replaced, a line each.
func UpdateWords(c *swarm.UpdateConfig) []string {
	if c == nil {
		return []string{
			"1 at a time, stop-first, pause on failure" + isDefault,
			"monitor " + model.Span(model.DefaultMonitor) + isDefault,
		}
	}
	// A parallelism of 0 is no default: the engine takes it for no limit.
	first := "all at once"
	if c.Parallelism > 0 {
		first = fmt.Sprintf("%d at a time", c.Parallelism)
	}
	if c.Delay > 0 {
		first += ", delay " + model.Span(c.Delay)
	}
	order, action := string(c.Order), string(c.FailureAction)
	if order == "" {
		order = string(swarm.UpdateOrderStopFirst) + isDefault
	}
	if action == "" {
		action = string(swarm.UpdateFailureActionPause)
	}
	first += ", " + order + ", " + action + " on failure"
	second := "monitor " + spanOr(c.Monitor, model.DefaultMonitor)
	if c.MaxFailureRatio > 0 {
		second += ", max failure ratio " + strconv.FormatFloat(float64(c.MaxFailureRatio), 'g', 4, 32)
	}
	return []string{first, second}
}

// restartWords say when a task that ended is replaced.
func restartWords(p *swarm.RestartPolicy, job bool) string {
	condition := "any"
	if job {
		condition = "on-failure"
	}
	if p == nil {
		return condition + ", delay " + model.Span(model.DefaultRestartDelay) + isDefault
	}
	out := string(p.Condition)
	if out == "" {
		out = condition + isDefault
	}
	if p.Condition == swarm.RestartPolicyConditionNone {
		return "none: a task that ended is not replaced"
	}
	delay := model.Span(model.DefaultRestartDelay) + isDefault
	if p.Delay != nil {
		delay = model.Span(*p.Delay)
	}
	out += ", delay " + delay
	if p.MaxAttempts != nil && *p.MaxAttempts > 0 {
		out += fmt.Sprintf(", max attempts %d", *p.MaxAttempts)
		if p.Window != nil && *p.Window > 0 {
			out += ", window " + model.Span(*p.Window)
		}
	}
	return out
}

// shellWords joins the words of a command so that a shell would read them as
// they are.
func shellWords(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		if out[i] = w; w != model.Masked {
			out[i] = model.Quote(w)
		}
	}
	return strings.Join(out, " ")
}
