package model_test

import (
	"testing"

	"skep/model"
)

func TestInterest_IsASet(t *testing.T) {
	web, api, worker := model.ServiceID("web").Ref(), model.ServiceID("api").Ref(), model.NodeID("w1").Ref()
	a, b := model.InterestIn(web, worker, api), model.InterestIn(api, web).With(worker, web)
	if !a.Equal(b) || len(a.Refs()) != 3 {
		t.Errorf("%v and %v", a.Refs(), b.Refs())
	}
	if b.Blurred = true; a.Equal(b) {
		t.Error("a terminal without the focus makes no difference")
	}
	if got := a.Services(); len(got) != 2 || got[0] != "api" {
		t.Errorf("services %v", got)
	}
	all := a.With(model.KindTask.All())
	if !all.AllTasks() || a.AllTasks() || all.Equal(a) {
		t.Error("the interest in all tasks is not told from that in some")
	}
	if all.Has(model.TaskID("t").Ref()) || !all.In(model.KindTask) || a.In(model.KindTask) {
		t.Error("a whole kind is not told from one of it")
	}
}
