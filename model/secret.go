package model

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
)

// Masked stands for a hidden value. It does not tell how long the value is.
const Masked = "******"

// secretWords make a name look like one of a secret. The loose ones are also
// parts of harmless words, so that in the path of a label they count in its last
// part alone.
var (
	firmWords   = []string{"PASSW", "PWD", "SECRET", "TOKEN", "PRIVATE", "CREDENTIAL"}
	looseWords  = []string{"PASS", "KEY", "AUTH", "DSN", "SALT", "SIGNING", "SIGNATURE"}
	secretWords = slices.Concat(firmWords, looseWords)
	oneOfThem   = `[A-Za-z0-9_.-]*(?:` + strings.Join(secretWords, "|") + `)[A-Za-z0-9_.-]*`
	// innocent hold one of them and say nothing of secrets.
	innocent = regexp.MustCompile(`AUTHORS?(?:[^I]|$)|KEYCLOAK|KEYSPACE|KEYBOARD|KEYDB|KEYWORD|MONKEY|COMPASS|PASSENGER|BYPASS|PASSTHROUGH|PASSIVE|TOKENIZER`)
)

var (
	// A name that holds a word of secrets, and what it is set to: options, too,
	// that stand behind others, as in addr=x,password=y.
	assignment = regexp.MustCompile(`(?i)` + oneOfThem + `=("(?:[^"\\]|\\.)*"|'[^']*'|[^\s;&|"']+)`)
	// The same in JSON or in a literal of Python, and in a line of YAML.
	member  = regexp.MustCompile(`(?i)(\\?["']` + oneOfThem + `\\?["']\s*:\s*)(\\"[^"\\]*\\"|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|-?[0-9][0-9.eE+-]*)`)
	mapping = regexp.MustCompile(`(?im)^(\s*(?:- )?` + oneOfThem + `:[ \t]+)([^\s{\[|>&*!].*)$`)
	// file is the path of a key or a certificate, and no secret that begins with a
	// slash, as one in 64 of those in base64 do.
	file = regexp.MustCompile(`^(?:/(?:run|etc|var|opt|usr|home|root|srv|mnt|data|tmp|app|dev|secrets?|certs?|ssl|tls|keys|config|vault)/[\w./@-]+|/[\w./@-]+\.(?:pem|key|crt|cer|txt|json|ya?ml|env|conf|ini|jks|p12|pfx|token|secret|pub))$`)
)

// secretName reports whether the value of a name should be hidden. Names that
// end in _FILE hold a path by the convention of the official images, and what is
// on or off is no secret.
func secretName(name, value string) bool {
	upper := strings.ToUpper(name)
	if strings.HasSuffix(upper, "_FILE") && strings.HasPrefix(value, "/") || harmless(value) {
		return false
	}
	// The working directory is no password.
	if upper == "PWD" && strings.HasPrefix(value, "/") {
		return false
	}
	return holdsWord(upper, secretWords) || strings.HasSuffix(upper, "COOKIE")
}

func harmless(value string) bool { return value == "" || value == "true" || value == "false" }

func holdsWord(upper string, words []string) bool {
	holds := func(w string) bool { return strings.Contains(upper, w) }
	if !slices.ContainsFunc(words, holds) {
		return false
	}
	upper = innocent.ReplaceAllLiteralString(upper, "_")
	return slices.ContainsFunc(words, holds)
}

// mayName reports whether a text may hold the name of a secret. Most hold none,
// and looking for its words costs a fraction of what the patterns do.
func mayName(text string) bool {
	if !strings.ContainsAny(text, "=:") {
		return false
	}
	upper := strings.ToUpper(text)
	return slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(upper, w) }) || strings.Contains(upper, "COOKIE")
}

// secretLabel reports whether the value of a label should be hidden. Its name is
// a path, the last part of which mostly says what the value is.
func secretLabel(key, value string) bool {
	if harmless(value) {
		return false
	}
	upper := strings.ToUpper(key)
	last := upper[strings.LastIndexAny(upper, "./")+1:]
	return holdsWord(last, secretWords) || holdsWord(upper, firmWords) || strings.HasSuffix(upper, "AUTH.USERS")
}

