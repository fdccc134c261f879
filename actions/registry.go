package actions

import (
	"slices"

	"skep/model"
)

// actions are all that the console can do, in the order of a menu. To add one,
// write its planner in a file of its own and a line here.
var actions = []Action{
	scale,        // scale.go
	image,        // image.go
	newest,       // newest.go
	restart,      // restart.go
	rollback,     // rollback.go
	revert,       // revert.go
	hold,         // hold.go
	resume,       // resume.go
	rebalance,    // rebalance.go
	green,        // green.go
	switchOver,   // switch.go
	switchBack,   // switch.go
	finish,       // finish.go
	stop,         // stop.go
	start,        // stop.go
	resources,    // resource.go
	labelService, // label.go
	env,          // env.go
	constrain,    // constraint.go
	editMounts,   // text.go
	editNetworks, // text.go
	editRollout,  // text.go
	editService,  // text.go
	remove,       // remove.go

	drain,        // drain.go
	gentleDrain,  // gentle.go
	upgrade,      // upgrade.go
	endUpgrade,   // upgrade.go
	pause,        // availability.go
	activate,     // availability.go
	promote,      // role.go
	demote,       // role.go
	labelNode,    // label.go
	labelConfig,  // label.go
	labelSecret,  // label.go
	labelNetwork, // label.go
	editNode,     // text.go
	removeNode,   // remove_node.go

	undo,    // undo.go
	release, // release.go

	restartStack, // group.go
	stopStack,    // group.go
	startStack,   // group.go
	removeStack,  // group.go
	newestStack,  // newest.go

	switchStack,     // switch_stack.go
	switchStackBack, // switch_stack.go
	finishStack,     // switch_stack.go

	removeNetwork, // remove_part.go
	removeConfig,  // remove_part.go
	removeSecret,  // remove_part.go
}

// Find finds the action of a verb on objects of a kind: to remove a node is
// another action than to remove a service.
func Find(kind model.Kind, verb string) (Action, bool) {
	i := slices.IndexFunc(actions, func(a Action) bool { return a.Kind == kind && a.Verb == verb })
	if i < 0 {
		return Action{}, false
	}
	return actions[i], true
}
