package simswarm

import (
	"net/http"
)

func (s *Swarm) routeLogs(add func(string, handler)) {
	add("GET /services/{id}/logs", func(w http.ResponseWriter, r *http.Request) error {
		svc, err := locked(s, func() (*service, error) { return s.getService(r.PathValue("id")) })
		if err != nil {
			return err
		}
		return s.streamLogs(w, r, svc, nil)
	})
	add("GET /tasks/{id}/logs", func(w http.ResponseWriter, r *http.Request) error {
		t, err := locked(s, func() (*task, error) { return s.getTask(r.PathValue("id")) })
		if err != nil {
			return err
		}
		return s.streamLogs(w, r, nil, t)
	})
}

// logQueryOf reads the parameters. "until" is ignored, as the engines do.
func logQueryOf(r *http.Request) (logQuery, error) {
	q := logQuery{
		stdout: isTrue(r, "stdout"), stderr: isTrue(r, "stderr"), follow: isTrue(r, "follow"),
		timestamps: isTrue(r, "timestamps"), details: isTrue(r, "details"),
	}
	if !q.stdout && !q.stderr {
		return q, invalid("Bad parameters: you must choose at least one stream")
	}
	var err error
	if q.tail, err = parseTail(r.URL.Query().Get("tail")); err != nil {
		return q, invalid("%s", err)
	}
	if q.since, err = parseSince(r.URL.Query().Get("since")); err != nil {
		return q, invalid("could not parse since timestamp: %s", err)
	}
	return q, nil
}

// streamLogs writes what there is, and with follow what comes, until the reader
// goes: a follower is not told that all tasks have ended.
func (s *Swarm) streamLogs(w http.ResponseWriter, r *http.Request, svc *service, one *task) error {
	q, err := logQueryOf(r)
	if err != nil {
		return err
	}
	q.tty, _ = locked(s, func() (bool, error) {
		if svc != nil {
			return isTTY(&svc.api.Spec.TaskTemplate), nil
		}
		return isTTY(&one.api.Spec), nil
	})
	media := "application/vnd.docker.multiplexed-stream"
	if q.tty {
		media = "application/vnd.docker.raw-stream"
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(http.StatusOK)
	flush(w)

	reader := &logReader{q: q, next: map[*task]int{}}
	for first := true; ; first = false {
		due := make(chan struct{}, 1)
		out, wake, timer := s.logPiece(reader, svc, one, first, due)
		if len(out) > 0 {
			if _, err := w.Write(out); err != nil {
				stop(timer)
				return nil
			}
			flush(w)
		}
		if !q.follow {
			return nil
		}
		select {
		case <-wake:
		case <-due:
		case <-r.Context().Done():
			stop(timer)
			return nil
		case <-s.ctx.Done():
			stop(timer)
			return nil
		}
		stop(timer)
	}
}

// logPiece gives what is new in the log. A follower is woken by wake when
// something in the swarm changes, and by due when the next line is written.
func (s *Swarm) logPiece(reader *logReader, svc *service, one *task, first bool, due chan<- struct{}) (out []byte, wake <-chan struct{}, timer Timer) {
	s.lock()
	defer s.unlock()
	tasks := s.logSources(svc, one)
	for _, l := range reader.read(s, tasks) {
		out = reader.q.append(out, l)
	}
	if first && !reader.q.follow {
		if text := s.missing(tasks); text != "" {
			out = appendFrame(out, frameError, []byte(text))
		}
	}
	if at, ok := reader.nextAt(s, tasks); ok && reader.q.follow {
		timer = s.clock.AfterFunc(max(0, at.Sub(s.now)), func() { due <- struct{}{} })
	}
	// Tasks that come later are followed from their first line.
	reader.q.tail = -1
	return out, s.wake, timer
}

func stop(t Timer) {
	if t != nil {
		t.Stop()
	}
}
