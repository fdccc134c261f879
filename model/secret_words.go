package model

// hiddenWords are the engine's words without what is secret in them. The same
// ones recur from task to task, so that each is looked at once. What the console
// shows, counts by, and writes down comes from here; only a document that was
// read for somebody has the words as they came.
type hiddenWords map[string]string

// hiddenLimit bounds what is remembered, in texts.
const hiddenLimit = 4096

func (h hiddenWords) of(text string) string {
	if text == "" {
		return ""
	}
	masked, known := h[text]
	if !known {
		if len(h) >= hiddenLimit {
			clear(h)
		}
		masked = MaskText(text)
		h[text] = masked
	}
	return masked
}

// tasks, services and nodes are copied where they change: what the builder is
// given is not its own.

func (h hiddenWords) tasks(in []*Task) []*Task {
	return rewrite(in, func(t *Task) *Task {
		err, message := h.of(t.Err), h.of(t.Message)
		if err == t.Err && message == t.Message {
			return t
		}
		c := *t
		c.Err, c.Message = err, message
		return &c
	})
}

func (h hiddenWords) services(in []*Service) []*Service {
	return rewrite(in, func(s *Service) *Service {
		if s.UpdateStatus == nil || h.of(s.UpdateStatus.Message) == s.UpdateStatus.Message {
			return s
		}
		c, u := *s, *s.UpdateStatus
		u.Message = h.of(u.Message)
		c.UpdateStatus = &u
		return &c
	})
}

func (h hiddenWords) nodes(in []*Node) []*Node {
	return rewrite(in, func(n *Node) *Node {
		if h.of(n.Status.Message) == n.Status.Message {
			return n
		}
		c := *n
		c.Status.Message = h.of(n.Status.Message)
		return &c
	})
}

// rewrite is a list with some of its elements replaced; the list itself where
// none is.
func rewrite[T any](in []*T, by func(*T) *T) []*T {
	out := in
	for i, x := range in {
		y := by(x)
		if y == x {
			continue
		}
		if len(in) > 0 && &out[0] == &in[0] {
			out = append([]*T(nil), in...)
		}
		out[i] = y
	}
	return out
}

// MaskError is the text of an error without what is secret in it; empty for
// none.
func MaskError(err error) string {
	if err == nil {
		return ""
	}
	return MaskText(err.Error())
}
