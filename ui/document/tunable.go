package document

import "time"

const (
	// wordsLines is how many of the last lines of a task that died are shown,
	// wordsPatience how long they are waited for, and wordsEvery how far apart
	// those of two tasks are asked for.
	wordsLines    = 20
	wordsPatience = 10 * time.Second
	wordsEvery    = 10 * time.Second

	// heavyDocument is the size of a document, in bytes, and heavyTasks the number
	// of known tasks, from which on a text about them is made away from Update.
	heavyDocument = 64 << 10
	heavyTasks    = 20_000
)
