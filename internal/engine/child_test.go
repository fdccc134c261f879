package engine

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"
)

// childHosts is the variable that makes the test program a child that connects
// to the hosts in it and prints the error. Tests use it to connect as another
// user.
const childHosts = "SKEP_TEST_CONNECT"

func runAsChild() (code int, is bool) {
	hosts := os.Getenv(childHosts)
	if hosts == "" {
		return 0, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	p, err := Open(Options{Hosts: strings.Split(hosts, " "), Env: os.Getenv})
	if err == nil {
		_, err = p.Connect(ctx)
	}
	fmt.Println(describe(err))
	return 0, true
}
