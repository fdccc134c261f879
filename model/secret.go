package model

import (
	"regexp"
	"slices"
	"strings"
)

// Masked stands for a hidden value. It does not tell how long the value is.
const Masked = "******"

// secretWords make a name look like one of a secret.
var secretWords = []string{"PASS", "PWD", "SECRET", "TOKEN", "KEY", "PRIVATE", "CREDENTIAL", "AUTH", "DSN", "SALT", "SIGNING"}

var (
	urlPassword = regexp.MustCompile(`(://[^\s:/@]*:)([^\s/@]+(?:@[^\s/@]+)*)@`)
	// A name that holds a word of secrets, and what it is set to: options, too,
	// that stand behind others, as in addr=x,password=y.
	assignment = regexp.MustCompile(`(?i)[A-Za-z0-9_.-]*(?:` + strings.Join(secretWords, "|") + `)[A-Za-z0-9_.-]*=` +
		`("[^"]*"|'[^']*'|[^\s;&|"']+)`)
)

// secretName tells whether the value of a name should be hidden. Names that end
// in _FILE hold a path by the convention of the official images.
func secretName(name, value string) bool {
	upper := strings.ToUpper(name)
	if strings.HasSuffix(upper, "_FILE") && strings.HasPrefix(value, "/") || value == "" {
		return false
	}
	// The working directory is no password.
	return upper != "PWD" && slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(upper, w) })
}

// MaskURL hides the passwords of URLs in a text.
func MaskURL(text string) string {
	if !strings.Contains(text, "://") {
		return text
	}
	return urlPassword.ReplaceAllString(text, "${1}"+Masked+"@")
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
	return MaskURL(text)
}

// MaskList hides what is secret in a list of strings, by the name of its field.
func MaskList(field string, words []string) []string {
	mask := MaskURL
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

// HoldsOptions tells whether the parts of a field are options of a driver or of
// the kernel, whose values go by their names.
func HoldsOptions(field string) bool {
	return field == "Options" || field == "DriverOpts" || field == "Sysctls"
}
