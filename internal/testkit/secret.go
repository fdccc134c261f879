package testkit

import (
	"slices"
	"strings"
)

// Planted is a text with secrets in it, which must not be seen anywhere.
type Planted struct {
	Text    string
	Secrets []string
	// Command is set for a command line, whose words may stand by themselves, Lines
	// for what begins and ends as a line does.
	Command, Lines bool
}

// Leaks gives those of the secrets that a text still holds.
func (p Planted) Leaks(text string) []string {
	return slices.DeleteFunc(slices.Clone(p.Secrets), func(s string) bool { return !strings.Contains(text, s) })
}

// Secrets are texts with secrets of every sort that is to be hidden.
func Secrets() []Planted {
	var out []Planted
	for _, t := range secretTexts {
		out = append(out, plant(t))
	}
	for _, t := range secretFiles {
		p := plant(t)
		p.Lines = true
		out = append(out, p)
	}
	for _, t := range secretCommands {
		p := plant(t)
		p.Command = true
		out = append(out, p)
	}
	return out
}

func plant(text string) Planted {
	var p Planted
	for i, part := range strings.Split(text, "«") {
		if i > 0 {
			secret, _, _ := strings.Cut(part, "»")
			p.Secrets = append(p.Secrets, secret)
		}
	}
	p.Text = strings.NewReplacer("«", "", "»", "").Replace(text)
	return p
}

// secretTexts are texts with a secret in them, which stands between the signs.
var secretTexts = []string{
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

// secretFiles are parts of files of configuration with a secret in them.
var secretFiles = []string{
	"[db]\nuser = app\npassword = «hunter two»\nhost = db\n", "db.password= «hunter2»", "api_token = \"«hunter2»\"", "services: {web: {password: «hunter2», user: x}}",
	"env:\n  - name: DB_PASSWORD\n    value: «hunter2»\n", `{"name": "DB_PASSWORD", "value": "«hunter2»"}`, `<add key="ApiToken" value="«hunter2»"/>`,
	"<smtp><password>«hunter2»</password></smtp>", "port 6379\nrequirepass «hunter2»\n", "masterauth «hunter2»", "sentinel auth-pass mymaster «hunter2»",
	"auth_type PASS\nauth_pass «hunter2»", "bindpw «hunter2»", "remote x\npassword «hunter2»;\n", "machine git.example login app password «hunter2»",
	"CREATE USER app WITH PASSWORD '«hunter2»';", "CREATE USER app IDENTIFIED BY '«hunter2»'", `proxy_set_header Authorization "Bearer «opaque»";`,
}

// secretCommands are command lines with a secret in them.
var secretCommands = []string{
	"mysqldump -u root -p«hunter2» shop", "mysqladmin ping -u root -p «hunter2»", "mysql -uroot --password=«hunter2»", "sh -c 'exec mysql -uroot -p«hunter2» -e x'",
	`exec: "mysqladmin -uroot -p«hunter2» ping": not found`, "curl -fsS -u app:«hunter2» http://localhost/health", "curl -uapp:«hunter2» http://localhost",
	"curl --user 'app:«hunter 2»' http://localhost", "wget --http-password «hunter2» http://x", "redis-cli -a «hunter2» ping", "mongosh -u root -p «hunter2»",
	"docker login -u app -p «hunter2» registry.example", "app serve --token «abc»", "app --db-password «hunter2» -v", "app -u app:«hunter2» run", "app -p «hunter2» run",
	"ldapsearch -x -D cn=admin -w «hunter2»", "sshpass -p «hunter2» ssh root@host", "PGPASSWORD=«hunter2» psql -h db", "redis-server --requirepass «hunter2»",
	"app -uroot -p«hunter2»", "openssl rsa -passin pass:«hunter2» -in k", "app --basic-auth admin:«hunter2»", "http -a app:«hunter2» GET x",
}
