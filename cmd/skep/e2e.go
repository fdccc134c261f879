//go:build e2e

package main

import (
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// What is built with the tag e2e is what the tests of the whole program run: it
// takes from its environment what it waits for, and a library complains in it of a
// peer on SIGUSR1.
func init() {
	for name, d := range map[string]*time.Duration{
		"SKEP_E2E_END_PATIENCE": &endPatience, "SKEP_E2E_OUT_OF_SIGHT": &outOfSight, "SKEP_E2E_REST_EVERY": &restEvery,
	} {
		text, said := os.LookupEnv(name)
		if !said {
			continue
		}
		var err error
		if *d, err = time.ParseDuration(text); err != nil {
			panic(name + ": " + err.Error())
		}
	}
	came := make(chan os.Signal, 1)
	signal.Notify(came, syscall.Signal(10)) // SIGUSR1 on Linux.
	go func() {
		<-came
		log.Print("Unsolicited response received on idle HTTP channel starting with \x1b[2J\a" + strings.Repeat("x", 1<<20))
	}()
}
