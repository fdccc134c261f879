// Package converge waits until services are what they ask for, and stay so, and
// says what became of them: as text for people, as JSON and an exit code for
// programs. What it says of one service is [model.ConvergenceWatch]'s; here
// several are taken together, and time runs out.
package converge
