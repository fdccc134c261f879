// Package fault stands between a client and an engine's socket and breaks what
// passes, in the ways in which engines and the lines to them break:
//
//	p := fault.New(t, host)
//	connect(p.Host())
//	p.Set(fault.Rule{Method: "GET", Path: "^/services$", Times: 1, Fault: fault.Cut{}})
//	p.Clear()
//
// A rule is data: which requests, how many of them, and the fault. The first
// rule that fits a request decides; a request that none fits goes through as
// it is, streams without delay, in both directions as the bytes come. Requests
// that are already being answered keep the fault that they began with, until
// [Proxy.Set] or [Proxy.Clear] ends what the former rules hold up.
//
// The proxy speaks plain HTTP over unix sockets and takes no connection over,
// so a client cannot attach to a container through it. It ends with its test
// and leaves no goroutine.
package fault
