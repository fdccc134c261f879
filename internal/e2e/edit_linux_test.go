package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/simswarm"
	"skep/internal/testkit/pty"
)

// editing is skep edit in a terminal, with a program in the editor's place.
type editing struct {
	*pty.Console
	t     *testing.T
	sim   *simswarm.Swarm
	host  string
	state string
}

// startEdit edits shop_cart with a line of a shell as the editor; none for an empty
// one. In it $SKEP is the program and $HOST the swarm.
func startEdit(t *testing.T, line string) *editing {
	t.Helper()
	e := &editing{t: t, state: t.TempDir()}
	e.sim, e.host = shop(t)
	env := []string{"VISUAL=", "EDITOR=" + line, "SKEP=" + program(t, false), "HOST=" + e.host}
	if line == "" {
		env = append(env, "PATH="+t.TempDir())
	}
	e.Console = run{state: e.state, env: env}.console(t, "-H", e.host, "edit", "shop_cart")
	return e
}

func (e *editing) replicas() uint64 { return replicasIn(e.t, e.sim, "shop_cart") }

func replicasIn(t *testing.T, sim *simswarm.Swarm, name string) uint64 {
	t.Helper()
	var s swarm.Service
	ask(t, sim, "GET", "/services/"+name, nil, &s)
	return *s.Spec.Mode.Replicated.Replicas
}

// scaleIn is somebody else's write.
func scaleIn(t *testing.T, sim *simswarm.Swarm, name string, replicas uint64) {
	t.Helper()
	var s swarm.Service
	ask(t, sim, "GET", "/services/"+name, nil, &s)
	s.Spec.Mode.Replicated.Replicas = &replicas
	ask(t, sim, "POST", fmt.Sprintf("/services/%s/update?version=%d", s.ID, s.Version.Index), s.Spec, nil)
}

// ends holds how it ended: the exit code, what it says, the replicas and whether a
// text was kept that has what was typed.
func (e *editing) ends(code int, says string, replicas uint64, kept string) {
	e.t.Helper()
	if got := e.Code(toEnd); got != code || !strings.Contains(e.Whole(), says) {
		e.t.Errorf("exit code %d, want %d and %q:\n%s", got, code, says, e.Raw())
	}
	if got := e.replicas(); got != replicas {
		e.t.Errorf("%d replicas, want %d", got, replicas)
	}
	left, err := filepath.Glob(filepath.Join(e.state, "skep", "drafts", "*", "*"))
	if err != nil {
		e.t.Fatal(err)
	}
	if kept == "" {
		if len(left) > 0 {
			e.t.Errorf("left: %v", left)
		}
		return
	}
	text := ""
	for _, path := range left {
		b, _ := os.ReadFile(path)
		text += string(b)
	}
	if len(left) != 1 || !strings.Contains(text, kept) || !strings.Contains(e.Whole(), "the text is kept in "+left[0]) {
		e.t.Errorf("kept in %v:\n%s", left, text)
	}
}

const four = "sed -i 's/Replicas: 3/Replicas: 4/'"

