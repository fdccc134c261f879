// Package viewport scrolls through text of any length: what is described, YAML,
// logs, help, previews. It promises that
//
//   - only the lines on the screen, and as many about them, are asked for,
//     broken into rows and drawn;
//   - a position in the text means the same at every width, and stays with its line
//     while others come and go;
//   - a row is never wider than its room.
//
// What is searched for and what stands beside a line is its owner's matter. All
// of it belongs to the goroutine of Update.
package viewport
