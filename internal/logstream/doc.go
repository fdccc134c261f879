// Package logstream follows the logs of one service or one task and keeps the
// newest of them in bounded memory.
//
// The way of a line: one reader a stream -> frames (8-byte multiplexing, or
// raw for a TTY) -> lines (64 KiB cap) -> timestamp, details, text ->
// sanitised text -> a short wait in which lines of several replicas are put
// in order of time -> a ring bounded in lines and in bytes.
//
// What it promises:
//   - Delivery is lossy at the old end only. The ring drops the oldest line
//     for a new one and counts what it dropped; the reader never waits for
//     whoever looks.
//   - Text is safe to print: no control or escape sequence is left in it.
//   - A stream that was cut is opened again by the package itself, for as
//     long as it is followed. Lines that the engine sends twice at the seam
//     are dropped, and a notice line tells of the gap.
//   - The reader of the logs pulls: [Stream.Next] blocks until something newer
//     exists, [Stream.Window] hands out the few lines that are on the screen.
//   - [Stream.Close] returns when every goroutine of the stream has ended.
//
// The package knows neither the Docker client nor the screen: whoever follows
// a target brings an [Opener].
package logstream
