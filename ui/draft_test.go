package ui

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// editors edit a text, one after the other; the last one for ever.
type editors struct {
	t     *testing.T
	turns []func(text string) (string, error)
	texts []string
	paths []string
}

func (e *editors) lend(cmd *exec.Cmd, ended tea.ExecCallback) tea.Cmd {
	return func() tea.Msg {
		path := cmd.Args[len(cmd.Args)-1]
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			e.t.Errorf("%s: %v, %v", path, info, err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			e.t.Error(err)
		}
		e.texts, e.paths = append(e.texts, string(b)), append(e.paths, path)
		text, failed := e.turns[min(len(e.texts), len(e.turns))-1](string(b))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			e.t.Error(err)
		}
		return ended(failed)
	}
}

// left checks that no file is left but one that is kept.
func (e *editors) left(kept string) {
	e.t.Helper()
	for _, p := range e.paths {
		if _, err := os.Stat(p); !errors.Is(err, os.ErrNotExist) && p != kept {
			e.t.Errorf("%s is left: %v", p, err)
		}
	}
}

func replaces(from, to string) func(string) (string, error) {
	return func(text string) (string, error) { return strings.Replace(text, from, to, 1), nil }
}

func leaves(text string) (string, error) { return text, nil }

// onDraft presses e on a service with editors in the operator's place.
func onDraft(t *testing.T, turns []func(string) (string, error), test func(t *testing.T, d *desk, e *editors)) {
	t.Helper()
	e := &editors{t: t, turns: turns}
	onDesk(t, Options{ByName: true, Pattern: "shop_cart", Lend: e.lend}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("e")
		d.wait(dialogGuard)
		test(t, d, e)
		if d.feed.paused != 0 {
			t.Errorf("the feed is paused %d times", d.feed.paused)
		}
	})
}

func TestDraft_WritesWhatWasEdited(t *testing.T) {
	onDraft(t, []func(string) (string, error){replaces("Replicas: 3", "Replicas: 4")}, func(t *testing.T, d *desk, e *editors) {
		d.sees("edit the spec of shop_cart: Mode.Replicated.Replicas", "1 task starts", "Y apply")
		if !strings.Contains(e.texts[0], "## Edit the spec of shop_cart.") || len(d.engine.writes) != 0 {
			t.Errorf("%d writes, text\n%s", len(d.engine.writes), e.texts[0])
		}
		d.apply()
		if len(d.engine.writes) != 1 || replicasOf(t, d.engine.writes[0]) != "4" {
			t.Errorf("wrote %v", d.engine.writes)
		}
		e.left("")
	})
}

// TestDraft_TheSwarmGoesOnMeanwhile: what comes while the text is read, or is in the
// editor, neither plans nor ends anything.
func TestDraft_TheSwarmGoesOnMeanwhile(t *testing.T) {
	c := shop()
	e := &editors{t: t, turns: []func(string) (string, error){func(text string) (string, error) {
		time.Sleep(3 * time.Second)
		return strings.Replace(text, "Replicas: 3", "Replicas: 4", 1), nil
	}}}
	onDesk(t, Options{ByName: true, Pattern: "shop_cart", Lend: e.lend}, c, 100, 30, func(t *testing.T, d *desk) {
		d.engine.inspect = func(ctx context.Context, ref model.Ref) (model.Document, error) {
			select {
			case <-ctx.Done():
				return model.Document{}, ctx.Err()
			case <-time.After(time.Second):
				return d.engine.docs[ref], nil
			}
		}
		d.press("e")
		d.feed.push(c)
		d.wait(2 * time.Second)
		d.feed.push(c)
		d.wait(5 * time.Second)
		d.sees("edit the spec of shop_cart: Mode.Replicated.Replicas", "1 task starts", "Y apply")
		e.left("")
	})
}

func TestDraft_UnchangedWritesNothing(t *testing.T) {
	for name, turn := range map[string]func(string) (string, error){
		"left": leaves, "emptied": func(string) (string, error) { return "", nil }, "saved": func(text string) (string, error) { return text + "\n# nothing\n", nil },
	} {
		t.Run(name, func(t *testing.T) {
			onDraft(t, []func(string) (string, error){turn}, func(t *testing.T, d *desk, e *editors) {
				d.sees("nothing")
				if d.dialog() != nil || len(d.engine.writes) != 0 {
					t.Error("a dialog is open, or it was written")
				}
				e.left("")
			})
		})
	}
}

