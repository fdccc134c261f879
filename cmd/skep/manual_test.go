package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"skep/ui/keys"
)

func TestManual_NamesEverythingAndIsReproducible(t *testing.T) {
	of := details{Release: "1.2.3-rc1", Time: time.Date(2026, 11, 24, 23, 30, 0, 0, time.FixedZone("", -3600))}
	var page, again bytes.Buffer
	for _, w := range []*bytes.Buffer{&page, &again} {
		if err := writeManual(w, command(), of); err != nil {
			t.Fatal(err)
		}
	}
	text := page.String()
	if text != again.String() {
		t.Error("two runs give two pages")
	}
	// As roff has it: the day is that of UTC.
	wanted := []string{`.TH SKEP 1 "2026-11-25" "skep 1.2.3\-rc1"`, ".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS", ".SH KEYS", ".SH ENVIRONMENT",
		".SH FILES", ".SH EXIT STATUS", ".SH EXAMPLES", ".SH SEE ALSO", "services, svc, s, service", "DOCKER_HOST", `\(ti/.docker/contexts/`,
		`\fB\-H\fR, \fB\-\-host\fR \fIADDRESS\fR`}
	flags(command()).VisitAll(func(f *pflag.Flag) { wanted = append(wanted, roff("--"+f.Name)) })
	for _, b := range keys.Standard() {
		wanted = append(wanted, "\n"+sentence(keys.Standard().Spell(b.Help, nil, keys.Show))+"\n")
	}
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, r := range text {
		if r > '~' {
			t.Errorf("the page has %q, which not every roff takes", r)
			break
		}
	}
}

func TestRoff_NothingIsTakenForARequest(t *testing.T) {
	for text, want := range map[string]string{
		"":            "",
		".SH x":       `\&.SH x`,
		"'br":         `\(aqbr`,
		`a\fBb`:       `a\efBb`,
		"--a-b":       `\-\-a\-b`,
		"~/.x ^c":     `\(ti/.x \(hac`,
		"k, ↑ ⇧→":     `k, \(ua shift+\(->`,
		`say "hello"`: `say \(dqhello\(dq`,
	} {
		if got := roff(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
