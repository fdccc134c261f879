package document

const (
	// heavyDocument is the size of a document, in bytes, and heavyTasks the number
	// of known tasks, from which on a text about them is made away from Update.
	heavyDocument = 64 << 10
	heavyTasks    = 20_000
)