// MaskLabel hides the value of a label by its name, or what is secret in it.
func MaskLabel(key, value string) string {
	if secretLabel(key, value) {
		return Masked
	}
	return MaskText(value)
}

// MaskField hides what is secret in the value of a key, by the field of the
// engine's object in which they stand.
func MaskField(field, key, value string) string {
	switch field {
	case "Labels":
		return MaskLabel(key, value)
	case "Env", "Options", "DriverOpts", "Sysctls":
		return MaskValue(key, value)
	}
	switch {
	case key == "Data":
		// The content of a config is base64, which hides nothing.
		if b, err := base64.StdEncoding.DecodeString(value); err == nil && MaskText(string(b)) != string(b) {
			return Masked
		}
	case strings.HasSuffix(strings.ToUpper(key), "COOKIE"):
		return MaskValue(key, value)
	}
	return MaskText(value)
}

// MaskPair hides the value of a NAME=value pair where the name, or the value,
// says that it is a secret.
func MaskPair(pair string) string {
	name, value, ok := strings.Cut(pair, "=")
	if !ok {
		return MaskText(pair)
	}
	return name + "=" + MaskValue(name, value)
}

// MaskValue hides a value by its name, or what is secret in it.
func MaskValue(name, value string) string {
	if secretName(name, value) {
		return Masked
	}
	return MaskText(value)
}

// MaskText hides what is secret in a text: by the names of what is set in it, by
// the options of commands, and by its looks. It is stable: of what it gave it
// hides no more.
func MaskText(text string) string {
	for range 4 { // What was hidden may have kept two parts of something apart.
		masked := maskOnce(text)
		if masked == text {
			break
		}
		text = masked
	}
	return text
}

func maskOnce(text string) string {
	text = maskShapes(text)
	names := mayName(text)
	if names && strings.Contains(text, "=") {
		text = assignment.ReplaceAllStringFunc(text, func(pair string) string {
			name, value, _ := strings.Cut(pair, "=")
			if strings.HasPrefix(value, "=") || file.MatchString(value) || !secretName(name, value) { // == compares.
				return pair
			}
			return name + "=" + Masked
		})
	}
	if names && strings.Contains(text, ":") {
		if strings.ContainsAny(text, `"'`) {
			text = member.ReplaceAllStringFunc(text, maskMember)
		}
		if strings.Contains(text, ": ") && strings.Contains(text, "\n") {
			text = mapping.ReplaceAllStringFunc(text, maskMapping)
		}
	}
	if strings.Contains(text, " -") || strings.HasPrefix(text, "-") {
		text = maskCommands(text)
	}
	return text
}

// maskMapping hides the value in a line of YAML.
func maskMapping(line string) string {
	m := mapping.FindStringSubmatch(line)
	if !secretName(strings.Trim(m[1], " \t:-\n"), m[2]) {
		return line
	}
	return m[1] + Masked
}

// maskMember hides the value of a member, in the quotes that it had.
func maskMember(pair string) string {
	m := member.FindStringSubmatch(pair)
	if name, _, _ := strings.Cut(m[1], ":"); !secretName(strings.Trim(name, ` "'\`), strings.Trim(m[2], `"'\`)) {
		return pair
	}
	quote := `"`
	switch {
	case strings.HasPrefix(m[2], `\"`):
		quote = `\"`
	case strings.HasPrefix(m[2], "'"):
		quote = "'"
	}
	return m[1] + quote + Masked + quote
}

// MaskList hides what is secret in a list of strings, by the name of its field.
func MaskList(field string, words []string) []string {
	mask := MaskText
	switch field {
	case "Env", "env":
		mask = MaskPair
	case "Args", "Command", "Test", "Entrypoint", "Cmd":
		return MaskArgs(words)
	}
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = mask(w)
	}
	return out
}
