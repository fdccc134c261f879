package lab

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"golang.org/x/sync/errgroup"
)

// Incidents of sheer quantity.

const (
	pendingServices = 20
	pendingReplicas = 500
)

func stagePending(s *scene) error {
	if err := s.images(); err != nil {
		return err
	}
	n, err := s.manager()
	if err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(2)
	for i := range pendingServices {
		g.Go(func() error {
			_, err := n.docker(s.ctx, s.cliConfig(), "service", "create", "--detach", "--no-resolve-image",
				"--name", fmt.Sprintf("%s-%02d", s.name, i+1), "--replicas", fmt.Sprint(pendingReplicas),
				"--constraint", nowhere, "app:1")
			return err
		})
	}
	return g.Wait()
}

// checkPending asks service by service: all tasks at once are seven megabytes.
func checkPending(s *scene) error {
	all, err := s.services(s.name + "-")
	if err != nil {
		return err
	}
	if len(all) != pendingServices {
		return fmt.Errorf("%d services, want %d", len(all), pendingServices)
	}
	for _, v := range all {
		tasks, err := s.tasks(v.ID)
		if err != nil {
			return err
		}
		waiting, _ := count(tasks, func(t task) bool { return t.Status.State == "pending" && t.Status.Err != "" })
		if waiting != pendingReplicas {
			return fmt.Errorf("%d tasks of %s wait, want %d", waiting, v.Spec.Name, pendingReplicas)
		}
	}
	return nil
}

// stageLogFlood limits what the flood may take of the machine, not the lines.
func stageLogFlood(s *scene) error {
	if err := s.images(); err != nil {
		return err
	}
	const flood = `i=0; while :; do i=$((i+1)); echo "$i order $((i % 977)) accepted, total $((i * 13 % 9973)).50 EUR"; done`
	return s.create("--replicas", "2", "--limit-cpu", "0.25",
		"--log-driver", "json-file", "--log-opt", "max-size=8m", "--log-opt", "max-file=2",
		"app:1", "sh", "-c", flood)
}

// floodLines is a number of lines that no service writes by accident.
const floodLines = 20_000

func checkLogFlood(s *scene) error {
	n, err := s.manager()
	if err != nil {
		return err
	}
	path := fmt.Sprintf("http://engine/services/%s/logs?stdout=1&tail=%d", s.name, floodLines)
	req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	resp, err := n.httpClient().Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if got := bytes.Count(data, []byte{'\n'}); resp.StatusCode != http.StatusOK || got < floodLines {
		return fmt.Errorf("status %d and %d lines, want %d", resp.StatusCode, got, floodLines)
	}
	return nil
}
