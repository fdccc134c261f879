package views

import (
	"errors"
	"strings"
	"testing"

	"skep/internal/testkit"
	"skep/model"
	"skep/ui/table"
)

func TestObjects_WhatCannotBeReadIsSaid(t *testing.T) {
	refused := errors.New("list the networks: forbidden by the proxy")
	c := testkit.Cluster(testkit.Unread(model.KindNetwork, refused))
	if got := screenOf(Networks, Scope{}, c); !strings.Contains(got, "the networks cannot be read") || !strings.Contains(got, "forbidden by the proxy") {
		t.Errorf("never read:\n%s", got)
	}
	c = testkit.Cluster(testkit.Objects(model.KindNetwork, testkit.Network("front")), testkit.Unread(model.KindNetwork, refused))
	if got := screenOf(Networks, Scope{}, c); !strings.Contains(got, "front") {
		t.Errorf("what was known is gone:\n%s", got)
	}
	s := Networks.Open(Scope{})
	s.Show(table.Data{Cluster: c, Now: testkit.Now})
	if got := s.Info(); !strings.Contains(got, "not refreshed: ") {
		t.Errorf("it is not said that they are old: %q", got)
	}
}
