package ui

import (
	"time"

	"skep/actions"
)

const (
	// dialogGuard is how long a preview that the terminal shows cannot be
	// confirmed, so that what was typed for the screen below does not answer it.
	// It is as long as it takes to see that there is one.
	dialogGuard = 300 * time.Millisecond
	// changeGuard is the same after a preview was renewed: it looks much as it
	// did, so that takes longer to see. While a service converges that may
	// happen every second, and there has to be time left to confirm.
	changeGuard = 500 * time.Millisecond
	// neverAnswers is how long a terminal that has never said where its cursor is
	// is waited for: longer than a line through a satellite takes there and
	// back. slowAnswer is the same for one that has: the line stands still, or
	// it is another terminal by now.
	neverAnswers, slowAnswer = 2 * time.Second, 10 * time.Second
	// answerPause is how often is looked whether the terminal has answered, before
	// another program gets it.
	answerPause = 50 * time.Millisecond
	// tellWait is how long something is waited for before the screen says for
	// how long.
	tellWait = 2 * time.Second
	// stuckAfter is how long an accepted action may stand still for a known
	// reason before the console takes that for its end.
	stuckAfter = 30 * time.Second
	// acceptedRows and rolloutRows are how many lines there are at most for how
	// far an accepted action is, and an update.
	acceptedRows, rolloutRows = 2, 3
	// followedObjects bounds how many objects are read for an action that is
	// followed.
	followedObjects = 50
	// noticeLimit is how many bytes of a message are kept: more than fits on a
	// screen of 80x24.
	noticeLimit = 2000
	// noticeStays is how long a message in the last line stays.
	noticeStays = 6 * time.Second
	// liveFor is the age up to which data counts as live: twice the feed's
	// slow interval, so that the header does not flicker. Lists that are read
	// less often, because they are long, have their age told.
	liveFor = 12 * time.Second
	// roomyHeight is the height in lines from which everything of the screen has
	// its place whatever is shown.
	roomyHeight = 20
	// rowErrorLines is how many lines the error of the selected row gets.
	rowErrorLines = 3
	// backgroundPatience is how long colours wait for the terminal to tell its
	// background: longer than a slow link takes to carry the question and the
	// answer, and short enough not to be noticed where there is none.
	backgroundPatience = 500 * time.Millisecond
	// inspectTimeout bounds reading one object: the engine gives up after 20 s
	// (swarmRequestTimeout), so it answers first.
	inspectTimeout = 25 * time.Second
	// addressKept is how much of a long address stays where something else has to
	// be read beside it, in cells.
	addressKept = 20
	// recentStacks is how many stacks the keys 1 to 9 reach.
	recentStacks = 9
	// trailBelow is how many paths one can return to that a command left,
	// trailShown how many "-" knows, the one that is shown among them. Each holds
	// the rows that it showed.
	trailBelow = 8
	trailShown = 3
	// historyLines is how many lines are kept of what was typed into a prompt.
	historyLines = 100
	// nearestNames is how many names are offered for one that there is not.
	nearestNames = 3
	// promptErrLines is how many lines the error of what was typed gets.
	promptErrLines = 3
	// writePatience is how long the end of the program waits for a write to come
	// to its end, and to be written down before and after.
	writePatience = actions.Grace + 2*time.Second
	// wheelRows is how many rows one notch of the wheel scrolls, as terminals
	// themselves do.
	wheelRows = 3
	// copyLimit bounds what is sent to the terminal's clipboard, in bytes:
	// three quarters of the 100,000 that some terminals take of an OSC 52
	// sequence, which is in base64 (hterm, and so osc52.vim).
	copyLimit = 74_994
	// screenString is how much of a sequence GNU screen hands on at once, in
	// bytes. It takes 767 since 2014 (MAXSTR in screen.h) and prints the rest
	// on the screen; before, it took 255.
	screenString = 252
	// bufferTimeout bounds how long the multiplexer may take for its buffer.
	bufferTimeout = 2 * time.Second
	// titleContext is how wide the name of the context in the window's title
	// may be, in cells, so that what is behind it can be read in a tab.
	titleContext = 30

	// saidLimit is how much is kept of what docker says while it has the
	// terminal, in bytes, and shellWait how long is waited for more of it after
	// its end.
	saidLimit = 400
	shellWait = time.Second
)
