package main

import (
	"net"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

func TestConnectTo_SaysWhichPortsAccept(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // A test's.
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := func(l net.Listener) uint32 { return uint32(l.Addr().(*net.TCPAddr).Port) } //nolint:gosec // A port.
	at := func(node string, port uint32, protocol network.IPProtocol) opening {
		return opening{Opening: model.Opening{Node: node, Address: "127.0.0.1", Port: port, Protocol: protocol, Mode: swarm.PortConfigPublishModeHost}}
	}
	list := []opening{at("n1", port(listener), network.TCP), at("n2", port(closed), network.TCP), at("n3", 53, network.UDP)}
	_ = closed.Close()
	connectTo(t.Context(), list)
	if list[0].silent() || !list[1].silent() || list[2].silent() {
		t.Errorf("%+v", list)
	}
	lines := strings.Split(connectedText("web", list), "\n")
	for i, want := range []string{"accepts", "refused: nothing listens there", "not tried: udp has no connections"} {
		if !strings.HasSuffix(lines[i+2], "  host  "+want) {
			t.Errorf("%q is not %s", lines[i+2], want)
		}
	}
	if (discoveryReport{Openings: list}).good() || !(discoveryReport{Openings: list[:1]}).good() {
		t.Error("the exit code does not go by the ports")
	}
	if text := connectedText("web", nil); !strings.Contains(text, "nowhere: web publishes no port") {
		t.Error(text)
	}
}
