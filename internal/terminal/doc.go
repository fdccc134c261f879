// Package terminal stands between the console and its terminal, in both
// directions.
//
// What comes in passes a [Filter], which Bubble Tea reads through an [Input]:
// whatever bytes arrive, no input makes the decoder behind it panic, and ctrl+c
// is always a key. While the console draws, [Guard] keeps everything else off
// the terminal. A [Watchdog] ends a program that a terminal which reads nothing
// would keep from ending.
package terminal
