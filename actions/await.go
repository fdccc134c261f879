package actions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// Times of an update that is waited for before the next one begins.
const (
	updateLook = time.Second
	// updateBegins is how long the engine may take until it says that it updates.
	// Where no task has to be replaced it never does.
	updateBegins = 5 * time.Second
	// updateUnseen is how long the engine may not answer: a leader that is lost is
	// back by then.
	updateUnseen = time.Minute
)

// awaitUpdate waits until the update that a plan has started is over. It is an
// error if that did not go well, or if it is not known.
func awaitUpdate(ctx context.Context, eng Engine, p Plan) error {
	began, seen := time.Now(), time.Now()
	for {
		doc, err := eng.Inspect(ctx, p.Target.Ref)
		over := false
		switch {
		case err == nil:
			seen = time.Now()
			over, err = updateOver(doc, time.Since(began))
		case errors.Is(err, model.ErrGone), model.AsOtherSwarm(err) != nil:
		case time.Since(seen) > updateUnseen:
			err = fmt.Errorf("how its update goes on cannot be read: %w", err)
		default:
			err = nil
		}
		if over || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(updateLook):
		}
	}
}

// updateOver reports whether the update of a service is over that was written so
// long ago. The write itself has taken away what the engine said of the one before
// (swarmkit manager/controlapi/service.go, UpdateService).
func updateOver(doc model.Document, since time.Duration) (bool, error) {
	var answer struct{ UpdateStatus *swarm.UpdateStatus }
	if err := json.Unmarshal(doc.Raw, &answer); err != nil {
		return false, err
	}
	switch s := answer.UpdateStatus; {
	case s == nil || s.State == "":
		return since > updateBegins, nil
	case s.State == swarm.UpdateStateUpdating:
		return false, nil
	case s.State == swarm.UpdateStateCompleted:
		return true, nil
	default:
		return true, fmt.Errorf("its update is %s: %s", s.State, s.Message)
	}
}
