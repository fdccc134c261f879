package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"skep/internal/testkit"
	"skep/model"
)

// describe is an error as one line, with its situation in front.
func describe(err error) string {
	var trouble *model.Trouble
	if errors.As(err, &trouble) {
		return string(trouble.Situation) + "|" + strings.ReplaceAll(err.Error(), "\n", " ")
	}
	return fmt.Sprint("|", err)
}

// engineMessages are the engine's own words: those of 20.10.24 as met on a
// real swarm, and those of moby's source since.
var engineMessages = []struct {
	status  int
	message string
	want    model.Situation
}{
	{503, "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager.", model.WorkerNode},
	{503, `This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.`, model.NotSwarm},
	{503, "This node is not a swarm manager. Manager is being prepared or has trouble connecting to the cluster.", model.Preparing},
	{503, `Swarm is encrypted and needs to be unlocked before it can be used. Please use "docker swarm unlock" to unlock it.`, model.Locked},
	{503, "Swarm certificates have expired. To replace them, leave the swarm and join again.", model.Expired},
	{500, "rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of the managers are online.", model.NoLeader},
	{500, "rpc error: code = DeadlineExceeded desc = context deadline exceeded", model.NoLeader},
	{500, "raft: failed to process the request: node lost leader status", model.NoLeader},
	{500, "rpc error: code = Unavailable desc = raft: no elected primary cluster manager", model.NoLeader},
	{500, "something that nobody has thought of", model.EngineError},
}

func TestRead_SituationOfEveryMessage(t *testing.T) {
	for _, c := range engineMessages {
		t.Run(string(c.want)+" "+c.message[:20], func(t *testing.T) {
			f := newFake(t)
			p := f.pool(t, Options{})
			for _, path := range []string{"/services", "/nodes", "/tasks", "/networks", "/events", "/services/a", "/services/a/logs"} {
				f.fails(path, c.status, c.message)
			}
			for name, read := range reads(p) {
				trouble := wantSituation(t, read(t.Context()), c.want)
				if !strings.Contains(trouble.Error(), c.message) {
					t.Errorf("%s: %q does not hold the whole message", name, trouble.Error())
				}
				if fmt.Sprint(trouble.Managers) != "[{n2  10.0.0.2}]" {
					t.Errorf("%s: got managers %v, want those of the last good /info", name, trouble.Managers)
				}
				if trouble.Host != f.host || trouble.Source != "-H" {
					t.Errorf("%s: got host %q from %q", name, trouble.Host, trouble.Source)
				}
			}
		})
	}
}

func TestConnect_SituationOfInfo(t *testing.T) {
	const managers = `"RemoteManagers":[{"NodeID":"m","Addr":"10.0.0.9:2377"}]`
	for name, c := range map[string]struct {
		swarm    string
		want     model.Situation
		managers bool
	}{
		"worker":            {`"NodeID":"w","LocalNodeState":"active","ControlAvailable":false,` + managers, model.WorkerNode, true},
		"a manager starts":  {`"NodeID":"m","LocalNodeState":"active","ControlAvailable":false,` + managers, model.Preparing, false},
		"not a swarm":       {`"NodeID":"","LocalNodeState":"inactive"`, model.NotSwarm, false},
		"an engine without": {`"NodeID":""`, model.NotSwarm, false},
		"joining":           {`"NodeID":"","LocalNodeState":"pending"`, model.Preparing, false},
		"removed":           {`"NodeID":"w","LocalNodeState":"pending","ControlAvailable":false,` + managers, model.Orphaned, true},
		"restarted alone":   {`"LocalNodeState":"pending","Error":"rpc error: code = Unknown desc = The swarm does not have a leader."`, model.NoLeader, false},
		"locked":            {`"LocalNodeState":"locked","Error":"Swarm is encrypted and needs to be unlocked before it can be used."`, model.Locked, false},
		"expired":           {`"LocalNodeState":"error","Error":"Swarm certificates have expired."`, model.Expired, false},
		"no leader":         {`"NodeID":"m","LocalNodeState":"active","ControlAvailable":true,"Error":"rpc error: code = Unknown desc = The swarm does not have a leader.",` + managers, model.NoLeader, false},
		"leader is silent":  {`"NodeID":"m","LocalNodeState":"active","ControlAvailable":true,"Error":"rpc error: code = DeadlineExceeded desc = context deadline exceeded",` + managers, model.NoLeader, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.fails("/swarm", 503, "This node is not what you are looking for.")
			f.answers("/info", 200, `{"ServerVersion":"29.1.0","Swarm":{`+c.swarm+`}}`)
			p := openPool(t, Options{Hosts: []string{f.host}})
			_, err := p.Connect(t.Context())
			trouble := wantSituation(t, err, c.want)
			if (len(trouble.Managers) == 1) != c.managers {
				t.Errorf("got managers %v", trouble.Managers)
			}
			if trouble.Cause == nil || trouble.Cause.Error() == "" {
				t.Error("the cause is missing")
			}
		})
	}
}

