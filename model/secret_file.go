package model

// settings are how files of configuration set a value with a telling name, where
// that is not as in a shell, in JSON or in a line of YAML.
var settings = []shape{
	// name = value, of INI, TOML and properties, to the end of the line.
	{mark: " =", named: true, pattern: re(`(?im)^([ \t]*` + oneOfThem + `[ \t]+=[ \t]*)[^=\s\r\n][^\r\n]*`)},
	{mark: "= ", named: true, pattern: re(`(?im)^([ \t]*` + oneOfThem + `=[ \t]+)[^=\s\r\n][^\r\n]*`)},
	// {name: value}, of YAML.
	{mark: ": ", named: true, pattern: re(`(?i)([{,][ \t]*` + oneOfThem + `:[ \t]+)[^\s,}"'\[{][^,}\r\n]*`)},
	// A name and a value beside each other, as in lists of variables.
	{mark: "value", fold: true, named: true, pattern: re(`(?i)(name:[ \t]*["']?` + oneOfThem + `["']?[ \t]*\n[ \t]*value:[ \t]*)[^\r\n]+`)},
	{mark: "value", fold: true, named: true, pattern: re(`(?i)("(?:name|key)"\s*:\s*"` + oneOfThem + `"\s*,\s*"value"\s*:\s*")(?:[^"\\]|\\.)*(")`)},
	{mark: "value", fold: true, named: true, pattern: re(`(?i)((?:name|key)="` + oneOfThem + `"\s+value=")[^"]*(")`)},
	{mark: "</", named: true, pattern: re(`(?i)(<` + oneOfThem + `(?:\s[^<>]*)?>)[^<>]+(</)`)},
	// Directives of one word, such as those of Redis and keepalived.
	{mark: "pass", fold: true, pattern: re(`(?im)^([ \t]*(?:requirepass|auth_pass|smtp_pass)[ \t]+)[^\r\n;]+`)},
	{mark: "auth", fold: true, pattern: re(`(?im)^([ \t]*(?:masterauth|primaryauth|sentinel auth-pass [^ \t]+)[ \t]+)[^\r\n;]+`)},
	{mark: "pw", fold: true, pattern: re(`(?im)^([ \t]*(?:rootpw|bindpw|ldap_bind_pw)[ \t]+)[^\r\n;]+`)},
	{mark: "password", fold: true, pattern: re(`(?im)^([ \t]*password[ \t]+)[^\r\n;=: \t]+[ \t]*;?$`), fits: notProse},
	{mark: "password", fold: true, pattern: re(`(?i)(\b(?:machine\s+\S+|default)\s+login\s+\S+\s+password\s+)\S+`)},
	// SQL.
	{mark: "password", fold: true, pattern: re(`(?i)(\bpassword\s+')[^']+(')`)},
	{mark: "identified", fold: true, pattern: re(`(?i)(\bidentified\s+by\s+')[^']+(')`)},
}
