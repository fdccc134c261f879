package model

import (
	"cmp"
	"path"
	"regexp"
	"strings"
)

// options are the short options of a command that take a secret: a password, or
// USER:PASSWORD. Where attached is set the value may stand in the same word.
type options struct {
	password, pair string
	attached       bool
	// names is set where --secret takes the name of a secret.
	names bool
}

// unknown are the options of commands that are not in the table: what they are
// in most of those that take a password. Their values have the last word.
var unknown = options{password: "p", pair: "u"}

// commands are those whose short options are known, by their names. A command
// without any has no secret in -p or -u.
var commands = []struct {
	names string
	options
}{
	{"mysql mariadb", options{password: "p", attached: true}},
	{"sshpass 7z 7za", options{password: "p", attached: true}},
	{"mongo rabbitmqadmin cypher-shell az", options{password: "p"}},
	{"redis-cli valkey-cli", options{password: "a"}},
	{"curl", options{pair: "uU", attached: true}},
	{"http https xh", options{pair: "a"}},
	{"ldap", options{password: "w", attached: true}},
	{"sqlcmd bcp", options{password: "P", attached: true}},
	{"mosquitto_pub mosquitto_sub zip unzip", options{password: "P"}},
	{"login", options{password: "p"}}, // Of docker, podman, helm and their like.
	{"docker podman docker-compose buildah", options{names: true}},
	{"mkdir cp ps ss ssh scp nc ncat nmap kubectl install rsync tar chown chmod id " +
		"nginx iptables tcpdump ls ln systemctl journalctl psql pg_dump pg_isready", options{}},
}

// families are the commands of which the names of others begin with theirs, such
// as mysqldump.
var families = []string{"mysql", "mariadb", "mongo", "ldap"}

// byName are the options of each command.
var byName = func() map[string]options {
	out := map[string]options{}
	for _, c := range commands {
		for name := range strings.FieldsSeq(c.names) {
			out[name] = c.options
		}
	}
	return out
}()

// optionsOf are those of the command that a word may name.
func optionsOf(word string) (options, bool) {
	base := path.Base(word[strings.LastIndexByte(word, '=')+1:])
	if o, ok := byName[base]; ok {
		return o, true
	}
	for _, f := range families {
		if strings.HasPrefix(base, f) && !strings.ContainsAny(base, ".:@") { // Nor the image of one.
			return byName[f], true
		}
	}
	return options{}, false
}

var (
	// plainValue is what no password looks like: ports, paths, variables, options.
	plainValue = regexp.MustCompile(`^(?:[\d.:\[\],-]+(?:/(?:tcp|udp|sctp))?|[/.$-].*|(?:target|published|mode)=.*|true|false|\*+)$`)
	// account is a user with a group, and not with a password.
	account = regexp.MustCompile(`^(?:\d+:\d+|.*:(?:\d{0,5}:)?(?:root|users|staff|www-data|nogroup|nobody|daemon|wheel|adm|docker|\*+|\$.*|/.*)?)$`)
	// reference names a secret of the swarm, as the options of docker take it.
	reference = regexp.MustCompile(`^(?:source|src|id|type|name)=`)
	option    = regexp.MustCompile(`^--?[A-Za-z][\w-]*$`)
	// sentence are the words that follow the name of an option in a message.
	sentence = regexp.MustCompile(`(?i)^(?:is|are|was|must|may|can|cannot|should|requires?|needs?|has|have|not|and|or|for|to|in|of|on|with|flag|option|argument)\b`)
)

// argMask goes through the words of a command and hides the secrets in them.
type argMask struct {
	options options
	// next is what the next word is.
	next value
	// valued is set where the word before is an option, which may have a value.
	valued bool
}

type value int

const (
	noValue value = iota
	password
	pair
	// named is the value of a long option with a telling name.
	named
)

// take hides what the words before make a secret of a word, or the word itself
// does. It reports whether it did.
func (m *argMask) take(word string) (string, bool) {
	next, valued := m.next, m.valued
	m.next, m.valued = noValue, strings.HasPrefix(word, "-") && !strings.Contains(word, "=") && word != "--"
	known := m.options != unknown
	switch {
	case next == named && !reference.MatchString(word) && !option.MatchString(word) && !file.MatchString(word) && !sentence.MatchString(word),
		next == password && (known && !option.MatchString(word) || !plainValue.MatchString(word)) && !sentence.MatchString(word):
		return Masked, true
	case next == pair:
		if hidden, ok := m.pair(word); ok {
			return hidden, true
		}
	}
	if o, ok := optionsOf(word); ok && (m.options == unknown || !valued) {
		if o != (options{}) || m.options == unknown { // mysqladmin, too, has a ping.
			m.options = o
		}
		return word, false
	}
	if len(word) < 2 || word[0] != '-' {
		return word, false
	}
	if word[1] != '-' {
		return m.short(word)
	}
	switch name, set, isSet := strings.Cut(word, "="); {
	case name == "--user" || name == "--proxy-user":
		if !isSet {
			m.next = pair
		} else if hidden, ok := m.pair(set); ok {
			return name + "=" + hidden, true
		}
	case m.options.names && strings.HasPrefix(name, "--secret"):
	case !isSet && secretName(name, "x"):
		m.next = named
	}
	return word, false
}

