package model_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"skep/model"
)

// plants are texts with a secret in them, which stands between the signs.
var plants = []string{
	// Addresses.
	"postgres://app:«hunter2»@db:5432/shop", "https://«0123456789abcdef0123456789abcdef»@sentry.example/4",
	"https://hooks.slack.com/services/«T0AAAAAAA/B0BBBBBBB/abcdefghijklmnop»",
	"https://discord.com/api/webhooks/«1234567890/abcdefghijklmnop-qrstuv»",
	"https://discordapp.com/api/v10/webhooks/«1234567890/abcdefghijklmnop-qrstuv»",
	"https://acme.webhook.office.com/webhookb2/«0a1b2c3d-1111@2222/IncomingWebhook/abcdef/0123»",
	"https://outlook.office.com/webhook/«0a1b2c3d-1111@2222/IncomingWebhook/abcdef/0123»",
	"https://prod-1.westeurope.logic.azure.com/workflows/x/triggers/manual/paths/invoke?sp=a&sig=«AbCd-EfGh_012345»",
	"https://api.telegram.org/bot«123456789:AAabcdefghijklmnopqrstuvwxyz0123456»/sendMessage",
	"https://hooks.zapier.com/hooks/«catch/123456/abcdef»", "https://chat.example/hooks/«abcdefghijklmnopqrstuvwxyz»",
	"https://open.feishu.cn/open-apis/bot/v2/hook/«0a1b2c3d-1111-2222»", "https://oapi.dingtalk.com/robot/send?access_token=«0a1b2c3d4e5f»",
	"https://portainer.example/api/webhooks/«0a1b2c3d-1111-2222-3333-444455556666»", "https://hc-ping.com/«0a1b2c3d-1111-2222»",
	"https://chat.googleapis.com/v1/spaces/A/messages?key=«abcdef»&token=«ghijkl»",
	// Hashes, keys and signed tokens.
	"admin:«$apr1$x7f$Zk9q1W2e3R4t5Y6u7I8o9.»", "a:«{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=»", "a:«{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=»",
	"«eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r»",
	"-----BEGIN OPENSSH PRIVATE KEY-----\n«b3BlbnNzaC1rZXktdjEAAAAA»\n-----END OPENSSH PRIVATE KEY-----",
	`-----BEGIN EC PRIVATE KEY-----\n«MHcCAQEEIIrY»\n-----END EC PRIVATE KEY-----`,
	"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n«lQVYBGAAAA»\n-----END PGP PRIVATE KEY BLOCK-----",
	"«SWMTKN-1-49nj1cmql0jkz5s954yi3oex3nedyz0fb0xx14ie39trti4wxv-8vxv8rssmk743ojnwacrr2e7c»", "«SWMKEY-1-7c37Cc8654o6p38HnroywCi19pllOnGtbdZEgtKxZu8»",
	// Tokens of services.
	"«ghp_0123456789abcdefghijABCDEFGHIJ012345»", "«github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz»", "«ghs_0123456789abcdefghijABCDEFGHIJ012345»",
	"«glpat-abcdefghij0123456789»", "«glrt-abcdefghij0123456789»", "«xoxb-1234567890-abcdefghijkl»", "«xapp-1-A0123456789-abcdef»",
	"«AKIAIOSFODNN7EXAMPLE»", "«ASIAIOSFODNN7EXAMPLE»", "«" + "sk_" + "live_0123456789abcdefABCDEF»", "«" + "rk_" + "live_0123456789abcdefABCDEF»",
	"«npm_0123456789abcdefghijABCDEFGHIJ012345»", "«dckr_pat_abcdefghijABCDEFGHIJ0123456»", "«pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDAtMDAw»",
	"«AIzaSyA0123456789abcdefghijABCDEFGHIJ01»", "«SG.abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyzABCDEFG»",
	"«sk-ant-api03-abcdefghijklmnop-qrst»", "«sk-proj-abcdefghijklmnopqrst»", "«hvs.CAESIJabcdefghijklmnopqrstuv»",
	"«dop_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef»", "«glsa_abcdefghijABCDEFGHIJ0123456789ab_01234567»",
	"«hf_abcdefghijABCDEFGHIJ0123456789abcd»", "«shpat_0123456789abcdef0123456789abcdef»", "«123456789:AAabcdefghijklmnopqrstuvwxyz0123456»",
	// Headers.
	"Authorization: Bearer «opaque»", "authorization: «hunter2»", `-H "Authorization: Basic «YXBwOmh1bnRlcjI=»"`, "Proxy-Authorization: Basic «YXBwOmh1bnRlcjI=»",
	`Authorization: Digest username="a", response="«6629fae49393a05397450978507c4ef1»"`, `{"Authorization": ["Bearer «opaque»"]}`,
	"Cookie: «sid=abc; other=def»", "Set-Cookie: «sid=abc; Path=/; HttpOnly»", `{"Cookie": "«sid=abc; x=y»"}`, `{"Set-Cookie":["«sid=abc»"]}`,
	"X-Api-Key: «hunter2»", `curl -H 'X-Auth-Token: «hunter»' http://api`, "PRIVATE-TOKEN: «hunter2»", "got Bearer «a1b2c3d4e5f6»", "sent basic «YXBwOmh1bnRlcjI=»",
	// Names.
	"DB_PASSWORD=«hunter2»", `db.password="«a b \" c»"`, "Server=db;Uid=app;Pwd=«hunter2»;", "AccountName=a;AccountKey=«Ab/cd+ef==»;", "TOKEN=«/Ab0cd+ef==»",
	`{"db":{"password":"«hunter2»"}}`, `{'api_key': '«hunter2»'}`, `{\"token\":\"«hunter2»\"}`, "db:\n  user: app\n  password: «hunter2»\n", "addr=x,password=«y»",
}

