package model_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"skep/internal/testkit"
	"skep/model"
)

// ordinary are texts that hold no secret and must stay as they are.
var ordinary = []string{
	"nginx:1.27@sha256:2d194184b067db3598771b4cf326cfe6ad5051937ba1132b8b7d4b0184e0d0a6", "sha256:2d194184b067db3598771b4cf326cfe6ad5051937ba1132b8b7d4b0184e0d0a6",
	"registry.example:5000/team/app:v1.2.3-rc.1", "p8l5vvv1hlzx1y1q2a0hkcnkd", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "6b29fc40-ca47-1067-b31d-00dd010662da",
	"2026-11-26T20:33:08.123456789Z", "10.0.1.0/24", "[2001:db8::1]:8080", "02:42:ac:11:00:02", "http://web:8080/a@b", "http://user@host/", "tcp://10.0.0.1:2376", "ssh://root@manager1:22", "ssh://deploy-automation-prod2@manager1",
	"docker run -p 8080:80 nginx", "docker run -p 127.0.0.1:8080:80/tcp -u 1000:1000 nginx", "docker service create --user 1000:1000 --publish published=80,target=80 nginx",
	"app -p 8080:80", "app -p 8080", "app -u 1000:1000", "app -u www-data:www-data", "chown -R -u app:app /data", "mkdir -p data/cache", "cp -p a b", "ps -p 1", "ssh -p 22 host", "app -p /data", "app -p $PORT", "mysql -p$PASS_VAR",
	"docker compose -p shop up", "nc -zv db 5432", "curl -fsS http://localhost:8080/health", "pg_isready -U app -d shop -p 5432", "redis-cli -h redis ping",
	"app --profile production --parallel 4", "java -Xmx512m -jar app.jar", "nginx -g 'daemon off;'", "gcc -pthread -pipe", "app -port 80",
	"no suitable node (insufficient resources on 3 nodes; missing plugin on 1 node)", "task: non-zero exit (1)", "starting container failed: Address already in use",
	"No such image: registry.example/app:1", "unknown flag: --token is required", "invalid argument \"x\" for \"-p, --publish\" flag: invalid port",
	"unauthorized: authentication required", "no basic auth credentials", "Basic authentication failed", "bearer authentication is off", `Bearer realm="https://auth.example/token",service="x"`,
	"secret not found: db_password", "rpc error: code = Unknown desc = update out of sequence", "update paused due to failure or early termination of task p8l5vvv1hlzx1y1q2a0hkcnkd",
	"could not read the token: unexpected end", "AUTH_ENABLED=true", "AUTHOR=Bob", "KEYCLOAK_URL=http://keycloak:8080", "COMPASS=north", "PASSWORD_FILE=/run/secrets/db", "MODE=production", "PWD=/srv", "--tls-key=/certs/key.pem",
	"--secret source=db_password,target=/run/secrets/db_password", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "$5 to $100", "Host(`shop.example`) && PathPrefix(`/api`)", "traefik.http.routers.web.tls=true",
	"node.labels.auth==true", "author = Bob", "proxy_pass http://web:8080;", "auth_basic off;", "password incorrect", "Password required\nfor user app", "server {\n  listen 80;\n  ssl_certificate_key /etc/ssl/tls.key;\n}", "maxmemory 64mb\nmaxmemory-policy allkeys-lru",
	"<author>Bob</author>", "SELECT password FROM users", "login failed: password rejected", "node.labels.zone==eu && node.role!=manager", "CMD-SHELL", "it's -- isn't", "a -p", "-p", "-u", "-", "--", "", "a b -c d", "GET /api/webhooks/list",
	"key-value store", "the key: value pairs", "sk-some-service-of-ours", "npm_config_cache=/tmp", "SG.1", "AKIA", "ghp_", "https://git.example/hooks/push", "X-Request-Id: 12345",
	"docker --context prod service scale web=5", "docker service update --force web", "docker node update --availability drain manager1",
}

// leaks fails the test if a text still holds one of the secrets.
func leaks(t *testing.T, p testkit.Planted, text string) {
	t.Helper()
	for _, s := range p.Leaks(text) {
		t.Errorf("%q is in what is left of %q: %q", s, p.Text, text)
	}
}

func TestMaskText_Planted(t *testing.T) {
	for _, p := range testkit.Secrets() {
		text := p.Text
		for _, around := range []string{"%", "before % after", "(%)", "error: %: exit status 1", "NOTE=%", "a\n%\nb"} {
			whole := strings.ReplaceAll(around, "%", text)
			if p.Lines && around != "%" && !strings.Contains(around, "\n") {
				continue
			}
			masked := model.MaskText(whole)
			leaks(t, p, masked)
			if again := model.MaskText(masked); again != masked {
				t.Errorf("%q becomes %q, and that %q", whole, masked, again)
			}
		}
		if p.Command && !strings.ContainsAny(text, `'"`) {
			leaks(t, p, strings.Join(model.MaskArgs(strings.Split(text, " ")), " "))
		}
		leaks(t, p, strings.Join(model.MaskArgs([]string{"sh", "-c", text}), " "))
		leaks(t, p, model.MaskPair("NOTE="+text))
		leaks(t, p, model.MaskLabel("note", text))
		leaks(t, p, model.MaskField("", "Message", text))
	}
}

func TestMaskText_Ordinary(t *testing.T) {
	for _, text := range ordinary {
		if got := model.MaskText(text); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
		if words := strings.Split(text, " "); !strings.ContainsAny(text, `'"`) {
			if got := strings.Join(model.MaskArgs(words), " "); got != text {
				t.Errorf("the words of %q become %q", text, got)
			}
		}
		if got := model.MaskLabel("note", text); got != text {
			t.Errorf("the label %q becomes %q", text, got)
		}
	}
}

// The content of a config is base64 in the engine's answers, which hides nothing.
func TestMaskField_Data(t *testing.T) {
	for text, hidden := range map[string]bool{"server {\n  listen 80;\n}\n": false, "db:\n  password: hunter2\n": true} {
		data := base64.StdEncoding.EncodeToString([]byte(text))
		if got := model.MaskField("Spec", "Data", data); (got != data) != hidden {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
}

func FuzzMaskText(f *testing.F) {
	all := testkit.Secrets()
	for i, p := range all {
		f.Add(p.Text, ordinary[i%len(ordinary)], byte(i))
	}
	for i, o := range ordinary {
		f.Add(o, o, byte(i))
	}
	f.Fuzz(func(t *testing.T, before, after string, which byte) {
		p := all[int(which)%len(all)]
		// What stands around may hold the secret, too.
		if len(p.Leaks(before+after)) > 0 {
			return
		}
		whole := before + "\n\n" + p.Text + "\n\n" + after
		masked := model.MaskText(whole)
		leaks(t, p, masked)
		if again := model.MaskText(masked); again != masked {
			t.Errorf("%q becomes %q, and that %q", whole, masked, again)
		}
		model.MaskArgs(strings.Fields(whole))
		model.MaskArgs([]string{before, after, p.Text})
	})
}

func BenchmarkMaskText(b *testing.B) {
	for name, text := range map[string]string{
		"error":   "no suitable node (insufficient resources on 3 nodes; missing plugin on 1 node)",
		"command": `sh -c "mysqladmin -uroot -phunter2 ping"`,
		"url":     "postgres://app:hunter2@db:5432/shop",
		"64K":     strings.Repeat("server { listen 80; location / { proxy_pass http://web; } }\n", 1092),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				model.MaskText(text)
			}
		})
	}
}
