package actions

import "testing"

// The words are right in POSIX shells, zsh and fish, and hold nothing that a
// terminal acts on.
func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"web":                 "web",
		"a b":                 "'a b'",
		"it's":                `'it'\''s'`,
		`a\b`:                 `'a'\\'b'`,
		"=ls":                 "'=ls'",
		"k=v":                 "k=v",
		"":                    "''",
		"x\x1b[201~\ncurl|sh": "'x curl|sh'",
		"$(id)":               "'$(id)'",
	} {
		if got := quote(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestCommand_NamesNoSecrets(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"service", "update", "--env-add", "DB_PASSWORD=hunter2", "web"}, "# without its secrets: docker service update --env-add 'DB_PASSWORD=******' web"},
		{[]string{"service", "update", "--args", "-u app:hunter2", "web"}, "# without its secrets: docker service update --args '-u app:******' web"},
		{[]string{"service", "update", "--secret-add", "source=db_password,target=pw", "--publish-add", "8080:80", "--user", "1000:1000", "web"},
			"docker service update --secret-add source=db_password,target=pw --publish-add 8080:80 --user 1000:1000 web"},
		{[]string{"service", "update", "--secret-rm", "db_password", "web"}, "docker service update --secret-rm db_password web"},
	} {
		if got := command(c.args...); got != c.want {
			t.Errorf("%q is %s, want %s", c.args, got, c.want)
		}
	}
}