// TestEdit_InATerminal: whatever the editor does, nothing that was typed is lost, and
// nothing is written that was not shown and confirmed.
func TestEdit_InATerminal(t *testing.T) {
	t.Parallel()
	slow(t)
	type then = func(*editing)
	for name, c := range map[string]struct {
		editor string
		then   then
	}{
		"writes": {four, func(e *editing) {
			e.Wait("To apply it, type Y")
			e.Type("Y\n")
			e.ends(0, "1 done", 4, "")
		}},
		// It has the terminal, and what is typed there.
		"asks": {`sh -c 'printf "how many? "; read -r n; sed -i "s/Replicas: 3/Replicas: $n/" "$0"'`, func(e *editing) {
			e.Wait("how many? ")
			e.Type("4\n")
			e.Wait("To apply it, type Y")
			e.Type("Y\n")
			e.ends(0, "1 done", 4, "")
		}},
		"changes nothing": {"true", func(e *editing) { e.ends(0, "the text was left as it is", 3, "") }},
		"empties":         {"truncate -s 0", func(e *editing) { e.ends(0, "the text was left as it is", 3, "") }},
		"fails":           {"false", func(e *editing) { e.ends(1, "the editor ended: exit status 1", 3, "") }},
		"fails after it":  {four + ` "$@"; false`, func(e *editing) { e.ends(1, "the editor ended: exit status 1", 3, "Replicas: 4") }},
		"is not there":    {"/nowhere/editor", func(e *editing) { e.ends(1, "/nowhere/editor", 3, "") }},
		"is none":         {"", func(e *editing) { e.ends(1, "there is no editor: set VISUAL or EDITOR", 3, "") }},
		"is wrong, and left so": {`sh -c 'grep -q "^## It was not taken" "$0" || sed -i "s/Replicas: 3/Replicas: many/" "$0"'`, func(e *editing) {
			e.ends(1, "is no number", 3, "Replicas: many")
		}},
		"is always wrong": {`sh -c 'head -c 100 /dev/urandom >>"$0"'`, func(e *editing) {
			e.Wait("To edit it again, type Y and press enter")
			e.Type("Y\n")
			e.Wait("keep it in a file, press enter: Y")
			e.Type("\n")
			e.ends(1, "the text is kept in", 3, "It was not taken")
		}},
		"is not confirmed": {four, func(e *editing) {
			e.Wait("To apply it, type Y")
			e.Type("n\n")
			e.ends(9, "nothing was done", 3, "Replicas: 4")
		}},
		"comes too late, and is planned on top": {`"$SKEP" -H "$HOST" scale shop_cart 9 --yes >/dev/null && ` + four, func(e *editing) {
			e.Wait("theirs: 9")
			e.Wait("mine: 4")
			e.Wait("To plan yours on top of theirs, type Y")
			e.Type("Y\n")
			e.Wait("Replicas: 9 ")
			e.Wait("To apply it, type Y")
			e.Type("Y\n")
			e.ends(0, "1 done", 4, "")
		}},
		"comes too late, and is kept": {`"$SKEP" -H "$HOST" scale shop_cart 9 --yes >/dev/null && ` + four, func(e *editing) {
			e.Wait("To plan yours on top of theirs, type Y")
			e.Type("\n")
			e.ends(1, "has changed since the preview", 9, "Replicas: 4")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.then(startEdit(t, c.editor))
		})
	}
}

// TestScale_AnotherClientMeanwhile changes the same between the preview and its
// confirmation: theirs and mine are set side by side, and mine is written only where
// that was asked for, after a preview of its own.
func TestScale_AnotherClientMeanwhile(t *testing.T) {
	t.Parallel()
	slow(t)
	for name, c := range map[string]struct {
		typed    string
		code     int
		says     string
		replicas uint64
	}{
		"mine":   {"Y\n", 0, "1 done", 7},
		"theirs": {"\n", 1, "has changed since the preview", 9},
		"left":   {"\x03", 130, "changed by somebody else meanwhile", 9},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, host := shop(t)
			e := run{}.console(t, "-H", host, "scale", "shop_cart", "7")
			e.Wait("scale shop_cart from 3 to 7")
			e.Wait("To apply it, type Y")
			scaleIn(t, sim, "shop_cart", 9)
			e.Type("Y\n")
			e.Wait("theirs: 9")
			e.Wait("To plan yours again on top of theirs, type Y")
			e.Type(c.typed)
			if c.replicas == 7 {
				e.Wait("scale shop_cart from 9 to 7")
				e.Wait("2 tasks stop, 7 stay")
				e.Type("Y\n")
			}
			if code := e.Code(toEnd); code != c.code || !strings.Contains(e.Whole(), c.says) {
				t.Errorf("exit code %d, want %d and %q:\n%s", code, c.code, c.says, e.Raw())
			}
			if got := replicasIn(t, sim, "shop_cart"); got != c.replicas {
				t.Errorf("%d replicas, want %d", got, c.replicas)
			}
		})
	}
}

// TestEdit_OnTheScreen lends the terminal to the editor and takes it back.
func TestEdit_OnTheScreen(t *testing.T) {
	t.Parallel()
	slow(t)
	sim, host := shop(t)
	asks := `sh -c 'printf "how many? "; read -r n; sed -i "s/Replicas: 3/Replicas: $n/" "$0"'`
	f := run{env: []string{"VISUAL=", "EDITOR=" + asks}}.far(t, 0, false, "-H", host, "services", "shop_cart")
	f.waits("3/3")
	f.asked() // What is answered later than it is lent would go to the editor.
	f.keys([]byte("e"))
	f.waits("how many?")
	f.keys([]byte("4\r"))
	f.waits("Y apply")
	f.waits("1 task starts")
	time.Sleep(450 * time.Millisecond)
	f.begins()
	f.gone("Y apply")
	f.waits("4/4")
	if got := replicasIn(t, sim, "shop_cart"); got != 4 {
		t.Errorf("%d replicas\n%s", got, f.screen())
	}
}
