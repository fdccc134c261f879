package lab

import (
	"fmt"
	"os"
	"path/filepath"
)

// shopStack is a small shop in which all is well. Only the manager has a disk
// for the database, as is common.
const shopStack = `version: "3.9"
services:
  web:
    image: app:1
    ports: ["8000:80"]
    networks: [front, back]
    configs: [web_conf]
    labels: {org.shop.team: storefront}
    deploy:
      replicas: 3
      labels: {org.shop.tier: front, org.shop.owner: storefront}
      update_config: {parallelism: 1, delay: 2s, order: start-first, failure_action: rollback}
      resources: {limits: {memory: 64M}, reservations: {memory: 8M}}
  api:
    image: app:1
    networks: [back]
    secrets: [db_password]
    environment: {DB_HOST: db, LOG_LEVEL: info}
    healthcheck: {test: ["CMD", "test", "-e", "/etc/version"], interval: 2s, timeout: 2s, retries: 3}
    stop_grace_period: 5s
    deploy:
      replicas: 2
      labels: {org.shop.tier: middle}
      resources: {limits: {memory: 64M}, reservations: {memory: 8M}}
  worker:
    image: app:1
    networks: [back]
    deploy:
      mode: global
      labels: {org.shop.tier: middle}
  db:
    image: app:1
    networks: [back]
    secrets: [db_password]
    volumes: ["db:/tmp/data"]
    deploy:
      replicas: 1
      labels: {org.shop.tier: data}
      placement: {constraints: [node.role==manager]}
networks:
  front: {}
  back: {}
volumes:
  db: {}
configs:
  web_conf: {file: ./web.conf}
secrets:
  db_password: {file: ./password}
`

func stageShop(s *scene) error {
	if err := s.images(); err != nil {
		return err
	}
	dir := filepath.Join(s.Dir, s.name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for name, text := range map[string]string{
		"stack.yml": shopStack,
		"web.conf":  "listen 80\n",
		"password":  "not a secret at all\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	if err := s.docker("stack", "deploy", "--resolve-image", "never",
		"-c", filepath.Join(dir, "stack.yml"), s.name); err != nil {
		return err
	}
	// Docker's command of 20.10 knows jobs, but not in a stack.
	return s.docker("service", "create", "--detach", "--no-resolve-image", "--name", s.name+"_batch",
		"--mode", "replicated-job", "--replicas", "2", "--network", s.name+"_back",
		"--label", "com.docker.stack.namespace="+s.name, "--label", "com.docker.stack.image=app:1",
		"--label", "org.shop.tier=batch", "--container-label", "com.docker.stack.namespace="+s.name,
		"app:1", "sh", "-c", "echo 'closing the books'; sleep 1; echo done")
}

// checkShop checks that every service has what it wants, by the engine's count.
func checkShop(s *scene) error {
	want := map[string]int{"web": 3, "api": 2, "worker": len(s.nodes), "db": 1}
	for name, n := range want {
		v, err := s.service(s.name + "_" + name)
		if err != nil {
			return err
		}
		if c := v.ServiceStatus; c.RunningTasks != n || c.DesiredTasks != n {
			return fmt.Errorf("%s runs %d and wants %d, not %d", name, c.RunningTasks, c.DesiredTasks, n)
		}
	}
	v, err := s.service(s.name + "_batch")
	if err == nil && v.ServiceStatus.CompletedTasks != 2 {
		err = fmt.Errorf("the batch job completed %d times, want 2", v.ServiceStatus.CompletedTasks)
	}
	return err
}
