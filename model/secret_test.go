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
