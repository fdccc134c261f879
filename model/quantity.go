package model

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/docker/go-units"
)

// unit of a number, by the name of its field.
type unit int

const (
	unitNone unit = iota
	unitNanoseconds
	unitBytes
	unitNanoCPUs
	unitFileMode
)

var unitOf = map[string]unit{
	"Delay": unitNanoseconds, "Monitor": unitNanoseconds, "StopGracePeriod": unitNanoseconds,
	"Interval": unitNanoseconds, "Timeout": unitNanoseconds, "StartPeriod": unitNanoseconds,
	"StartInterval": unitNanoseconds, "Window": unitNanoseconds,
	"MemoryBytes": unitBytes, "SizeBytes": unitBytes, "SwapBytes": unitBytes,
	"NanoCPUs": unitNanoCPUs, "Mode": unitFileMode,
}

// displayNumber is a number in the unit of its field.
func displayNumber(key string, x json.Number) string {
	if text := Quantity(key, x); text != "" {
		return text
	}
	return x.String()
}

// Quantity is a number of a field in its unit, as "10s" for a delay in
// nanoseconds; empty where the field has none.
func Quantity(key string, x json.Number) string {
	n, err := strconv.ParseInt(x.String(), 10, 64)
	if err != nil {
		return ""
	}
	switch unitOf[key] {
	case unitNanoseconds:
		return Span(time.Duration(n))
	case unitBytes:
		return Bytes(n)
	case unitNanoCPUs:
		return Cores(n) + " cores"
	case unitFileMode:
		return fmt.Sprintf("%#o", n)
	case unitNone:
	}
	return ""
}

// ReadQuantity reads a text with its unit as the number of a field: "10s" of a
// delay, "512MiB" of a size, "0.5 cores", and a file mode in octal digits.
func ReadQuantity(key, text string) (int64, error) {
	switch unitOf[key] {
	case unitNanoseconds:
		d, err := time.ParseDuration(text)
		if err != nil {
			return 0, fmt.Errorf("%q is no time span, such as 10s or 1m30s", text)
		}
		return int64(d), nil
	case unitBytes:
		n, err := units.RAMInBytes(text)
		if err != nil {
			return 0, fmt.Errorf("%q is no size, such as 512MiB or 2GiB", text)
		}
		return n, nil
	case unitNanoCPUs:
		number, counted := strings.CutSuffix(strings.TrimSuffix(text, "s"), " core")
		n, err := strconv.ParseFloat(number, 64)
		if err != nil || !counted || !(n >= 0 && n < 1e9) {
			return 0, fmt.Errorf("%q is no number of processors, such as 0.5 cores", text)
		}
		return int64(math.Round(n * 1e9)), nil
	case unitFileMode:
		n, err := strconv.ParseInt(text, 8, 64)
		if err != nil {
			return 0, fmt.Errorf("%q is no file mode, such as 0444", text)
		}
		return n, nil
	case unitNone:
	}
	return 0, fmt.Errorf("%q is no number", text)
}
