package main

import (
	"context"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"skep/ui"
)

// scene is one picture: what is done before it is taken, and what it is called.
type scene struct {
	name        string // of the file
	title, desc string // for those who do not see it
	opt         ui.Options
	size        [2]int // of the window; zero for 80x24
	dial        func(context.Context) (net.Conn, error)
	play        func(s *stage)
}

// The size of an old terminal.
const smallWidth, smallHeight = 80, 24

var scenes = []scene{
	{
		name: "services", title: "The services",
		desc: "All services of a swarm; the line above them has the problems of the swarm, worst first.",
		play: func(s *stage) { s.until("shop_api", "more (!)") },
	},
	{
		name: "services-wide", title: "The services in a wide terminal", size: [2]int{160, 24},
		desc: "The columns that do not fit otherwise: limits, reservations and constraints, scrolled into sight.",
		play: func(s *stage) {
			s.until("shop_api", "more (!)")
			s.press("w", "right", "right", "right", "right", "right", "right")
		},
	},
	{
		name: "stacks", title: "The stacks", opt: ui.Options{View: "stacks"},
		desc: "The stacks of the swarm, each with its services and problems.",
		play: func(s *stage) { s.until("monitoring") },
	},
	{
		name: "problems", title: "The problems",
		desc: "What is wrong in the swarm, and why.",
		play: func(s *stage) { s.press("!"); s.until("SUBJECT") },
	},
	{
		name: "tasks", title: "The tasks of a service that fails", opt: ui.Options{Pattern: "shop_payments"},
		desc: "A service whose tasks crash, with the history of each slot and the error of the selected one.",
		play: func(s *stage) { s.press("enter", "h", "j"); s.until("shop_payments › task history", ".1 ") },
	},
	{
		name: "tasks-wide", title: "Tasks in a wide terminal", size: [2]int{160, 31}, opt: ui.Options{View: "tasks", Pattern: "shop"},
		desc: "Tasks with their images and errors, kept to those of the shop by a filter.",
		play: func(s *stage) { s.until("shop_api.1"); s.press("w") },
	},
	{
		name: "nodes", title: "The nodes", opt: ui.Options{View: "nodes"},
		desc: "The nodes of the swarm, with what is reserved of each.",
		play: func(s *stage) { s.until("fra1-wrk4") },
	},
	{
		name: "describe", title: "A service described", opt: ui.Options{Pattern: "shop_search"},
		desc: "A service that cannot be placed, with the whole reason, and what it is made of.",
		play: func(s *stage) { s.press("d"); s.until("Service shop_search") },
	},
	{
		name: "logs", title: "The logs of a service", opt: ui.Options{Pattern: "shop_api"},
		desc: "The logs of all replicas of a service, each in its own colour.",
		play: func(s *stage) { s.press("l", "w"); s.until("following", "shop_api.1"); s.waitUntil(time.Minute) },
	},
	{
		name: "preview", title: "The preview of an action", opt: ui.Options{View: "nodes", Pattern: "wrk5"},
		desc: "What draining a node will do: the change, what fits on no other node, and where the other tasks go.",
		play: func(s *stage) { s.press("r"); s.until("Y apply") },
	},
	{
		name: "rollout", title: "A rollout on its way", opt: ui.Options{Pattern: "shop"},
		desc: "A service gets another image, and half of its tasks have it.",
		play: func(s *stage) {
			s.press("G", "i")
			s.until("Image: ")
			s.press("backspace", "1", "enter")
			s.until("Y apply")
			s.press("Y")
			s.until("● 2 new")
		},
	},
	{
		name: "help", title: "The help",
		desc: "The keys that work on the screen.",
		play: func(s *stage) { s.press("?"); s.until("help") },
	},
	{
		name: "outage", title: "A swarm without a leader",
		desc: "The managers have lost their quorum: the last known state stays, marked with its age.",
		play: func(s *stage) { s.swarm.NoLeader(true); s.until("STALE"); s.wait(20 * time.Second) },
	},
	{
		name: "error", title: "No engine", dial: noSocket,
		desc: "There is no Docker engine at the address: what that means, and what to do.",
		play: func(s *stage) { s.until("not connected") },
	},
}

// noSocket is what a machine without Docker answers.
func noSocket(context.Context) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Net: "unix", Addr: &net.UnixAddr{Net: "unix", Name: "/var/run/docker.sock"},
		Err: os.NewSyscallError("connect", syscall.ENOENT)}
}

// draw plays the scene and draws what is on the screen at its end.
func (sc scene) draw(t *testing.T) string {
	svg := ""
	width, height := smallWidth, smallHeight
	if sc.size != [2]int{} {
		width, height = sc.size[0], sc.size[1]
	}
	onStage(t, sc.opt, width, height, sc.dial, func(s *stage) {
		sc.play(s)
		svg = picture(s.screen(), "skep: "+sc.title, sc.desc)
	})
	return svg
}
