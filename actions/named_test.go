package actions

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"skep/internal/testkit"
	"skep/model"
)

func TestProposal_NamesNetworks(t *testing.T) {
	listed := testkit.Network("shop_back")
	read := model.Ref{Kind: model.KindNetwork, ID: "9abcdef"}
	p := Proposal{Input: Input{
		Cluster: testkit.Cluster(testkit.Objects(model.KindNetwork, listed)),
		Others:  map[model.Ref]Reading{read: {Doc: model.Document{Ref: read, Name: "shop_front"}}},
	}}
	p.Plan.Changes = []model.Change{{Path: "TaskTemplate.Networks[" + listed.ID + "].Aliases", Before: "web", After: read.ID}}
	p.Plan.Warnings = []string{"taken back: " + read.ID}
	p.nameNetworks()
	if got, want := fmt.Sprint(p.Plan.Changes, p.Plan.Warnings), "TaskTemplate.Networks[shop_back].Aliases"; !strings.Contains(got, want) || strings.Contains(got, read.ID) {
		t.Errorf("%s", got)
	}
}

func TestProposal_WarnsOfGraceBelowZero(t *testing.T) {
	service := model.ServiceID("s1").Ref()
	spec := func(grace string) json.RawMessage {
		return json.RawMessage(`{"TaskTemplate":{"ContainerSpec":{"StopGracePeriod":` + grace + `}}}`)
	}
	for _, tt := range []struct {
		was  json.RawMessage
		is   json.RawMessage
		says string
	}{
		{nil, spec("-5000000000"), "below zero (-5s): engines wait for ever"},
		{spec("10000000000"), spec("-5000000000"), "below zero (-5s): engines wait for ever"},
		{nil, spec("-500000000"), "below zero (-500ms): engines kill a task at once"},
		{nil, spec("0"), ""},
		{spec("-5000000000"), spec("-5000000000"), ""},
	} {
		p := Proposal{Plan: Plan{Steps: []Step{{Op: OpReplace, Ref: service, Name: "web", Spec: tt.is, Seen: model.Document{Ref: service, Spec: tt.was}}}}}
		p.warnGrace()
		if got := strings.Join(p.Plan.Warnings, ""); (got == "") != (tt.says == "") || !strings.Contains(got, tt.says) {
			t.Errorf("%s to %s: %q", tt.was, tt.is, got)
		}
	}
}