// TestDraft_ComesBack: what is wrong goes back into the editor with the reason on
// top, and what was typed.
func TestDraft_ComesBack(t *testing.T) {
	turns := []func(string) (string, error){replaces("Replicas: 3", "Replicas: many"), replaces("Replicas: many", "Replicas: 4\n    Replikas: 5"), replaces("\n    Replikas: 5", "")}
	onDraft(t, turns, func(t *testing.T, d *desk, e *editors) {
		d.sees("edit the spec of shop_cart: Mode.Replicated.Replicas")
		if len(e.texts) != 3 || !strings.Contains(e.texts[1], `Replicas: "many" is no number`) || !strings.Contains(e.texts[1], "Replicas: many") ||
			!strings.Contains(e.texts[2], "there is no field Replikas in Replicated") || strings.Contains(e.texts[2], "is no number") {
			t.Errorf("%q", e.texts)
		}
		d.press("esc") // Back into the editor, with the text.
		if len(e.texts) != 4 || !strings.Contains(e.texts[3], "Replicas: 4") || d.dialog() != nil {
			t.Errorf("%q", e.texts)
		}
	})
}

func TestDraft_GivenUpIsKept(t *testing.T) {
	onDraft(t, []func(string) (string, error){replaces("Replicas: 3", "Replicas: many"), leaves}, func(t *testing.T, d *desk, e *editors) {
		d.sees("nothing was written", "is no number", "the text is kept in ")
		_, path, _ := strings.Cut(d.text(), "kept in ")
		path = strings.Join(strings.Fields(strings.SplitN(path, "─", 2)[0]), "")
		if b, err := os.ReadFile(path); err != nil || !strings.Contains(string(b), "Replicas: many") {
			t.Errorf("%s: %s, %v", path, b, err)
		}
		e.left(path)
		d.press("esc")
		if d.dialog() != nil {
			t.Error("it stays open")
		}
	})
}

// TestDraft_ReadsWhatTheNodesHold once a preview says that it depends on that: no
// form has asked for it.
func TestDraft_ReadsWhatTheNodesHold(t *testing.T) {
	e := &editors{t: t, turns: []func(string) (string, error){replaces("Replicas: 1", "Replicas: 2")}}
	web := testkit.Service(testkit.Name("web"), testkit.WithService(func(s *model.Service) {
		s.Spec.TaskTemplate.Resources = &swarm.ResourceRequirements{Reservations: &swarm.Resources{NanoCPUs: 1e9}}
	}))
	c := testkit.Cluster(testkit.Nodes(testkit.Node(testkit.Leader())), testkit.Services(web))
	onDesk(t, Options{ByName: true, Lend: e.lend}, c, 100, 30, func(t *testing.T, d *desk) {
		d.press("e")
		d.wait(dialogGuard)
		d.sees("have not been read: it is not known whether they fit")
		if got := d.feed.looked[len(d.feed.looked)-1]; !got.AllTasks() {
			t.Errorf("the feed looks at %+v", got)
		}
	})
}

// TestDraft_AnEditorThatIsAlwaysWrong, such as a program that changes something each
// time, is asked about; and what was typed is kept.
func TestDraft_AnEditorThatIsAlwaysWrong(t *testing.T) {
	wrong := func(text string) (string, error) { return text + "x: [\n", nil }
	onDraft(t, []func(string) (string, error){wrong}, func(t *testing.T, d *desk, e *editors) {
		d.sees("edit shop_cart is not possible", "the text is kept in ", "Y edit it again, esc close")
		if len(e.texts) != mostWrong || len(d.engine.writes) != 0 {
			t.Fatalf("edited %d times", len(e.texts))
		}
		_, path, _ := strings.Cut(d.text(), "kept in ")
		path = strings.Join(strings.Fields(strings.SplitN(path, "─", 2)[0]), "")
		if b, err := os.ReadFile(path); err != nil || strings.Count(string(b), "x: [") != mostWrong {
			t.Errorf("%s: %s, %v", path, b, err)
		}
		e.turns[0] = func(text string) (string, error) {
			return strings.Replace(strings.ReplaceAll(text, "x: [\n", ""), "Replicas: 3", "Replicas: 4", 1), nil
		}
		d.press("Y")
		d.wait(dialogGuard)
		d.sees("Y apply", "1 task starts")
		e.left("")
		d.press("esc")
	})
}