func TestConnect_ControlWhilePendingIsEnough(t *testing.T) {
	f := newFake(t)
	f.answers("/swarm", 200, managerSwarm)
	f.answers("/info", 200, `{"ServerVersion":"20.10.24","Swarm":{"LocalNodeState":"pending","ControlAvailable":true}}`)
	if _, err := openPool(t, Options{Hosts: []string{f.host}}).Connect(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestConnect_SituationOfTheEngine(t *testing.T) {
	for name, c := range map[string]struct {
		ping, swarm http.HandlerFunc
		want        model.Situation
		says        string
	}{
		"too old": {
			ping: func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Api-Version", "1.39") },
			want: model.APITooOld, says: "1.39",
		},
		"ping fails": {
			ping: func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, "the plugin says no", http.StatusForbidden)
			},
			want: model.EngineError, says: "the plugin says no",
		},
		"no engine at all": {
			swarm: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "404 page not found", http.StatusNotFound) },
			want:  model.EngineError, says: "404 page not found",
		},
		"the swarm is an HTML page": {
			swarm: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>welcome</html>") },
			want:  model.EngineError, says: "makes no sense",
		},
		"the swarm is something else": {
			swarm: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"hello":"world"}`) },
			want:  model.EngineError, says: "not a Docker engine",
		},
		"the swarm is refused": {
			swarm: func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, `{"message":"not you"}`, http.StatusUnauthorized)
			},
			want: model.EngineError, says: "not you",
		},
		"the swarm breaks off": {swarm: cut, want: model.BrokenOff, says: "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			if c.ping != nil {
				f.mux = http.NewServeMux()
				f.mux.HandleFunc("/_ping", c.ping)
			}
			if c.swarm != nil {
				f.handle("/swarm", c.swarm)
			}
			p := openPool(t, Options{Hosts: []string{f.host}})
			_, err := p.Connect(t.Context())
			trouble := wantSituation(t, err, c.want)
			if !strings.Contains(trouble.Error(), c.says) {
				t.Errorf("%q does not say %q", trouble.Error(), c.says)
			}
		})
	}
}

func TestConnect_SituationOfTheAddress(t *testing.T) {
	dead := testkit.Sock(t)
	dir := filepath.Dir(dead)
	write(t, filepath.Join(dir, "file"), "")
	listener, err := net.Listen("unix", dead)
	if err != nil {
		t.Fatal(err)
	}
	// The socket stays behind, as it does when an engine is killed.
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	_ = listener.Close()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = tcp.Close()
	for host, want := range map[string]model.Situation{
		"unix://" + dir + "/nothing":    model.NoDocker,
		"unix://" + dir + "/file":       model.NoDocker,
		"unix://" + dir + "/file/below": model.NoDocker,
		"unix://" + dead:                model.NoDocker,
		"tcp://" + tcp.Addr().String():  model.NoDocker,
		"tcp://host.invalid:2375":       model.Unreachable,
	} {
		p := openPool(t, Options{Hosts: []string{host}})
		_, err := p.Connect(within(t, 20*time.Second))
		trouble := wantSituation(t, err, want)
		if trouble.Host != host {
			t.Errorf("got host %q, want %q", trouble.Host, host)
		}
	}
}

func TestRead_CancelPassesThrough(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	for _, path := range []string{"/services", "/nodes", "/tasks", "/networks", "/events", "/services/a", "/services/a/logs"} {
		f.handle(path, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	}
	for name, read := range reads(p) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		if err := read(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v (%T), want context.Canceled itself", name, err, err)
		}
	}
	silent := newFake(t)
	silent.handle("/info", wait)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := openPool(t, Options{Hosts: []string{silent.host}}).Connect(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Connect: got %v, want context.Canceled itself", err)
	}
}
