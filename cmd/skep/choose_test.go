package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "skep/internal/testkit"
	"skep/model"
)

func TestChoice_ANameAloneWhereItIsUnambiguous(t *testing.T) {
	shop, web, api := Node(Hostname("shop")), Service(Name("shop_web"), Stack("shop")), Service(Name("shop_api"), Stack("shop"))
	alone, twin, other := Service(Name("cron")), Node(Hostname("twin")), Node(Hostname("twin"))
	old, head := Task(Of(web), Slot(1), Ago(time.Hour), WithTask(func(t *model.Task) { t.ID = "old" })), Task(Of(web), Slot(1))
	c := Cluster(Nodes(shop, twin, other), Services(web, api, alone), TasksFor(model.TaskQuery{}, Now, old, head))
	all := choice{services, stacks, nodes, tasks}
	for _, tt := range []struct {
		text string
		want model.Ref
		err  string
	}{
		{text: "cron", want: alone.Key().Ref()},
		{text: "service/cron", want: alone.Key().Ref()},
		{text: alone.ID, want: alone.Key().Ref()},
		{text: "stack/shop", want: model.StackName("shop").Ref()},
		{text: "node/shop", want: shop.Key().Ref()},
		{text: "shop_web.1", want: head.ID.Ref()},
		{text: string(old.ID), want: old.ID.Ref()},
		{text: "shop", err: `"shop" is the name of several things: say stack/shop or node/shop`},
		{text: "web", err: `there is no service, stack, node or task called "web"; there is service/shop_web`},
		{text: "service/shop", err: `there is no service called "shop"; there is service/shop_api and service/shop_web`},
		{text: "twin", err: "2 nodes are called twin: give the ID of one, "},
		{text: "service/", err: `there is no service called ""`},
	} {
		got, err := all.one(c, tt.text)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.HasPrefix(err.Error(), tt.err) {
			t.Errorf("%s: %v, %v", tt.text, got, err)
		}
	}
	if err := all.check("secret/x"); err == nil || !strings.HasSuffix(err.Error(), "service/SERVICE, stack/STACK, node/NODE or task/TASK") {
		t.Error(err)
	}
}

// TestCalled_TheBeginningOfAnID takes what the lists of docker show; a stack has no ID
// but its name.
func TestCalled_TheBeginningOfAnID(t *testing.T) {
	web := Service(Name("production_web"), Stack("production"))
	web.ID = "vybgyg6wz55fk1qyglmvnr2q8"
	c := Cluster(Nodes(Node()), Services(web))
	if got := services.called(c, "vybgyg6wz55f"); len(got) != 1 || got[0] != web.Key().Ref() {
		t.Errorf("%v", got)
	}
	if got := services.called(c, "vybg"); got != nil {
		t.Errorf("too short to mean one: %v", got)
	}
	if got := stacks.called(c, "producti"); got != nil {
		t.Errorf("a stack by half its name: %v", got)
	}
}

// TestFindServices_ByTheirNameOrTheirStack takes a stack's name for all its services
// where no service has it.
func TestFindServices_ByTheirNameOrTheirStack(t *testing.T) {
	web, api, cron, both := Service(Name("shop_web"), Stack("shop")), Service(Name("shop_api"), Stack("shop")), Service(Name("cron")), Service(Name("both"), Stack("both"))
	c := Cluster(Nodes(Node()), Services(web, api, cron, both))
	for _, tt := range []struct{ names, want string }{
		{"shop", "[shop_api shop_web]"},
		{"stack/shop shop_web cron", "[shop_api shop_web cron]"},
		{"service/cron", "[cron]"},
		{"", "[both cron shop_api shop_web]"},
		{"both", `"both" is the name of several things: say service/both or stack/both`},
		{"shops", `there is no service or stack called "shops"`},
		{"node/n1", `"node/n1" is neither a name nor service/SERVICE or stack/STACK`},
	} {
		found, err := findServices(t.Context(), c, strings.Fields(tt.names))
		names := []string{}
		for _, f := range found {
			names = append(names, f.Name)
		}
		if got := fmt.Sprint(names); got != tt.want && (err == nil || err.Error() != tt.want) {
			t.Errorf("%q: %s, %v, want %s", tt.names, got, err, tt.want)
		}
	}
}
