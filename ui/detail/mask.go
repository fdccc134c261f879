package detail

import (
	"regexp"
	"slices"
	"strings"

	"skep/model"
	"skep/ui/keys"
)

// masked stands for a hidden value. It does not tell how long the value is.
const masked = "******"

// unmaskHint says how to see hidden values; it names the key from the key
// table.
var unmaskHint = func() string {
	i := slices.IndexFunc(keys.All, func(b keys.Binding) bool { return b.Command == keys.Unmask })
	if i < 0 || len(keys.All[i].Keys) == 0 {
		return "(values hidden)"
	}
	return "(values hidden; " + keys.Show(keys.All[i].Keys[0]) + " shows)"
}()

var (
	urlPassword = regexp.MustCompile(`(://[^\s:/@]*:)([^\s/@]+(?:@[^\s/@]+)*)@`)
	// A name that holds a word of secrets, and what it is set to: options, too,
	// that stand behind others, as in addr=x,password=y.
	assignment = regexp.MustCompile(`(?i)[A-Za-z0-9_.-]*(?:PASS|PWD|SECRET|TOKEN|KEY|PRIVATE|CREDENTIAL|AUTH|DSN|SALT|SIGNING)[A-Za-z0-9_.-]*=` +
		`("[^"]*"|'[^']*'|[^\s;&|"']+)`)
)

// secretName tells whether the value of a name should be hidden. Names that end
// in _FILE hold a path by the convention of the official images.
func secretName(name, value string) bool {
	upper := strings.ToUpper(name)
	if strings.HasSuffix(upper, "_FILE") && strings.HasPrefix(value, "/") || value == "" {
		return false
	}
	return model.SecretLooking(name, "") || strings.Contains(upper, "KEY")
}

// maskURL hides the passwords of URLs in a text.
func maskURL(text string) string {
	if !strings.Contains(text, "://") {
		return text
	}
	return urlPassword.ReplaceAllString(text, "${1}"+masked+"@")
}

// maskPair hides the value of a NAME=value pair where the name, or the value,
// says that it is a secret.
func maskPair(pair string) string {
	name, value, ok := strings.Cut(pair, "=")
	if !ok {
		return pair
	}
	return name + "=" + maskValue(name, value)
}

// maskValue hides a value by its name, or what is secret in it.
func maskValue(name, value string) string {
	if secretName(name, value) {
		return masked
	}
	return maskURL(value)
}

// maskArgs hides the secrets in the words of a command line: --password=x,
// --password x, PASSWORD=x, and passwords of URLs.
func maskArgs(args []string) []string {
	out := make([]string, len(args))
	follows := false
	for i, a := range args {
		if follows && !strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "/") {
			out[i], follows = masked, false
			continue
		}
		out[i] = maskText(a)
		follows = strings.HasPrefix(a, "-") && !strings.Contains(a, "=") && len(a) > 2 && secretName(a, "x")
	}
	return out
}

// maskText hides what is secret in free text.
func maskText(text string) string {
	if strings.Contains(text, "=") {
		text = assignment.ReplaceAllStringFunc(text, func(pair string) string {
			name, value, _ := strings.Cut(pair, "=")
			// A key or a certificate is mostly named by its path.
			if strings.HasPrefix(value, "/") || !secretName(name, value) {
				return pair
			}
			return name + "=" + masked
		})
	}
	return maskURL(text)
}

// mask applies one of the above unless the user asked to see everything.
func (s *sheet) mask(hide func(string) string, text string) string {
	if s.in.Unmask {
		return text
	}
	out := hide(text)
	s.hidden = s.hidden || out != text
	return out
}

// maskArgs hides secrets in a command line unless asked for.
func (s *sheet) maskArgs(args []string) []string {
	if s.in.Unmask {
		return args
	}
	out := maskArgs(args)
	s.hidden = s.hidden || !slices.Equal(out, args)
	return out
}
