package views

import (
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"skep/model"
	"skep/ui/table"
)

// name is the cell of a name, without what the path says already.
func name(f table.Data, whole string) table.Cell {
	if rest := strings.TrimPrefix(whole, f.Prefix); rest != "" {
		return table.Cell{Text: rest}
	}
	return table.Cell{Text: whole}
}

// image is the cell of an image.
func image(image string) table.Cell {
	if image == "" {
		return none
	}
	return table.Cell{Text: model.ShortImage(image), Brief: model.BriefImage(image)}
}

// versionHead is how much of a version stays at the least: a sign and eight
// digits, which tell one commit from another.
const versionHead = 9

// cutImage cuts an image so that the head of its version stays.
func cutImage(text string, width int, ellipsis string) string {
	name, version := model.SplitImage(text)
	room := max(width-table.Width(name), min(table.Width(version), versionHead+table.Width(ellipsis)))
	version = ansi.Truncate(version, room, ellipsis)
	return table.CutMiddle(name, width-table.Width(version), ellipsis) + version
}

// taskHead is how much of a service's name stays in that of a task, if the
// rest of it is as long.
const taskHead = 8

// cutTask cuts the name of a task so that its slot or its node stays: the names
// of services hold no dots.
func cutTask(text string, width int, ellipsis string) string {
	i := strings.IndexByte(text, '.')
	if i < 0 {
		return table.CutMiddle(text, width, ellipsis)
	}
	service, place := text[:i], text[i:]
	place = table.CutMiddle(place, max(width/2, width-min(table.Width(service), taskHead)), ellipsis)
	return table.CutMiddle(service, width-table.Width(place), ellipsis) + place
}

// since is the cell of an age; none where the time is not known.
func since(t time.Time) table.Cell {
	if t.IsZero() {
		return none
	}
	return table.Cell{Since: t}
}
