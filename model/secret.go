package model

import (
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
	looseWords  = []string{"PASS", "KEY", "AUTH", "DSN", "SALT", "SIGNING"}
	secretWords = slices.Concat(firmWords, looseWords)
	oneOfThem   = `[A-Za-z0-9_.-]*(?:` + strings.Join(secretWords, "|") + `)[A-Za-z0-9_.-]*`
)

var (
	urlPassword = regexp.MustCompile(`(://[^\s:/@]*:)([^\s/@]+(?:@[^\s/@]+)*)@`)
	// A name that holds a word of secrets, and what it is set to: options, too,
	// that stand behind others, as in addr=x,password=y.
	assignment = regexp.MustCompile(`(?i)` + oneOfThem + `=("[^"]*"|'[^']*'|[^\s;&|"']+)`)
	// The same in JSON, and in a line of YAML.
	member  = regexp.MustCompile(`(?i)("` + oneOfThem + `"\s*:\s*)("(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*)`)
	mapping = regexp.MustCompile(`(?im)^(\s*(?:- )?` + oneOfThem + `:[ \t]+)([^\s{\[|>&*!].*)$`)
)

// shapes are secrets that can be told by their looks, each with a text that it
// always holds, by which most others are ruled out at little cost.
var shapes = []struct {
	mark    string
	pattern *regexp.Regexp
}{
	// The password hashes of crypt(3), htpasswd and argon2; stack files write the
	// sign twice.
	{"$", regexp.MustCompile(`\$\$?(?:apr1|1|2[abxy]?|5|6|7|y|gy|sha1|argon2[a-z]*|pbkdf2[a-z0-9-]*|scrypt)\$\$?[A-Za-z0-9./+=,$-]{8,}`)},
	{"{SHA}", regexp.MustCompile(`\{SHA\}[A-Za-z0-9+/]{20,}=*`)},
	// A signed token (RFC 7519): two parts of JSON, which begin with {", and one
	// of bytes.
	{"eyJ", regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*`)},
	{"PRIVATE KEY-----", regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)`)},
	{"SWMTKN-", regexp.MustCompile(`\bSWMTKN-[0-9a-z-]{20,}`)},
}

// secretName reports whether the value of a name should be hidden. Names that
// end in _FILE hold a path by the convention of the official images, and what is
// on or off is no secret.
func secretName(name, value string) bool {
	upper := strings.ToUpper(name)
	if strings.HasSuffix(upper, "_FILE") && strings.HasPrefix(value, "/") || harmless(value) {
		return false
	}
	// The working directory is no password.
	return upper != "PWD" && holdsWord(upper, secretWords)
}

func harmless(value string) bool { return value == "" || value == "true" || value == "false" }

func holdsWord(upper string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(upper, w) })
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

// maskShapes hides what is a secret by its looks, wherever it stands.
func maskShapes(text string) string {
	if strings.Contains(text, "://") {
		text = urlPassword.ReplaceAllString(text, "${1}"+Masked+"@")
	}
	for i := range shapes {
		if strings.Contains(text, shapes[i].mark) {
			text = shapes[i].pattern.ReplaceAllLiteralString(text, Masked)
		}
	}
	return text
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
	return maskShapes(value)
}

// MaskPair hides the value of a NAME=value pair where the name, or the value,
// says that it is a secret.
func MaskPair(pair string) string {
	name, value, ok := strings.Cut(pair, "=")
	if !ok {
		return pair
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

// MaskArgs hides the secrets in the words of a command line: --password=x,
// --password x, PASSWORD=x, and passwords of URLs.
func MaskArgs(args []string) []string {
	out := make([]string, len(args))
	follows := false
	for i, a := range args {
		if follows && !strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "/") {
			out[i], follows = Masked, false
			continue
		}
		out[i] = MaskText(a)
		follows = strings.HasPrefix(a, "-") && !strings.Contains(a, "=") && len(a) > 2 && secretName(a, "x")
	}
	return out
}

// MaskText hides what is secret in free text.
func MaskText(text string) string {
	if strings.Contains(text, "=") {
		text = assignment.ReplaceAllStringFunc(text, func(pair string) string {
			name, value, _ := strings.Cut(pair, "=")
			// A key or a certificate is mostly named by its path.
			if strings.HasPrefix(value, "/") || !secretName(name, value) {
				return pair
			}
			return name + "=" + Masked
		})
	}
	if strings.Contains(text, `":`) || strings.Contains(text, `" :`) {
		text = member.ReplaceAllString(text, `${1}"`+Masked+`"`)
	}
	if strings.Contains(text, ": ") && strings.Contains(text, "\n") {
		text = mapping.ReplaceAllString(text, "${1}"+Masked)
	}
	return maskShapes(text)
}

// MaskList hides what is secret in a list of strings, by the name of its field.
func MaskList(field string, words []string) []string {
	mask := maskShapes
	switch field {
	case "Env", "env":
		mask = MaskPair
	case "Args", "Command", "Test":
		return MaskArgs(words)
	}
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = mask(w)
	}
	return out
}
