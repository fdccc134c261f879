package simswarm

import (
	"time"

	"github.com/moby/moby/api/types/swarm"
)

func (s *Swarm) deployEdge() {
	draftService("edge", "traefik", "traefik:3.5", 0).everywhere().where("node.role==manager").
		on("edge_public").uses(100, 1000, 64, 256).volume("traefik-certificates", "/certificates").
		port(80, 80, swarm.PortConfigPublishModeHost).port(443, 443, swarm.PortConfigPublishModeHost).
		config(s, "traefik_v3", "/etc/traefik/traefik.yml", "providers:\n  swarm:\n    exposedByDefault: false\nentryPoints:\n  web:\n    address: :80\n").
		healthy(10*time.Second, "traefik healthcheck --ping").
		rolling(1, swarm.UpdateOrderStopFirst, swarm.UpdateFailureActionPause).create(s)
}

func (s *Swarm) deployData() {
	draftService("data", "postgres", "postgres:17.2", 1).where("node.labels.storage==data").
		on("data_store").uses(1000, 4000, 4096, 8192).volume("postgres-data", "/var/lib/postgresql/data").
		env("POSTGRES_USER=shop", "POSTGRES_DB=shop", "POSTGRES_PASSWORD_FILE=/run/secrets/postgres_password").
		secret(s, "postgres_password").healthy(10*time.Second, "pg_isready -U shop").grace(time.Minute).
		rolling(1, swarm.UpdateOrderStopFirst, swarm.UpdateFailureActionPause).create(s)
	draftService("data", "redis", "redis:7.4-alpine", 1).on("data_store").uses(100, 500, 256, 512).
		healthy(10*time.Second, "redis-cli ping").create(s)
	draftService("data", "rabbitmq", "rabbitmq:4.0-management", 1).where("node.labels.storage==data").
		on("data_store").uses(250, 1000, 512, 1024).volume("rabbitmq-data", "/var/lib/rabbitmq").
		port(15672, 15672, swarm.PortConfigPublishModeIngress).secret(s, "rabbitmq_cookie").create(s)
}

func (s *Swarm) deployMonitoring() {
	draftService("monitoring", "node-exporter", "prom/node-exporter:v1.9.1", 0).everywhere().
		on("monitoring_scrape").uses(0, 200, 16, 64).
		port(9100, 9100, swarm.PortConfigPublishModeHost).create(s)
	draftService("monitoring", "prometheus", "prom/prometheus:v3.5.0", 1).where("node.role==worker").
		on("monitoring_scrape").uses(500, 2000, 1024, 2048).volume("prometheus", "/prometheus").
		port(9090, 9090, swarm.PortConfigPublishModeIngress).
		config(s, "prometheus_r7", "/etc/prometheus/prometheus.yml", "global:\n  scrape_interval: 15s\nscrape_configs:\n  - job_name: node\n").create(s)
	draftService("monitoring", "grafana", "grafana/grafana:12.1.1", 1).on("monitoring_scrape", "edge_public").
		uses(100, 1000, 128, 512).port(3000, 3000, swarm.PortConfigPublishModeIngress).
		secret(s, "grafana_admin").healthy(15*time.Second, "wget -qO- localhost:3000/api/health").create(s)
	draftService("monitoring", "loki", "grafana/loki:3.5", 1).where("node.role==worker").
		on("monitoring_scrape").uses(250, 1000, 512, 1024).volume("loki", "/loki").create(s)
}

func (s *Swarm) deployShop() {
	draftService("shop", "web", hub+"web:2.13.2", 3).on("edge_public", "shop_backend").
		uses(100, 500, 64, 256).port(8080, 80, swarm.PortConfigPublishModeIngress).
		env("BACKEND=http://api:8080", "CACHE_TTL=60").healthy(5*time.Second, "wget -qO- localhost/healthz").
		config(s, "web_nginx_r12", "/etc/nginx/conf.d/shop.conf", "server {\n  listen 80;\n  location / { proxy_pass http://api:8080; }\n}\n").
		rolling(2, swarm.UpdateOrderStartFirst, swarm.UpdateFailureActionRollback).create(s)
	draftService("shop", "api", hub+"api:3.2.1", 6).on("shop_backend", "data_store").
		uses(500, 1500, 256, 768).healthy(5*time.Second, "/api healthcheck").
		env("DATABASE_HOST=postgres", "REDIS_URL=redis://redis:6379/0", "LOG_LEVEL=info", "WORKERS=8").
		secret(s, "database_url").secret(s, "jwt_key").
		rolling(1, swarm.UpdateOrderStopFirst, swarm.UpdateFailureActionPause).create(s)
	draftService("shop", "cart", hub+"cart:1.22.0", 3).on("shop_backend", "data_store").
		uses(200, 500, 128, 256).env("REDIS_URL=redis://redis:6379/1").healthy(5*time.Second, "/cart healthcheck").
		rolling(1, swarm.UpdateOrderStartFirst, swarm.UpdateFailureActionRollback).create(s)
	draftService("shop", "payments", hub+"payments:1.8.4", 2).on("shop_backend").
		uses(200, 500, 128, 256).env("PROVIDER_URL=https://pay.example/v3", "LOG_LEVEL=info").
		secret(s, "payment_key").rolling(1, swarm.UpdateOrderStopFirst, swarm.UpdateFailureActionContinue).create(s)
	draftService("shop", "search", hub+"search:0.31.0", 1).where("node.labels.disk==ssd").
		on("shop_backend").uses(1000, 4000, 2048, 4096).volume("search-index", "/var/lib/search").create(s)
	draftService("shop", "thumbnails", hub+"thumbnails:1.4.7", 3).on("shop_backend", "data_store").
		uses(500, 2000, 256, 1024).where("node.role==worker").
		env("QUEUE=amqp://rabbitmq/thumbnails", "CONCURRENCY=4").create(s)
	draftService("shop", "mailer", hub+"mailer:2.0.3", 1).on("shop_backend", "data_store").
		uses(50, 250, 64, 128).secret(s, "smtp_password").env("SMTP_HOST=smtp.example", "SMTP_PORT=587").create(s)
}

// deployBatch starts the nightly job.
func (s *Swarm) deployBatch() {
	d := draftService("batch", "invoices", hub+"invoices:5.1.0", 0).on("data_store").
		uses(250, 1000, 128, 512).where("node.role==worker").env("MONTH=2026-09", "OUTPUT=s3://invoices")
	three, twelve := uint64(3), uint64(12)
	d.spec.Mode = swarm.ServiceMode{ReplicatedJob: &swarm.ReplicatedJob{MaxConcurrent: &three, TotalCompletions: &twelve}}
	d.create(s)
}
