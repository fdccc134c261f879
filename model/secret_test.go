package model_test

import (
	"slices"
	"testing"

	"skep/model"
)

func TestMaskPair(t *testing.T) {
	for in, want := range map[string]string{
		"DB_PASSWORD=x": "DB_PASSWORD=******", "db_passwd=x": "db_passwd=******", "API_TOKEN=x": "API_TOKEN=******",
		"SSHKEY=x": "SSHKEY=******", "AUTH=x": "AUTH=******", "SENTRY_DSN=x": "SENTRY_DSN=******",
		"AWS_CREDENTIALS=x=y": "AWS_CREDENTIALS=******", "PASSWORD=": "PASSWORD=", "PASSWORD": "PASSWORD",
		"PASSWORD_FILE=/run/secrets/p": "PASSWORD_FILE=/run/secrets/p", "PASSWORD_FILE=hunter2": "PASSWORD_FILE=******",
		"MODE=production": "MODE=production", "JAVA_OPTS=-Da=b -Ddb.password=x": "JAVA_OPTS=-Da=b -Ddb.password=******", "PWD=/srv": "PWD=/srv",
		"URL=postgres://u:p@h:5432/d": "URL=postgres://u:******@h:5432/d", "URL=postgres://u:p@ss@h/d": "URL=postgres://u:******@h/d",
		"URL=redis://:p@h": "URL=redis://:******@h", "URL=http://h:80/a@b": "URL=http://h:80/a@b", "URL=http://u@h/": "URL=http://u@h/",
		"HOSTS=amqp://a:b@x,amqp://c:d@y": "HOSTS=amqp://a:******@x,amqp://c:******@y",
	} {
		if got := model.MaskPair(in); got != want {
			t.Errorf("maskPair(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestMaskPair_ByTheValue(t *testing.T) {
	key := "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nAAAA\n-----END RSA PRIVATE KEY-----"
	jwt := "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r"
	for in, want := range map[string]string{
		"USERS=admin:$apr1$x7f$Zk9q1W2e3R4t5Y6u7I8o9.":                      "USERS=admin:******",
		"USERS=a:$2y$05$abcdefghijklmnopqrstuv,b:x":                         "USERS=a:******:x",
		"USERS=a:$$apr1$$x7f$$Zk9q1W2e3R4t5Y6u":                             "USERS=a:******",
		"USERS=a:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=":                         "USERS=a:******",
		"BEARER=Bearer " + jwt:                                              "BEARER=Bearer ******",
		"PEM=" + key + "\nrest":                                             "PEM=******\nrest",
		"PEM=-----BEGIN CERTIFICATE-----\nMIIE":                             "PEM=-----BEGIN CERTIFICATE-----\nMIIE",
		`CONFIG={"db":{"password":"hunter\"2","port":5432,"api_key": "x"}}`: `CONFIG={"db":{"password":"******","port":5432,"api_key": "******"}}`,
		`CONFIG={"pin_secret":1234,"name":"a"}`:                             `CONFIG={"pin_secret":"******","name":"a"}`,
		"CONFIG=db:\n  user: app\n  password: hunter2\n":                    "CONFIG=db:\n  user: app\n  password: ******\n",
		"PRICE=$5 to $100":                                                  "PRICE=$5 to $100", "AUTH_ENABLED=true": "AUTH_ENABLED=true",
		"JOIN=SWMTKN-1-49nj1cmql0jkz5s954yi3oex3nedyz0fb0xx14ie39trti4wxv": "JOIN=******",
	} {
		if got := model.MaskPair(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestMaskLabel(t *testing.T) {
	for label, want := range map[[2]string]string{
		{"traefik.http.middlewares.x.basicauth.users", "admin:plain"}: "******", {"app.db.password", "x"}: "******",
		{"vault.token.value", "x"}: "******", {"note", "admin:$apr1$x7f$Zk9q1W2e3R4t5Y6u7I8o9."}: "admin:******",
		{"traefik.http.middlewares.auth.forwardauth.address", "http://auth:4181"}: "http://auth:4181",
		{"traefik.http.routers.author.rule", "Host(`a`)"}:                         "Host(`a`)",
		{"traefik.http.services.x.passhostheader", "true"}:                        "true",
		{"config", `{"token":"abc"}`}:                                             `{"token":"******"}`,
		{"com.docker.stack.namespace", "shop"}:                                    "shop",
	} {
		if got := model.MaskLabel(label[0], label[1]); got != want {
			t.Errorf("%q is %q, want %q", label, got, want)
		}
	}
}

func TestMaskArgs(t *testing.T) {
	for _, c := range []struct{ in, want []string }{
		{[]string{"run", "--password", "x", "y"}, []string{"run", "--password", "******", "y"}},
		{[]string{"--token=x", "--port=80"}, []string{"--token=******", "--port=80"}},
		{[]string{"--key", "/etc/tls/key.pem"}, []string{"--key", "/etc/tls/key.pem"}},
		{[]string{"--key", "--verbose"}, []string{"--key", "--verbose"}},
		{[]string{"sh", "-c", "export DB_PASSWORD='a b'; run --db pg://u:p@h/d"}, []string{"sh", "-c", "export DB_PASSWORD=******; run --db pg://u:******@h/d"}},
		{[]string{"curl", "http://u:p@localhost/health"}, []string{"curl", "http://u:******@localhost/health"}},
		{nil, []string{}},
	} {
		if got := model.MaskArgs(c.in); !slices.Equal(got, c.want) {
			t.Errorf("maskArgs(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}
