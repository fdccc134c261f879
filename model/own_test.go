package model_test

import (
	"fmt"
	"testing"

	"skep/model"
)

const ownList = `[{"Id":"1","State":"running","Status":"Up 5 minutes (healthy)","Labels":{"com.docker.swarm.service.name":"web","com.docker.swarm.task.name":"web.2.x"}},
	{"Id":"2","State":"exited","Status":"Exited (1) 3 seconds ago","Labels":{"com.docker.swarm.service.name":"db","com.docker.swarm.task.name":"db.1.y"}},
	{"Id":"3","State":"running","Status":"Up","Labels":{"mine":"yes"}}]`

func TestReadOwnTasks(t *testing.T) {
	got, err := model.ReadOwnTasks([]byte(ownList))
	if want := "[{db db.1.y exited Exited (1) 3 seconds ago} {web web.2.x running Up 5 minutes (healthy)}]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("%v, %v, want %s", got, err, want)
	}
}

// FuzzReadOwnTasks takes whatever an engine answers.
func FuzzReadOwnTasks(f *testing.F) {
	f.Add([]byte(ownList))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := model.ReadOwnTasks(raw)
		for _, o := range got {
			if o.Service == "" || err != nil {
				t.Errorf("%+v, %v", o, err)
			}
		}
	})
}
