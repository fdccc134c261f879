package simswarm

import (
	"fmt"
	"path"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// voices are what the programs of each kind say.
var voices = map[kind]voice{
	kindWeb:      {700 * time.Millisecond, openWeb, sayAccess},
	kindAPI:      {900 * time.Millisecond, openService, sayAPI},
	kindWorker:   {3 * time.Second, openService, sayWorker},
	kindDatabase: {20 * time.Second, openDatabase, sayDatabase},
	kindCache:    {30 * time.Second, openCache, sayCache},
	kindProxy:    {450 * time.Millisecond, openProxy, sayAccess},
	kindMetrics:  {15 * time.Second, openMetrics, sayMetrics},
	kindBatch:    {1500 * time.Millisecond, openService, sayBatch},
}

func digits(n uint64) string { return strconv.FormatUint(n, 10) }

// pick chooses one of the words by a hash.
func pick(h uint64, words ...string) string { return words[h%uint64(len(words))] }

func openWeb(_, tag string, _ *swarm.ContainerSpec) []string {
	return []string{
		"/docker-entrypoint.sh: Configuration complete; ready for start up",
		"[notice] 1#1: nginx/" + tag,
		"[notice] 1#1: start worker processes",
	}
}

func openService(repo, tag string, spec *swarm.ContainerSpec) []string {
	lines := []string{fmt.Sprintf("level=info msg=\"starting\" service=%s version=%s", path.Base(repo), tag)}
	if len(spec.Env) > 0 {
		lines = append(lines, fmt.Sprintf("level=info msg=\"configuration loaded\" variables=%d secrets=%d configs=%d",
			len(spec.Env), len(spec.Secrets), len(spec.Configs)))
	}
	return append(lines, "level=info msg=\"connected to database\" pool=10", "level=info msg=\"ready\"")
}

func openDatabase(repo, tag string, _ *swarm.ContainerSpec) []string {
	return []string{
		"LOG:  starting " + path.Base(repo) + " " + tag + " on x86_64-pc-linux-musl, 64-bit",
		"LOG:  listening on IPv4 address \"0.0.0.0\"",
		"LOG:  database system is ready to accept connections",
	}
}

func openCache(_, tag string, _ *swarm.ContainerSpec) []string {
	return []string{
		"1:C * Redis version=" + tag + ", bits=64, modified=0, pid=1, just started",
		"1:M * Running mode=standalone, port=6379.",
		"1:M * Ready to accept connections tcp",
	}
}

func openProxy(_, tag string, _ *swarm.ContainerSpec) []string {
	return []string{
		"level=info msg=\"Traefik version " + tag + "\"",
		"level=info msg=\"Starting provider *docker.SwarmProvider\"",
	}
}

func openMetrics(repo, tag string, _ *swarm.ContainerSpec) []string {
	return []string{fmt.Sprintf("level=info msg=\"Starting %s\" version=%s", path.Base(repo), tag), "level=info msg=\"Server is ready to receive requests\""}
}

var shopPaths = []string{
	"/", "/", "/products", "/products/4711", "/products/1138", "/cart", "/cart/items", "/checkout",
	"/search?q=teapot", "/search?q=enamel+mug", "/api/v2/prices", "/static/app.css", "/static/app.js", "/healthz",
}

func sayAccess(seed string, i int) (byte, string) {
	h := hash(seed, uint64(i)<<3|1)
	status := "200"
	switch h >> 8 % 50 {
	case 0:
		status = "404"
	case 1, 2:
		status = "304"
	case 3:
		status = "502"
	}
	target := shopPaths[h>>16%uint64(len(shopPaths))]
	method := "GET"
	if target == "/cart/items" || target == "/checkout" {
		method = "POST"
	}
	line := fmt.Sprintf("10.0.%d.%d - - \"%s %s HTTP/1.1\" %s %d \"-\" \"%s\" %d.%03d",
		h>>24%4, h>>28%250+2, method, target, status, h>>32%48000+180,
		pick(h>>40, "Mozilla/5.0", "Mozilla/5.0", "curl/8.5.0", "okhttp/4.12.0"), h>>44%2/2, h>>50%900+3)
	if status == "502" {
		return 2, fmt.Sprintf("[error] 31#31: *%d connect() failed (111: Connection refused) while connecting to upstream, request: \"%s %s HTTP/1.1\"", h>>20%90000, method, target)
	}
	return 1, line
}

func sayAPI(seed string, i int) (byte, string) {
	h := hash(seed, uint64(i)<<3|2)
	took := h>>30%140 + 2
	route := pick(h>>8, "/v2/orders", "/v2/orders/{id}", "/v2/prices", "/v2/customers/{id}", "/v2/stock", "/v2/payments")
	trace := fmt.Sprintf("%08x", uint32(h>>12))
	switch h >> 20 % 40 {
	case 0:
		return 2, fmt.Sprintf("level=warn msg=\"slow query\" table=%s took=%dms trace=%s", pick(h>>33, "orders", "stock", "prices"), took*13+400, trace)
	case 1:
		return 2, fmt.Sprintf("level=error msg=\"upstream timeout\" upstream=payments:8080 attempt=%d trace=%s", h>>34%3+1, trace)
	}
	return 1, fmt.Sprintf("level=info msg=request method=%s route=%s status=%s took=%dms trace=%s",
		pick(h>>25, "GET", "GET", "POST"), route, pick(h>>28, "200", "200", "200", "201", "204"), took, trace)
}

func sayWorker(seed string, i int) (byte, string) {
	h := hash(seed, uint64(i)<<3|3)
	if h>>20%30 == 0 {
		return 2, fmt.Sprintf("level=warn msg=\"retrying\" job=%08x attempt=%d reason=\"connection reset by peer\"", uint32(h>>9), h>>30%3+2)
	}
	return 1, fmt.Sprintf("level=info msg=\"job done\" queue=%s job=%08x took=%dms",
		pick(h>>8, "mail", "thumbnails", "invoices", "stock"), uint32(h>>9), h>>33%2500+20)
}

func sayDatabase(seed string, i int) (byte, string) {
	h := hash(seed, uint64(i)<<3|4)
	switch h >> 20 % 6 {
	case 0:
		return 1, "LOG:  checkpoint starting: time"
	case 1:
		return 1, fmt.Sprintf("LOG:  checkpoint complete: wrote %d buffers (%d.%d%%); write=%d.%03d s", h>>30%900+12, h>>36%5, h>>38%10, h>>40%30+1, h>>44%1000)
	case 2:
		return 1, fmt.Sprintf("LOG:  duration: %d.%03d ms  statement: SELECT * FROM orders WHERE customer_id = $1", h>>30%3000+800, h>>40%1000)
	}
	return 1, fmt.Sprintf("LOG:  automatic vacuum of table \"shop.public.%s\": index scans: %d", pick(h>>33, "orders", "stock", "sessions"), h>>30%3)
}

func sayCache(seed string, i int) (byte, string) {
	h := hash(seed, uint64(i)<<3|5)
	if i%2 == 0 {
		return 1, fmt.Sprintf("1:M * %d changes in 60 seconds. Saving...", h>>20%90000+10000)
	}
	return 1, "1:M * Background saving terminated with success"
}

func sayMetrics(seed string, i int) (byte, string) {
	h := hash(seed, uint64(i)<<3|6)
	if h>>20%9 == 0 {
		return 2, "level=warn component=\"scrape manager\" msg=\"Error on ingesting out-of-order samples\" num_dropped=" + digits(h>>30%20+1)
	}
	return 1, fmt.Sprintf("level=info component=tsdb msg=\"Head GC completed\" duration=%d.%03dms", h>>30%40, h>>40%1000)
}

func sayBatch(seed string, i int) (byte, string) {
	h := hash(seed, uint64(i)<<3|7)
	return 1, fmt.Sprintf("level=info msg=\"invoice rendered\" number=2026-%05d pages=%d took=%dms", h>>20%99999, h>>40%7+1, h>>44%900+30)
}

func sickLine(seed string, i int) (byte, string) {
	return 2, fmt.Sprintf("level=error msg=\"health: database migration is not applied\" want=0042 have=0041 check=%d trace=%08x", i+1, uint32(hash(seed, uint64(i))))
}

// crashWords are the last lines of a program that ends with an error.
func crashWords(repo, tag string) []said {
	if path.Base(repo) == "payments" {
		return []said{
			{60 * time.Millisecond, 2, "level=error msg=\"cannot reach the payment provider\" url=https://pay.example/v3 error=\"x509: certificate has expired or is not yet valid\""},
			{40 * time.Millisecond, 2, "level=fatal msg=\"giving up\" service=payments version=" + tag + " exit=1"},
		}
	}
	return []said{
		{60 * time.Millisecond, 2, "panic: runtime error: invalid memory address or nil pointer dereference"},
		{55 * time.Millisecond, 2, "goroutine 1 [running]:"},
		{50 * time.Millisecond, 2, "main.main()"},
		{45 * time.Millisecond, 2, "\t/src/" + path.Base(repo) + "/main.go:87 +0x1d4"},
	}
}
