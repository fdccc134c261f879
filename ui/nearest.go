package ui

import (
	"cmp"
	"slices"
	"strings"
)

// nearest are the names that a mistyped word may have been meant for, the most
// likely first.
func nearest(word string, names []string) []string {
	word = strings.ToLower(word)
	away := map[string]int{}
	var out []string
	for _, n := range names {
		d := distance(word, strings.ToLower(n))
		if strings.HasPrefix(strings.ToLower(n), word) {
			d = 0
		}
		// A short word is near to every other short word.
		if d <= 1+len(word)/3 && d < max(len(word), len(n)) {
			away[n] = d
			out = append(out, n)
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(away[a], away[b]) })
	return out[:min(len(out), nearestNames)]
}

// nearestText is the end of a sentence about a word that is none of the names;
// otherwise is what to say where none is near.
func nearestText(word string, names []string, otherwise string) string {
	if list := nearest(word, names); len(list) > 0 {
		return "did you mean " + strings.Join(list, ", ") + "?"
	}
	return otherwise
}

// distance is the number of letters to insert, delete, replace, or swap with
// the next, that make one word the other.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	var before []int // the row before the last
	last := make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row := make([]int, len(y)+1)
		row[0] = i + 1
		for j := range y {
			same := 1
			if x[i] == y[j] {
				same = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+same)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(y)]
}
