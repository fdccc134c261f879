package terminal

import "errors"

// errNoEffect says that the process was not stopped: the kernel discards the
// signal where nobody could continue it, and whoever started the process may
// have had it ignored.
var errNoEffect = errors.New("the signal to stop had no effect")

// Shell is the job control of the shell that started this process. It stops the
// process only where there is a shell that takes the terminal over: a program that
// stops itself where nobody continues it is a dead terminal. It is not for use by
// several goroutines at once.
type Shell struct{}