func TestDraft_RefusedComesBack(t *testing.T) {
	onDraft(t, []func(string) (string, error){replaces("Replicas: 3", "Replicas: 4"), replaces("Replicas: 4", "Replicas: 5")}, func(t *testing.T, d *desk, e *editors) {
		d.engine.update = func(model.Write) ([]string, error) { return nil, errors.New("invalid spec: too many") }
		d.apply()
		d.wait(dialogGuard)
		if len(e.texts) != 2 || !strings.Contains(e.texts[1], "invalid spec: too many") {
			t.Fatalf("%q", e.texts)
		}
		d.sees("Y apply", "2 tasks start")
		d.engine.update = nil
		d.apply()
		if len(d.engine.writes) != 1 || replicasOf(t, d.engine.writes[0]) != "5" {
			t.Errorf("wrote %v", d.engine.writes)
		}
		e.left("")
	})
}

func TestDraft_TheEditorFails(t *testing.T) {
	onDraft(t, []func(string) (string, error){func(text string) (string, error) { return text, errors.New("exit status 1") }}, func(t *testing.T, d *desk, e *editors) {
		d.sees("edit shop_cart is not possible", "the editor ended", "exit status 1")
		d.misses("kept in")
		e.left("")
	})
}

// scaleElsewhere is somebody else's write of the same service.
func scaleElsewhere(d *desk, from, to string) {
	for ref, doc := range d.engine.docs {
		if doc.Name == "shop_cart" {
			doc.Version++
			doc.Spec = []byte(strings.Replace(string(doc.Spec), `"Replicas":`+from, `"Replicas":`+to, 1))
			d.engine.docs[ref] = doc
		}
	}
}

// TestConflict_IsAsked: what was shown, theirs and mine are set side by side, and
// mine is planned again on theirs if wanted.
func TestConflict_IsAsked(t *testing.T) {
	onDesk(t, Options{ByName: true, Pattern: "shop_cart"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("s")
		d.later("backspace", "7", "enter")
		scaleElsewhere(d, "3", "9")
		d.later("Y")
		d.sees("shop_cart was changed by somebody else meanwhile: nothing was written to it", "BOTH HAVE CHANGED",
			"Mode.Replicated.Replicas", "shown: 3", "theirs: 9", "mine: 7", "Y plan mine again on top of theirs, esc close")
		d.press("Y")
		d.wait(dialogGuard)
		d.sees("from 9 to 7")
		if len(d.engine.writes) != 0 {
			t.Error("it was written")
		}
		d.apply()
		if len(d.engine.writes) != 1 || replicasOf(t, d.engine.writes[0]) != "7" {
			t.Errorf("wrote %v", d.engine.writes)
		}
	})
}

// TestConflict_OfADraft: it is found before the preview, and esc leads back into
// the editor with what the others have made of it.
func TestConflict_OfADraft(t *testing.T) {
	var at *desk
	turns := []func(string) (string, error){func(text string) (string, error) {
		scaleElsewhere(at, "3", "9")
		return strings.Replace(text, "Replicas: 3", "Replicas: 7", 1), nil
	}, replaces("Replicas: 7", "Replicas: 7 # mine"), leaves}
	e := &editors{t: t, turns: turns}
	onDesk(t, Options{ByName: true, Pattern: "shop_cart", Lend: e.lend}, shop(), 100, 30, func(t *testing.T, d *desk) {
		at = d
		d.press("e")
		d.sees("shown: 3", "theirs: 9", "mine: 7", "esc back")
		d.press("esc")
		if len(e.texts) != 2 || !strings.Contains(e.texts[1], "theirs: 9") {
			t.Fatalf("%q", e.texts)
		}
		d.sees("theirs: 9")
		d.press("Y")
		d.later("Y")
		if len(d.engine.writes) != 1 || replicasOf(t, d.engine.writes[0]) != "7" {
			t.Errorf("wrote %v\n%s", d.engine.writes, d.text())
		}
		e.left("")
	})
}

func TestDraft_OneAtATime(t *testing.T) {
	onDesk(t, Options{}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("space", "j", "space", "e")
		d.sees("one at a time")
	})
	onDesk(t, Options{ReadOnly: true}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("e")
		d.sees("--read-only")
	})
}
