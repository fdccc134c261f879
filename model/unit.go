package model

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/docker/go-units"
)

// Cores is a number of processors, from billionths.
func Cores(nano int64) string { return strconv.FormatFloat(float64(nano)/1e9, 'f', -1, 64) }

// BriefCores is the same with two decimals at most, for a column.
func BriefCores(nano int64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", float64(nano)/1e9), "0"), ".")
}

// Bytes is a size, such as 1.5GiB. What is none, as -1 for no limit, stays a
// number.
func Bytes(n int64) string {
	if n < 0 {
		return strconv.FormatInt(n, 10)
	}
	return units.BytesSize(float64(n))
}

// BriefBytes is a size with one letter for its unit, for a column.
func BriefBytes(n int64) string {
	return units.CustomSize("%.4g%s", float64(n), 1024, []string{"B", "K", "M", "G", "T", "P"})
}
