package actions_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestREADME_CountsTheTrials(t *testing.T) {
	b, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	states, verbs := 0, 0
	for _, list := range [][]condition{conditions, besideNode("pause"), besideNode("drain")} {
		for _, c := range list {
			states++
			verbs += len(c.verbs)
		}
	}
	want := fmt.Sprintf("in %d trials, each of one verb on a service in one of %d states", verbs, states)
	if !strings.Contains(strings.Join(strings.Fields(string(b)), " "), want) {
		t.Errorf("the README does not say %q", want)
	}
}
