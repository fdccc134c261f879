package screen

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
)

// ParsePattern makes a search of what was typed: a regular expression, upper
// and lower case alike.
func ParsePattern(pattern string) (*regexp.Regexp, error) {
	re, err := regexp.Compile("(?i)" + pattern)
	if e := (*syntax.Error)(nil); errors.As(err, &e) {
		// Without the words that Go puts before it.
		return nil, fmt.Errorf("%q is not a regular expression: %s", pattern, e.Code)
	}
	return re, err
}
