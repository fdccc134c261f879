package model

import "strings"

// Quote makes a word safe for a POSIX shell, zsh and fish. Of these, fish alone
// knows a backslash within quotes, and zsh alone a word that begins with "=".
func Quote(word string) string {
	safe := word != "" && word[0] != '=' && strings.IndexFunc(word, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_./:=@%+,", r)
	}) < 0
	if safe {
		return word
	}
	return "'" + strings.NewReplacer("'", `'\''`, `\`, `'\\'`).Replace(word) + "'"
}
