package screen

import (
	"errors"
	"regexp"
	"regexp/syntax"

	"skep/model"
)

// ParsePattern makes a search of what was typed: a regular expression, upper
// and lower case alike.
func ParsePattern(pattern string) (*regexp.Regexp, error) {
	re, err := regexp.Compile("(?i)" + pattern)
	if e := (*syntax.Error)(nil); errors.As(err, &e) {
		return nil, errors.New(model.InvalidRegex(e))
	}
	return re, err
}