// plantedArgs are command lines with a secret in them.
var plantedArgs = []string{
	"mysqldump -u root -p«hunter2» shop", "mysqladmin ping -u root -p «hunter2»", "mysql -uroot --password=«hunter2»", "sh -c 'exec mysql -uroot -p«hunter2» -e x'",
	`exec: "mysqladmin -uroot -p«hunter2» ping": not found`, "curl -fsS -u app:«hunter2» http://localhost/health", "curl -uapp:«hunter2» http://localhost",
	"curl --user 'app:«hunter 2»' http://localhost", "wget --http-password «hunter2» http://x", "redis-cli -a «hunter2» ping", "mongosh -u root -p «hunter2»",
	"docker login -u app -p «hunter2» registry.example", "app serve --token «abc»", "app --db-password «hunter2» -v", "app -u app:«hunter2» run", "app -p «hunter2» run",
	"ldapsearch -x -D cn=admin -w «hunter2»", "sshpass -p «hunter2» ssh root@host", "PGPASSWORD=«hunter2» psql -h db", "redis-server --requirepass «hunter2»",
	"app -uroot -p«hunter2»", "openssl rsa -passin pass:«hunter2» -in k", "app --basic-auth admin:«hunter2»", "http -a app:«hunter2» GET x",
}

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
	"node.labels.zone==eu && node.role!=manager", "CMD-SHELL", "it's -- isn't", "a -p", "-p", "-u", "-", "--", "", "a b -c d", "GET /api/webhooks/list",
	"key-value store", "the key: value pairs", "sk-some-service-of-ours", "npm_config_cache=/tmp", "SG.1", "AKIA", "ghp_", "https://git.example/hooks/push", "X-Request-Id: 12345",
	"docker --context prod service scale web=5", "docker service update --force web", "docker node update --availability drain manager1",
}

// planted is a text and the secrets in it.
func planted(plant string) (text string, secrets []string) {
	for i, part := range strings.Split(plant, "«") {
		if i > 0 {
			secret, _, _ := strings.Cut(part, "»")
			secrets = append(secrets, secret)
		}
	}
	return strings.NewReplacer("«", "", "»", "").Replace(plant), secrets
}

// leaks fails the test if a text still holds one of the secrets.
func leaks(t *testing.T, from, text string, secrets []string) {
	t.Helper()
	for _, s := range secrets {
		if strings.Contains(text, s) {
			t.Errorf("%q is in what is left of %q: %q", s, from, text)
		}
	}
}

func TestMaskText_Planted(t *testing.T) {
	for i, plant := range slices.Concat(plants, plantedArgs) {
		text, secrets := planted(plant)
		for _, around := range []string{"%", "before % after", "(%)", "error: %: exit status 1", "NOTE=%", "a\n%\nb"} {
			whole := strings.ReplaceAll(around, "%", text)
			masked := model.MaskText(whole)
			leaks(t, whole, masked, secrets)
			if again := model.MaskText(masked); again != masked {
				t.Errorf("%q becomes %q, and that %q", whole, masked, again)
			}
		}
		if i >= len(plants) && !strings.ContainsAny(text, `'"`) {
			leaks(t, text, strings.Join(model.MaskArgs(strings.Split(text, " ")), " "), secrets)
		}
		leaks(t, text, strings.Join(model.MaskArgs([]string{"sh", "-c", text}), " "), secrets)
		leaks(t, text, model.MaskPair("NOTE="+text), secrets)
		leaks(t, text, model.MaskLabel("note", text), secrets)
		leaks(t, text, model.MaskField("", "Message", text), secrets)
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
	all := slices.Concat(plants, plantedArgs)
	for i, p := range all {
		f.Add(p, ordinary[i%len(ordinary)], byte(i))
	}
	for i, o := range ordinary {
		f.Add(o, o, byte(i))
	}
	f.Fuzz(func(t *testing.T, before, after string, which byte) {
		text, secrets := planted(all[int(which)%len(all)])
		// What stands around may hold the secret, too.
		around := before + after
		for _, s := range secrets {
			if strings.Contains(around, s) || strings.Contains(model.Masked, s) {
				return
			}
		}
		whole := before + "\n\n" + text + "\n\n" + after
		masked := model.MaskText(whole)
		leaks(t, whole, masked, secrets)
		if again := model.MaskText(masked); again != masked {
			t.Errorf("%q becomes %q, and that %q", whole, masked, again)
		}
		model.MaskArgs(strings.Fields(whole))
		model.MaskArgs([]string{before, after, text})
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
