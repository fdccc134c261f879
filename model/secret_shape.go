package model

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// shape is a secret that can be told by its looks, wherever it stands.
type shape struct {
	// mark is a text of two bytes or more that it always holds, in any case where
	// fold is set. By it most texts are ruled out at little cost.
	mark string
	fold bool
	// pattern matches it. What its groups match is kept, and the rest hidden.
	pattern func() *regexp.Regexp
	// named is set where the names in the first group decide whether the value is
	// a secret.
	named bool
	// fits, if set, has the last word: on what the pattern matches besides its
	// groups.
	fits func(hidden string) bool
}

// re is a pattern of secrets, compiled when a text holds its mark: to compile all at
// the start took a fifth of the time that the program needs for it.
func re(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// token is a secret that begins with what its issuer is known by.
func token(prefix, rest string) shape {
	return shape{mark: prefix, pattern: re(regexp.QuoteMeta(prefix) + rest)}
}

// tokens are those of one issuer, which tell their sorts by how they begin.
func tokens(rest string, prefixes ...string) []shape {
	out := make([]shape, len(prefixes))
	for i, p := range prefixes {
		out[i] = token(p, rest)
	}
	return out
}

// crypt are the password hashes of crypt(3), htpasswd and argon2; stack files
// write the sign twice.
var crypt = re(`\$\$?(?:apr1|1|2[abxy]?|5|6|7|y|gy|sha1|argon2[a-z]*|pbkdf2[a-z0-9-]*|scrypt)\$\$?[A-Za-z0-9./+=,$-]{8,}`)

func hashes(marks ...string) []shape {
	out := make([]shape, len(marks))
	for i, m := range marks {
		out[i] = shape{mark: m, pattern: crypt}
	}
	return out
}

// webhook is an address that whoever knows it may use: its host is kept.
func webhook(mark, pattern string) shape {
	return shape{mark: mark, fold: true, pattern: re(`(?i)(` + pattern + ")[^\\s\"'`<>\\\\)]{8,}")}
}

// shapes are the secrets that are known by their looks. The lengths are those
// of the issuers or a little less, so that what only begins like one stays.
var shapes = slices.Concat(addresses, credentials, headers, settings)

// addresses are those that let in whoever knows them.
var addresses = []shape{
	// Addresses with a password, or with a long user that is one.
	{mark: "://", pattern: re(`(://[^\s:/@"']*:)[^\s/@"']+(?:@[^\s/@"']+)*(@)`)},
	{mark: "://", pattern: re(`(://)[A-Za-z0-9_~+-]{20,}(@)`), fits: isRandom},

	// Addresses of webhooks.
	webhook("hooks.slack.com/", `hooks\.slack\.com/(?:services|workflows|triggers)/`),
	webhook("/api/", `discord(?:app)?\.com/api(?:/v\d+)?/webhooks/`),
	webhook(".office.com/webhook", `\.office\.com/webhook(?:b2)?/`),
	webhook("api.telegram.org/", `api\.telegram\.org/(?:file/)?bot`),
	webhook("hooks.zapier.com/", `hooks\.zapier\.com/hooks/`),
	webhook("/open-apis/bot/", `/open-apis/bot/(?:v2/)?hook/`),
	webhook("events.pagerduty.com/", `events\.pagerduty\.com/integration/`),
	webhook("maker.ifttt.com/", `maker\.ifttt\.com/trigger/[^/\s]+/(?:json/)?with/key/`),
	webhook("hc-ping.com/", `hc-ping\.com/`),
	{mark: "/webhook", pattern: re(`(/api/(?:stacks/)?webhooks?/)[A-Za-z0-9_-]{16,}`)},
	{mark: "/hooks/", pattern: re(`(/hooks/)[A-Za-z0-9]{16,}(?:/[A-Za-z0-9]{16,})?`)},
	// Signatures in addresses, such as those of Azure, S3 and Logic Apps.
	{mark: "sig", fold: true, pattern: re(`(?i)([?&;](?:sig|signature|x-amz-signature|x-goog-signature)=)[^\s&"'<>]+`)},
}

// credentials are secrets and what is made of them.
var credentials = append([]shape{
	{mark: "SHA", pattern: re(`\{S?SHA(?:256|512)?\}[A-Za-z0-9+/]{20,}=*`)},
	// A signed or an encrypted token (RFC 7519): its first part is JSON, which
	// begins with {".
	{mark: "eyJ", pattern: re(`\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){2,4}`)},
	{mark: "PRIVATE KEY", pattern: re(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)`)},

	// What gives access to a swarm.
	token("SWMTKN-", `[0-9a-z-]{20,}`), token("SWMKEY-", `[0-9A-Za-z+/-]{20,}=*`),

	// Tokens of services.
	token("github_pat_", `[A-Za-z0-9_]{20,}`),
	{mark: "xox", pattern: re(`xox[abceoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,}`)}, token("xapp-", `\d-[A-Za-z0-9-]{10,}`),
	token("AKIA", `[A-Z0-9]{16}\b`), token("ASIA", `[A-Z0-9]{16}\b`),
	{mark: "k_", pattern: re(`\b[prs]k_(?:live|test)_[A-Za-z0-9]{10,}`)}, token("whsec_", `[A-Za-z0-9+/=]{20,}`),
	token("npm_", `[A-Za-z0-9]{30,}`), token("pypi-AgE", `[A-Za-z0-9_-]{30,}`), token("rubygems_", `[a-f0-9]{40,}`),
	token("dckr_", `(?:pat|oat)_[A-Za-z0-9_-]{20,}`),
	token("AIza", `[A-Za-z0-9_-]{35}`), token("ya29.", `[A-Za-z0-9_-]{20,}`), token("GOCSPX-", `[A-Za-z0-9_-]{20,}`),
	token("SG.", `[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`), token("key-", `[a-f0-9]{32}\b`),
	{mark: "sk-", pattern: re(`\bsk-(?:(?:ant|proj|svcacct|admin|or)-[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{32,})`)},
	{mark: "hv", pattern: re(`\bhv[bsr]\.[A-Za-z0-9_-]{20,}`)}, token(".atlasv1.", `[A-Za-z0-9_-]{40,}`),
	{mark: "_v1_", pattern: re(`do[opr]_v1_[a-f0-9]{40,}`)},
	token("glsa_", `[A-Za-z0-9_]{30,}`), token("glc_", `[A-Za-z0-9=+/]{30,}`), token("NRAK-", `[A-Z0-9]{20,}`),
	{mark: "sntry", pattern: re(`sntry[su]_[A-Za-z0-9_=+/-]{30,}`)}, token("lin_api_", `[A-Za-z0-9]{30,}`),
	{mark: "shp", pattern: re(`shp(?:at|ca|pa|ss)_[a-fA-F0-9]{30,}`)}, token("hf_", `[A-Za-z0-9]{30,}`),
	token("ATATT3", `[A-Za-z0-9_=-]{40,}`), token("PMAK-", `[a-f0-9]{20,}-[a-f0-9]{20,}`),
	token("AGE-SECRET-KEY-1", `[A-Z0-9]{40,}`), token("tskey-", `[a-z]+-[A-Za-z0-9]{8,}(?:-[A-Za-z0-9]{8,})?`),
	// Of a Telegram bot.
	{mark: ":AA", pattern: re(`\b\d{8,10}:AA[A-Za-z0-9_-]{32,34}`)},
}, slices.Concat(
	hashes("$apr1$", "$1$", "$2", "$5$", "$6$", "$7$", "$y$", "$gy$", "$sha1$", "$argon2", "$pbkdf2", "$scrypt$"),
	tokens(`[A-Za-z0-9]{20,}`, "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
	tokens(`[A-Za-z0-9_=.-]{20,}`, "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glsoat-"),
)...)

// headers are those of HTTP.
var headers = []shape{
	{mark: "authorization", fold: true, pattern: re(`(?i)(\bauthorization\s+\\?["'](?:(?:bearer|basic|token)\s+)?)[^\s"'\\,;]+`)},
	{mark: "authorization", fold: true, pattern: re(`(?i)(\b(?:proxy-)?authorization\\?["']?\s*[:=]\s*\[?\\?["']?(?:digest|hawk|aws4-hmac-sha256|oauth)\s+)[^\r\n']+`)},
	{mark: "authorization", fold: true, pattern: re(`(?i)(\b(?:proxy-)?authorization\\?["']?\s*[:=]\s*\[?\\?["']?(?:(?:bearer|basic|token|apikey|negotiate)\s+)?)[^\s"'\\,;\[\]]+`)},
	{mark: "cookie", fold: true, pattern: re(`(?i)(\b(?:set-)?cookie2?:\s*)[^\r\n"'\\]+`)},
	{mark: "cookie", fold: true, pattern: re(`(?i)("(?:set-)?cookie2?"\s*:\s*\[?\s*")(?:[^"\\]|\\.)*(")`)},
	{mark: "x-", fold: true, pattern: re(`(?i)(\bx-(?:[a-z0-9]+-)*(?:key|token|auth|secret|password)\\?["']?:\s*\\?["']?)[^\s"'\\,;]+`)},
	{mark: "-token", fold: true, pattern: re(`(?i)(\b[a-z]+-token\\?["']?:\s*\\?["']?)[^\s"'\\,;]+`), fits: notProse},
	{mark: "api", fold: true, pattern: re(`(?i)(\bapi-?key\\?["']?:\s*\\?["']?)[^\s"'\\,;]+`), fits: notProse},
	{mark: "bearer", fold: true, pattern: re(`(?i)(\bbearer\s+)[A-Za-z0-9._~+/=-]{8,}`), fits: notProse},
	{mark: "basic", fold: true, pattern: re(`(?i)(\bbasic\s+)[A-Za-z0-9+/]{4,}={0,2}`), fits: isPair},
}

// notProse reports whether a text is none of a sentence: it has a digit, or a
// capital behind its first letter.
func notProse(text string) bool {
	return strings.IndexFunc(text[1:], func(r rune) bool { return unicode.IsDigit(r) || unicode.IsUpper(r) }) >= 0
}

// isRandom reports whether a text is nobody's name: hexadecimal digits only, or
// letters of both cases and digits.
func isRandom(text string) bool {
	if strings.Trim(text, "0123456789abcdef") == "" {
		return true
	}
	return strings.ContainsFunc(text, unicode.IsDigit) && strings.ContainsFunc(text, unicode.IsUpper) && strings.ContainsFunc(text, unicode.IsLower)
}

// isPair reports whether a text is USER:PASSWORD in base64.
func isPair(text string) bool {
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil || !strings.Contains(string(b), ":") {
		return false
	}
	for _, c := range b {
		if c < 0x20 || c == 0x7f {
			return false
		}
	}
	return true
}

// maskShapes hides what is a secret by its looks, wherever it stands.
func maskShapes(text string) string {
	found := marks.in(text)
	for i := range shapes {
		if found[i/64]&(1<<(i%64)) != 0 {
			text = shapes[i].mask(text)
		}
	}
	return text
}

// shapeSet is a set of shapes, a bit for each.
type shapeSet [2]uint64

// markIndex finds the marks in a text in one pass: by two bytes most texts are
// known to hold none.
type markIndex struct {
	begins [1 << 16]bool
	by     map[uint16][]int
}

var marks = func() *markIndex {
	if len(shapes) > 64*len(shapeSet{}) {
		panic("more shapes than a set has room for")
	}
	m := &markIndex{by: map[uint16][]int{}}
	for i, s := range shapes {
		pair := foldPair(s.mark[0], s.mark[1])
		m.begins[pair] = true
		m.by[pair] = append(m.by[pair], i)
	}
	return m
}()

func (m *markIndex) in(text string) (found shapeSet) {
	for i := 0; i+1 < len(text); i++ {
		pair := foldPair(text[i], text[i+1])
		if !m.begins[pair] {
			continue
		}
		for _, s := range m.by[pair] {
			mark, head := shapes[s].mark, text[i:min(len(text), i+len(shapes[s].mark))]
			if head == mark || shapes[s].fold && strings.EqualFold(head, mark) {
				found[s/64] |= 1 << (s % 64)
			}
		}
	}
	return found
}

// foldPair is two bytes in lower case, where they are ASCII.
func foldPair(a, b byte) uint16 { return uint16(foldByte(a))<<8 | uint16(foldByte(b)) }

func foldByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// nameRun is a run of the signs that a name is made of.
var nameRun = re(`[A-Za-z0-9_.-]+`)

// anySecretName reports whether one of the names in a text is one of a secret.
func anySecretName(text, value string) bool {
	return slices.ContainsFunc(nameRun().FindAllString(text, -1), func(name string) bool { return secretName(name, value) })
}

// mask hides what the pattern matches, but for its groups.
func (s *shape) mask(text string) string {
	found := s.pattern().FindAllStringSubmatchIndex(text, -1)
	if len(found) == 0 {
		return text
	}
	var out strings.Builder
	at := 0
	for _, m := range found {
		head, tail := m[0], m[1]
		if len(m) > 2 {
			head = m[3]
		}
		if len(m) > 4 {
			tail = m[4]
		}
		if hidden := text[head:tail]; s.fits != nil && !s.fits(hidden) || s.named && !anySecretName(text[m[2]:head], hidden) {
			continue
		}
		out.WriteString(text[at:head])
		out.WriteString(Masked)
		at = tail
	}
	out.WriteString(text[at:])
	return out.String()
}
