// Package logs is the pane in which the logs of a service or task go by.
//
// A Pane is a part of a screen: it takes in messages and keys and draws itself
// into lines. It pulls from its [Source]: one command waits until something
// newer is there and comes back at most ten times a second; the pane then asks
// for the few lines that are visible. The log itself is never copied, and a
// key is answered at once, whatever pours in meanwhile.
//
// A position is a line's number and a byte in its text, so it means the same
// at every width and stays where it is while old lines are dropped. Only what
// is visible is measured, wrapped and searched for what to highlight.
package logs
