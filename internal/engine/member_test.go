package engine

import (
	"fmt"
	"net/http"
	"testing"

	"skep/model"
)

func TestList_MemberOfAnObject(t *testing.T) {
	for answer, want := range map[string]int{
		`{"Volumes":[{"Name":"a","Driver":"local"},{"Name":"b"}],"Warnings":null}`: 2,
		`{"Warnings":["one","two"],"Volumes":[{"Name":"a"}],"More":{"x":[1]}}`:     1,
		`{"Volumes":null,"Warnings":null}`:                                         0,
		`{"Volumes":[]}`:                                                           0,
		`{"Warnings":null}`:                                                        -1,
		`[]`:                                                                       -1,
		`{"Volumes":[{"Driver":"local"}]}`:                                         -1,
		`{"Volumes":[{"Name":"a"}`:                                                 -1,
		`{"Volumes":[{"Name":"a"}],"Warnings":`:                                    -1,
		`{"Volumes":[{"Name":"a"}]}x`:                                              -1,
	} {
		f := newFake(t)
		f.handle("/volumes", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) })
		got, _, err := f.pool(t, Options{}).List(t.Context(), model.KindVolume)
		if want < 0 && err == nil || want >= 0 && (err != nil || len(got) != want) {
			t.Errorf("%s: %d volumes, %v", answer, len(got), err)
		}
	}
}

func TestList_UnknownKind(t *testing.T) {
	p := newFake(t).pool(t, Options{})
	for _, k := range []model.Kind{model.KindStack, model.KindTask, "pod", ""} {
		if _, _, err := p.List(t.Context(), k); err == nil {
			t.Errorf("%q has a list", k)
		}
	}
}

func TestInspect_WithoutSpecification(t *testing.T) {
	f := newFake(t)
	f.handle("/networks/front", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"Name":"front","Id":"n1"}`) })
	f.handle("/volumes/data", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"Name":"data","Driver":"local"}`) })
	f.handle("/secrets/s1", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"ID":"s1"}`) })
	p := f.pool(t, Options{})
	for _, tt := range []struct {
		ref  model.Ref
		want string
	}{
		{model.Ref{Kind: model.KindNetwork, ID: "front"}, "n1 front"}, {model.Ref{Kind: model.KindVolume, ID: "data"}, "data data"},
		{model.Ref{Kind: model.KindSecret, ID: "s1"}, ""},
	} {
		doc, err := p.Inspect(t.Context(), tt.ref)
		if tt.want == "" && err == nil || tt.want != "" && (err != nil || doc.Ref.ID+" "+doc.Name != tt.want) {
			t.Errorf("%v: %s %s, %v", tt.ref, doc.Ref.ID, doc.Name, err)
		}
	}
}
