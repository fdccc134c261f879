package actions

// The reasons against what is done already: whoever asks for it once more has what
// they want.
const (
	isDrained     = "the node is already drained"
	isPaused      = "the node is already paused"
	isActive      = "the node is already active"
	isStopped     = "it is stopped already"
	isNotUpgraded = "it is not to be upgraded"
	isStarted     = "it is not stopped"
	isManager     = "the node is already a manager"
	isWorker      = "the node is already a worker"
)

var settled = []string{isDrained, isPaused, isActive, isStopped, isStarted, isManager, isWorker, isNotUpgraded}
