package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"skep/model"
)

// Exists reports whether there is an object.
func (c *Client) Exists(ctx context.Context, ref model.Ref) (bool, error) {
	at, err := objectPath(ref)
	if err != nil {
		return false, err
	}
	_, err = c.whole(ctx, call{op: fmt.Sprintf("look for the %s %s", ref.Kind, ref.ID), path: at})
	if errors.Is(err, model.ErrGone) {
		return false, nil
	}
	return err == nil, err
}

// Inspect reads one object as the engine gives it, byte for byte. An object
// that is gone is an error that wraps model.ErrGone.
func (c *Client) Inspect(ctx context.Context, ref model.Ref) (model.Document, error) {
	at, err := objectPath(ref)
	if err != nil {
		return model.Document{}, err
	}
	op := fmt.Sprintf("inspect %s %s", ref.Kind, ref.ID)
	query, err := url.ParseQuery(ref.Kind.Info().Query)
	if err != nil {
		return model.Document{}, err
	}
	raw, err := c.whole(ctx, call{op: op, path: at, query: query})
	if err != nil {
		return model.Document{}, err
	}
	doc, err := readDocument(ref, raw)
	if err != nil {
		return model.Document{}, c.explain(ctx, op, &garbageError{err})
	}
	doc.ReadAt = time.Now()
	return doc, nil
}

func objectPath(ref model.Ref) (string, error) {
	base := ref.Kind.Info().Path
	if base == "" || strings.Trim(ref.ID, ".") == "" || strings.ContainsFunc(ref.ID, notInID) {
		return "", fmt.Errorf("the engine has no %s %q", ref.Kind, ref.ID)
	}
	return base + "/" + ref.ID, nil
}

// notInID tells which characters are in no ID and no name, and so would change
// the path of the request.
func notInID(r rune) bool {
	return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_.-", r)
}

// readDocument finds the parts of an object without touching their bytes.
func readDocument(ref model.Ref, raw []byte) (model.Document, error) {
	var parts struct {
		ID, Name           string
		Version            struct{ Index uint64 }
		Spec, PreviousSpec json.RawMessage
		Description        struct{ Hostname string }
	}
	if err := json.Unmarshal(raw, &parts); err != nil {
		return model.Document{}, err
	}
	// What has no ID is known by its name.
	parts.ID = cmp.Or(parts.ID, parts.Name)
	if parts.ID == "" || len(parts.Spec) == 0 && !ref.Kind.Info().Bare {
		return model.Document{}, fmt.Errorf("it holds no %s", ref.Kind)
	}
	// A name or an unambiguous part of the ID finds the object as well.
	ref.ID = parts.ID
	doc := model.Document{
		Ref: ref, Version: parts.Version.Index,
		Raw: raw, Spec: parts.Spec, Previous: parts.PreviousSpec,
	}
	var named struct{ Name string }
	_ = json.Unmarshal(parts.Spec, &named) // a name that is none stays empty
	// Only nodes have a description.
	doc.Name = shorten(cmp.Or(parts.Description.Hostname, named.Name, parts.Name), maxText)
	return doc, nil
}