// short hides the value of a short option that stands in the same word.
func (m *argMask) short(word string) (string, bool) {
	letter, rest := word[1:2], word[2:]
	isPassword, isPair := strings.Contains(m.options.password, letter), strings.Contains(cmp.Or(m.options.pair, unknown.pair), letter)
	switch {
	case rest == "" && isPassword:
		m.next = password
	case rest == "" && isPair:
		m.next = pair
	case rest == "":
	case isPair:
		if hidden, ok := m.pair(rest); ok {
			return word[:2] + hidden, true
		}
	case isPassword && m.attached(rest):
		return word[:2] + Masked, true
	case !strings.Contains(word, "=") && len(word) > 2 && secretName(word, "x"):
		m.next = named // Some programs write long options with one dash.
	}
	return word, false
}

// attached reports whether what stands behind the letter of an option is its
// value, and not the rest of a name.
func (m *argMask) attached(rest string) bool {
	switch {
	case m.options.attached:
		return !strings.HasPrefix(rest, "$") && strings.Trim(rest, "*") != ""
	case m.options != unknown:
		return false
	}
	return !plainValue.MatchString(rest) && !strings.ContainsAny(rest, "=*") && notProse(rest)
}

// pair hides the password of USER:PASSWORD.
func (m *argMask) pair(word string) (string, bool) {
	user, secret, ok := strings.Cut(word, ":")
	switch {
	case !ok, secret == "", strings.HasPrefix(secret, "//"), strings.HasPrefix(secret, "*"), strings.HasPrefix(secret, "$"):
		return word, false
	case m.options.pair != unknown.pair && m.options.pair != "": // Known to be one.
	case account.MatchString(word), user == secret:
		return word, false
	}
	return user + ":" + Masked, true
}

// MaskArgs hides the secrets in the words of a command line: --password=x,
// --password x, -p x, -u user:x, PASSWORD=x, and what is one by its looks.
func MaskArgs(args []string) []string {
	out := make([]string, len(args))
	m := argMask{options: unknown}
	for i, a := range args {
		if a == "&&" || a == "||" || a == ";" || a == "|" { // Another command begins.
			m = argMask{options: unknown}
		}
		var hidden bool
		if out[i], hidden = m.take(a); !hidden {
			out[i] = MaskText(a)
		}
	}
	return out
}

// maskCommands hides the secrets in the command lines of a text.
func maskCommands(text string) string {
	var out strings.Builder
	m := argMask{options: unknown}
	for at := 0; at < len(text); {
		end, ends := nextWord(text, at)
		word := text[at:end]
		at = end
		if ends { // Another command begins, or another line.
			m = argMask{options: unknown}
		}
		switch bare, quote := unquote(word); {
		case bare == "" || strings.TrimSpace(word) == "" || ends:
			out.WriteString(word)
		case quote != "" && strings.ContainsAny(bare, " \t") && m.next == noValue:
			out.WriteString(quote + maskCommands(bare) + quote)
		default:
			hidden, ok := m.take(bare)
			if !ok {
				hidden = word
			}
			out.WriteString(hidden)
		}
	}
	return out.String()
}

// nextWord is where the word ends that begins at a place: a run of blanks, a
// sign that ends a command, or what stands between those. Quotes hold a word
// together where they are closed in the same line.
func nextWord(text string, at int) (end int, ends bool) {
	const blanks, signs = " \t", "\n\r;|&()"
	switch {
	case strings.IndexByte(signs, text[at]) >= 0:
		return at + 1, true
	case strings.IndexByte(blanks, text[at]) >= 0:
		for end = at; end < len(text) && strings.IndexByte(blanks, text[end]) >= 0; end++ {
		}
		return end, false
	}
	if c := text[at]; c == '"' || c == '\'' {
		line, _, _ := strings.Cut(text[at+1:], "\n")
		if n := strings.IndexByte(line, c); n >= 0 {
			return at + n + 2, false
		}
	}
	for end = at; end < len(text) && strings.IndexByte(blanks+signs, text[end]) < 0; end++ {
	}
	return end, false
}

// unquote is a word without the quotes around it.
func unquote(word string) (bare, quote string) {
	if n := len(word); n >= 2 && (word[0] == '"' || word[0] == '\'') && word[n-1] == word[0] {
		return word[1 : n-1], word[:1]
	}
	return word, ""
}
