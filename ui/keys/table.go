package keys

import "slices"

// The commands.
const (
	CommandLine Command = "command"
	Filter      Command = "filter"
	Help        Command = "help"
	Escape      Command = "escape"
	Back        Command = "back"
	Previous    Command = "previous"
	Problems    Command = "problems"
	AllStacks   Command = "all-stacks"
	RecentStack Command = "recent-stack"
	Copy        Command = "copy"
	Redraw      Command = "redraw"
	OnlyWrong   Command = "only-problems"
	Quit        Command = "quit"
	Refresh     Command = "refresh"
	Wide        Command = "wide"
	Mark        Command = "mark"
	SortLeft    Command = "sort-left"
	SortRight   Command = "sort-right"
	SortReverse Command = "sort-reverse"
	Order       Command = "order"
	WatchUpdate Command = "watch-update"
	Up          Command = "up"
	Down        Command = "down"
	Top         Command = "top"
	Bottom      Command = "bottom"
	PageUp      Command = "page-up"
	PageDown    Command = "page-down"
	Left        Command = "left"
	Right       Command = "right"
	Enter       Command = "enter"
	Describe    Command = "describe"
	YAML        Command = "yaml"
	LogsCommand Command = "logs"
	LastFailed  Command = "last-failed"
	History     Command = "history"
	Node        Command = "node"
	Shell       Command = "shell"
	Scale       Command = "scale"
	Image       Command = "image"
	Newest      Command = "newest"
	Restart     Command = "restart"
	Rollback    Command = "rollback"
	Revert      Command = "revert"
	Resume      Command = "resume"
	Hold        Command = "hold"
	Resources   Command = "resources"
	Label       Command = "label"
	Environment Command = "env"
	Constraints Command = "constraint"
	Mounts      Command = "mounts"
	Networks    Command = "networks"
	Rollout     Command = "rollout-config"
	Edit        Command = "edit"
	Stop        Command = "stop"
	Start       Command = "start"
	Promote     Command = "promote"
	Demote      Command = "demote"
	Rebalance   Command = "rebalance"
	Beside      Command = "beside"
	SwitchOver  Command = "switch-over"
	SwitchBack  Command = "switch-back"
	Finish      Command = "finish"
	Drain       Command = "drain"
	GentleDrain Command = "gentle-drain"
	Pause       Command = "pause"
	Activate    Command = "activate"
	Remove      Command = "remove"
	Users       Command = "users"
	Undo        Command = "undo"
	UndoLast    Command = "undo-last"
	Acknowledge Command = "acknowledge"
	GoOver      Command = "go-over"
	Mend        Command = "mend"
	PairLogs    Command = "pair-logs"
	Concerned   Command = "concerned"
	Search      Command = "search"
	NextMatch   Command = "next-match"
	PrevMatch   Command = "previous-match"
	Unmask      Command = "unmask"
	Wrap        Command = "wrap"
	Follow      Command = "follow"
	Timestamps  Command = "timestamps"
	Names       Command = "names"
	OnlyOne     Command = "only-one"
	SaveLog     Command = "save-log"
	Pager       Command = "pager"
	GoToTime    Command = "go-to-time"
	JSON        Command = "json"
	JSONFields  Command = "json-fields"
	NextMark    Command = "next-mark"
	PrevMark    Command = "previous-mark"
	Apply       Command = "apply"
	Leave       Command = "leave"
	Cancel      Command = "cancel"
	GoOn        Command = "go-on"
	Instead     Command = "instead"
	Preview     Command = "preview"
	NextField   Command = "next-field"
	PrevField   Command = "previous-field"
	Take        Command = "take"
	Complete    Command = "complete"
	CompletePre Command = "complete-previous"
	Older       Command = "older"
	Newer       Command = "newer"
	RangeTail   Command = "range-tail"
	RangeHead   Command = "range-head"
	Range1m     Command = "range-1m"
	Range5m     Command = "range-5m"
	Range15m    Command = "range-15m"
	Range30m    Command = "range-30m"
	Range1h     Command = "range-1h"
	Range6h     Command = "range-6h"
	Range24h    Command = "range-24h"
	Range7d     Command = "range-7d"
	ReleaseList Command = "releases"
	RunRelease  Command = "run-release"
	RunSet      Command = "run-set"
	Compare     Command = "compare"
	Discover    Command = "discovery"
	Export      Command = "export"
	SaveFile    Command = "save-file"
)

// Yes is the key that says yes: it applies what a preview shows, and quits. It
// is no other key anywhere, so that no habit presses it, and a capital letter: it
// takes a second finger, every keyboard and every line has it, a name that is
// typed is seen to hold it, and no answer of a terminal that arrives in pieces
// ends with it, as that about a mode ends with y. ctrl+y would be a line up to
// the fingers of vi and less, and ctrl+s stops a terminal.
const Yes = "Y"

// Standard is the table as the program comes with it; a slice of its own.
func Standard() Table { return slices.Clone(standard) }

var standard = Table{
	{CommandLine, Everywhere, []string{":"}, "command", "type a command: a view (:nodes, :svc web), :ctx NAME, :theme NAME, :q", 8, ""},
	{Filter, List, []string{"/"}, "filter", "show only rows that match a regex; /!x hides those that match, /-l key=value filters by label", 6, ""},
	{Help, Everywhere, []string{"?"}, "help", "show the keys that work here", 9, ""},
	{Escape, Everywhere, []string{"esc"}, "back", "clear the marks, then the filter, then go back", 0, ""},
	{Back, Everywhere, []string{"q"}, "back", "go back; at the first view quit, after a question", 0, ""},
	{Previous, Everywhere, []string{"-"}, "previous", "go to the previous view, and back again", 0, ""},
	{UndoLast, Everywhere, []string{"ctrl+u"}, "undo", "preview what takes back what was done last here; :journal lists all", 0, ""},
	{Problems, Everywhere, []string{"!"}, "problems", "list the problems, worst first", 0, ""},
	{Refresh, Everywhere, []string{"ctrl+r"}, "refresh", "refresh everything now", 0, ""},
	{Redraw, Everywhere, []string{"ctrl+l"}, "redraw", "redraw the screen", 0, ""},
	{Quit, Everywhere, []string{"ctrl+c"}, "quit", "quit", 0, ""},

	{Down, List, []string{"j", "down"}, "down", "next row", 0, ""},
	{Up, List, []string{"k", "up"}, "up", "previous row", 0, ""},
	{Top, List, []string{"g", "home"}, "top", "first row", 0, ""},
	{Bottom, List, []string{"G", "end"}, "bottom", "last row", 0, ""},
	{PageDown, List, []string{"ctrl+f", "pgdown"}, "page down", "a page down", 0, ""},
	{PageUp, List, []string{"ctrl+b", "pgup"}, "page up", "a page up", 0, ""},
	{Enter, List, []string{"enter"}, "open", "go down: a stack's services, a service's tasks, a node's tasks, a task's description", 1, ""},
	{Describe, List, []string{"d"}, "describe", "describe the object in readable form", 3, ""},
	{YAML, List, []string{"y"}, "yaml", "the whole object as YAML; of a stack its compose file", 4, ""},
	{Mark, List, []string{"space"}, "mark", "mark the row; actions apply to all marked rows", 0, ""},
	{Wide, List, []string{"w"}, "wide", "show all columns, or those that fit", 0, ""},
	{Left, List, []string{"left"}, "left", "a column to the left, while all are shown", 0, ""},
	{Right, List, []string{"right"}, "right", "a column to the right, while all are shown", 0, ""},
	{OnlyWrong, List, []string{"ctrl+z"}, "only problems", "show only the rows with problems, or all again (:suspend returns to the shell)", 0, ""},
	{SortRight, List, []string{"shift+right"}, "sort", "sort by the next column", 0, ""},
	{SortLeft, List, []string{"shift+left"}, "sort", "sort by the previous column", 0, ""},
	{SortReverse, List, []string{"O"}, "reverse", "reverse the order", 0, ""},
	{Copy, List, []string{"c"}, "copy", "copy the name to the terminal's clipboard (OSC 52); in the list of nodes {pause} pauses", 0, ""},
	{Order, List, []string{"W"}, "order", "sort lists worst first, or by name; remembered", 0, ""},
	{AllStacks, List, []string{"0"}, "all stacks", "scope: all stacks", 0, ""},
	{RecentStack, List, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, "stack", "scope: the stack of that number; {help} lists them", 0, ""},

	{LogsCommand, Services, []string{"l"}, "logs", "follow the logs of the service", 2, ""},
	{WatchUpdate, Services, []string{"o"}, "rollout", "watch its tasks being replaced: which are new, old or failed, and what is to blame", 0, ""},
	{LastFailed, Services, []string{"p"}, "last failed", "logs of the last task that failed", 5, ""},
	{Scale, Services, []string{"s"}, "scale", "change the number of replicas", 5, "scale"},
	{Image, Services, []string{"i"}, "image", "update the image", 5, "image"},
	{Newest, Services, []string{"I"}, "newest", "ask the registry whether a newer image stands behind the tag, and preview the update", 0, "newest"},
	{Restart, Services, []string{"r"}, "restart", "replace all tasks in a rolling update (docker service update --force)", 5, "restart"},
	{Rollback, Services, []string{"b"}, "roll back", "roll back to the previous spec (docker service rollback)", 5, "rollback"},
	{Revert, Services, []string{"B"}, "revert", "give back what the last update has changed, as skep's journal knows it; what was written since stays", 0, "revert"},
	{ReleaseList, Services, []string{"v"}, "releases", "list the releases: every specification that it had, whatever the engine has forgotten", 0, ""},
	{Resume, Services, []string{"u"}, "resume", "resume an update that is paused or held", 0, "resume"},
	{Hold, Services, []string{"H"}, "hold", "hold an update after one task more, or let one more be updated", 0, "hold"},
	{Discover, Services, []string{"D"}, "discovery", "who finds it by which name, on which network, through which port or proxy, and whom it finds", 0, ""},
	{Rebalance, Services, []string{"="}, "rebalance", "spread its tasks evenly again: only those that are too many on their nodes restart", 0, "rebalance"},
	{Beside, Services, []string{"+"}, "beside", "deploy it once more beside itself, with another image or as a file has it, and without requests (blue/green)", 0, "green"},
	{SwitchOver, Services, []string{"S"}, "switch", "switch its requests over to the one beside it, at once or in steps: routing labels, else ports, else network aliases", 0, "switch"},
	{SwitchBack, Services, []string{"X"}, "switch back", "switch its requests back from the one beside it", 0, "switch-back"},
	{PairLogs, Services, []string{"P"}, "logs of both", "follow its logs and those of the one beside it together, line by line as they come", 0, ""},
	{Finish, Services, []string{"F"}, "finish", "make it what the one beside it is, and remove that", 0, "finish"},
	{Resources, Services, []string{"R"}, "resources", "set reservations and limits: CPU, memory, processes", 0, "resources"},
	{Label, Services, []string{"L"}, "labels", "set labels, or take them away; no task restarts", 0, "label"},
	{Environment, Services, []string{"E"}, "environment", "set variables of the environment, or take them away", 0, "env"},
	{Constraints, Services, []string{"C"}, "constraints", "set constraints, and what its tasks are spread over", 0, "constraint"},
	{Mounts, Services, []string{"M"}, "mounts", "edit the mounts as YAML, in $VISUAL or $EDITOR", 0, "mounts"},
	{Networks, Services, []string{"N"}, "networks", "edit the networks as YAML, in $VISUAL or $EDITOR", 0, "networks"},
	{Rollout, Services, []string{"U"}, "update config", "edit how updates and rollbacks go as YAML, in $VISUAL or $EDITOR", 0, "rollout-config"},
	{Edit, Services, []string{"e"}, "edit", "edit the whole spec as YAML, in $VISUAL or $EDITOR", 0, "edit"},
	{Stop, Services, []string{"z"}, "stop", "scale to 0, and keep how many replicas there were", 0, "stop"},
	{Start, Services, []string{"Z"}, "start", "start again with as many replicas as there were before the stop", 0, "start"},
	{Remove, Services, []string{"ctrl+d"}, "remove", "remove the service", 0, "remove"},

	{LogsCommand, Tasks, []string{"l"}, "logs", "follow the logs of the task", 2, ""},
	{LastFailed, Tasks, []string{"p"}, "last failed", "logs of the last task of the slot that failed", 5, ""},
	{History, TaskList, []string{"h"}, "history", "show the task history of each slot", 5, ""},
	{Node, Tasks, []string{"n"}, "node", "go to the task's node", 5, ""},
	{Shell, Tasks, []string{"x"}, "shell", "open a shell in the task's container, if it is on the node that skep is connected to", 5, ""},

	{Drain, Nodes, []string{"r"}, "drain", "move its tasks to other nodes and accept no new ones", 2, "drain"},
	{GentleDrain, Nodes, []string{"R"}, "drain gently", "move its services off one after the other, each without a gap, and then drain it; or go on with that", 0, "gentle-drain"},
	{Pause, Nodes, []string{"c"}, "pause", "keep its tasks, accept no new ones", 2, "pause"},
	{Activate, Nodes, []string{"u"}, "activate", "accept tasks again", 2, "activate"},
	{LogsCommand, Nodes, []string{"l"}, "logs", "follow the logs of all tasks on the node", 0, ""},
	{Promote, Nodes, []string{"P"}, "promote", "make it a manager", 0, "promote"},
	{Demote, Nodes, []string{"D"}, "demote", "make it a worker; refused where the quorum would be lost", 0, "demote"},
	{Label, Nodes, []string{"L"}, "labels", "set labels, or take them away; tasks whose constraints they no longer meet move", 0, "label"},
	{Edit, Nodes, []string{"e"}, "edit", "edit labels, availability and role as YAML, in $VISUAL or $EDITOR", 0, "edit"},
	{Remove, Nodes, []string{"ctrl+d"}, "remove", "remove a node that is down", 0, "remove"},

	{Discover, Parts, []string{"D"}, "names", "compare what the connected engine resolves on a network with the tasks that run there", 0, ""},
	{Users, Parts, []string{"u"}, "used by", "list the services that use it", 2, ""},
	{Label, Parts, []string{"L"}, "labels", "set labels of secrets and configs, or take them away; the engine changes nothing else of them", 0, "label"},
	{Remove, Parts, []string{"ctrl+d"}, "remove", "remove a network, secret or config that no service uses", 0, "remove"},

	{LogsCommand, Stacks, []string{"l"}, "logs", "follow the logs of all services of the stack", 2, ""},
	{ReleaseList, Stacks, []string{"v"}, "releases", "list the releases of all its services", 0, ""},
	{Export, Stacks, []string{"e"}, "compose file", "the compose file of what runs of the stack, as skep export prints it: to read, copy and save", 0, ""},
	{Restart, Stacks, []string{"r"}, "restart", "replace all tasks of its services, one service after the other", 5, "restart"},
	{Newest, Stacks, []string{"I"}, "newest", "ask the registries whether newer images stand behind the tags of its services, and preview the update", 0, "newest"},
	{Beside, Stacks, []string{"+"}, "beside", "deploy it once more beside itself, from a file and without requests (:deploy --beside FILE)", 0, ""},
	{SwitchOver, Stacks, []string{"S"}, "switch", "switch all its requests over to the stack beside it, as one", 0, "switch"},
	{SwitchBack, Stacks, []string{"X"}, "switch back", "switch all its requests back from the stack beside it, as one", 0, "switch-back"},
	{Finish, Stacks, []string{"F"}, "finish", "make it what the stack beside it is, and remove the services of that", 0, "finish"},
	{Stop, Stacks, []string{"z"}, "stop", "scale its services to 0, and keep how many replicas there were", 5, "stop"},
	{Start, Stacks, []string{"Z"}, "start", "start its services again with as many replicas as there were before the stop", 0, "start"},
	{Remove, Stacks, []string{"ctrl+d"}, "remove", "remove its services, networks, configs and secrets, and wait until they are gone", 0, "remove"},

	{Undo, Records, []string{"u"}, "undo", "preview what takes the action back, as far as it can be; of an undo it does it again", 2, "undo"},

	{RunRelease, Releases, []string{"r"}, "run again", "preview what gives the service this release again; the number of replicas stays", 2, "release"},
	{RunSet, Releases, []string{"R"}, "run set again", "preview what gives every service of the stack what it was when this release was the newest", 3, ""},
	{Compare, Releases, []string{"="}, "compare", "compare two marked releases, or the one under the cursor with the newest", 4, ""},

	{Acknowledge, ProblemList, []string{"a"}, "acknowledge", "acknowledge a problem, or take that back: it is a note until it changes, or for 8 hours; a rolled-back update until the next one", 2, ""},
	{Mend, ProblemList, []string{"m"}, "mend", "preview what would mend the problem", 2, ""},

	{Mend, Findings, []string{"m"}, "mend", "preview what would mend the problem", 1, ""},
	{Concerned, Findings, []string{"enter"}, "tasks", "go to the tasks of the service or node that it is about", 2, ""},

	{Mend, NameCheck, []string{"m"}, "restart", "preview the rolling restart of the services whose names and tasks differ", 1, ""},

	{GoOver, OtherSwarm, []string{"A"}, "go over", "leave the swarm that was shown, and go over to the one that answers in its place", 1, ""},

	{Down, Text, []string{"j", "down"}, "down", "a line down", 0, ""},
	{Up, Text, []string{"k", "up"}, "up", "a line up", 0, ""},
	{Top, Text, []string{"g", "home"}, "top", "the first line", 0, ""},
	{Bottom, Text, []string{"G", "end"}, "bottom", "the last line", 0, ""},
	{PageDown, Text, []string{"ctrl+f", "pgdown", "space"}, "page down", "a page down", 0, ""},
	{PageUp, Text, []string{"ctrl+b", "pgup"}, "page up", "a page up", 0, ""},
	{Left, Text, []string{"left"}, "left", "scroll to the left", 0, ""},
	{Right, Text, []string{"right"}, "right", "scroll to the right", 0, ""},
	{Copy, Text, []string{"c"}, "copy", "copy the text to the terminal's clipboard (OSC 52)", 0, ""},
	{Search, Text, []string{"/"}, "search", "search for a regex", 1, ""},
	{NextMatch, Text, []string{"n"}, "next", "the next match", 2, ""},
	{PrevMatch, Text, []string{"N"}, "previous", "the previous match", 2, ""},
	{Wrap, Text, []string{"w"}, "wrap", "wrap or truncate long lines", 3, ""},
	{Unmask, Text, []string{"x"}, "unmask", "show values of secret-looking keys", 3, ""},

	{SaveFile, Compose, []string{"S"}, "save", "save the compose file, with all values that are hidden on the screen", 1, ""},

	{Down, Logs, []string{"j", "down"}, "down", "a line down", 0, ""},
	{Up, Logs, []string{"k", "up"}, "up", "a line up; stops following", 0, ""},
	{Top, Logs, []string{"g", "home"}, "top", "the oldest line that is kept", 0, ""},
	{Bottom, Logs, []string{"G", "end"}, "bottom", "the newest line; follows again", 0, ""},
	{PageDown, Logs, []string{"ctrl+f", "pgdown", "space"}, "page down", "a page down", 0, ""},
	{PageUp, Logs, []string{"ctrl+b", "pgup"}, "page up", "a page up", 0, ""},
	{Left, Logs, []string{"left"}, "left", "scroll to the left", 0, ""},
	{Right, Logs, []string{"right"}, "right", "scroll to the right", 0, ""},
	{Copy, Logs, []string{"c"}, "copy", "copy the marked lines, or else the text, to the terminal's clipboard (OSC 52)", 0, ""},
	{Filter, Logs, []string{"/"}, "filter", "show only lines that match a regex; /!x hides those that match, /a | !b does both; /@web.3, /@worker1, /@stderr and /@live say where from", 1, ""},
	{Search, Logs, []string{"h"}, "highlight", "search for a regex without hiding other lines", 2, ""},
	{NextMatch, Logs, []string{"n"}, "next", "the next match", 0, ""},
	{PrevMatch, Logs, []string{"N"}, "previous", "the previous match", 0, ""},
	{Follow, Logs, []string{"f"}, "follow", "follow new lines, or stop", 3, ""},
	{Wrap, Logs, []string{"w"}, "wrap", "wrap or truncate long lines", 4, ""},
	{RangeTail, Logs, []string{"0"}, "newest", "the newest 100 lines of each task, and what comes", 0, ""},
	{RangeHead, Logs, []string{"1"}, "oldest", "from the oldest line that is kept on", 0, ""},
	{Range1m, Logs, []string{"2"}, "1m", "the last minute", 0, ""},
	{Range5m, Logs, []string{"3"}, "5m", "the last 5 minutes", 0, ""},
	{Range15m, Logs, []string{"4"}, "15m", "the last 15 minutes", 0, ""},
	{Range30m, Logs, []string{"5"}, "30m", "the last 30 minutes", 0, ""},
	{Range1h, Logs, []string{"6"}, "1h", "the last hour", 0, ""},
	{Range6h, Logs, []string{"7"}, "6h", "the last 6 hours", 0, ""},
	{Range24h, Logs, []string{"8"}, "24h", "the last 24 hours", 0, ""},
	{Range7d, Logs, []string{"9"}, "7d", "the last 7 days", 0, ""},
	{Timestamps, Logs, []string{"t"}, "time", "timestamps: none, short, full, age", 5, ""},
	{Names, Logs, []string{"a"}, "names", "names of replicas: short, none, full", 0, ""},
	{JSON, Logs, []string{"J"}, "JSON", "lines that are JSON: as written, in short, a field a row", 0, ""},
	{JSONFields, Logs, []string{"K"}, "JSON fields", "the fields of lines that are JSON to show in short, as in level msg http.status; none for the usual ones", 0, ""},
	{Mark, Logs, []string{"m"}, "mark", "mark the line that was jumped to, or else the newest on the screen, or the first where it is paused", 0, ""},
	{NextMark, Logs, []string{"'"}, "next mark", "the next marked line", 0, ""},
	{PrevMark, Logs, []string{"\""}, "previous mark", "the marked line before", 0, ""},
	{GoToTime, Logs, []string{"T"}, "go to time", "go to a time: 14:05, 14:05:30, 5m ago as 5m, or 2026-05-04T10:00:00Z", 0, ""},
	{SaveLog, Logs, []string{"S"}, "save", "save all lines that the filter shows to a file", 7, ""},
	{Pager, Logs, []string{"P"}, "pager", "open all lines that the filter shows in $PAGER", 0, ""},
	{OnlyOne, Logs, []string{"o"}, "only one", "show the next replica alone, after the last all again; /@.3 | !@.4 says it by hand", 6, ""},

	{Take, Prompts, []string{"enter"}, "take", "do what was typed", 0, ""},
	{Leave, Prompts, []string{"esc"}, "leave", "leave it; the rows are again those of before", 0, ""},
	{Complete, Prompts, []string{"tab"}, "complete", "complete what was typed, then go on to the next that it may be", 0, ""},
	{CompletePre, Prompts, []string{"shift+tab"}, "complete", "the one before", 0, ""},
	{Older, Prompts, []string{"up", "ctrl+p"}, "older", "what was typed before", 0, ""},
	{Newer, Prompts, []string{"down", "ctrl+n"}, "newer", "what was typed after that", 0, ""},

	{Preview, Forms, []string{"enter"}, "preview", "show what would be done", 1, ""},
	{Leave, Forms, []string{"esc"}, "cancel", "cancel", 2, ""},
	{NextField, Forms, []string{"tab", "down"}, "next field", "the next field", 3, ""},
	{PrevField, Forms, []string{"shift+tab", "up"}, "previous field", "the field before", 0, ""},

	{Apply, Previews, []string{Yes}, "apply", "apply what the preview shows; it does nothing until that is on the screen", 0, ""},
	{Leave, Previews, []string{"esc"}, "back", "go back to the form, or cancel", 0, ""},
	{Cancel, Previews, []string{"q", "n"}, "cancel", "cancel; while a name is typed they are part of it", 0, ""},
	{GoOn, Previews, []string{"tab"}, "on errors", "of several: stop at the first that fails, or go on with the others", 0, ""},
	{Instead, Previews, []string{"ctrl+o"}, "instead", "preview what is better done first, where the impact names such a thing: the roll back, or the resuming", 0, ""},
	{Down, Previews, []string{"j", "down"}, "down", "a line down", 0, ""},
	{Up, Previews, []string{"k", "up"}, "up", "a line up", 0, ""},
	{PageDown, Previews, []string{"ctrl+f", "pgdown"}, "page down", "a page down", 0, ""},
	{PageUp, Previews, []string{"ctrl+b", "pgup"}, "page up", "a page up", 0, ""},
	{Top, Previews, []string{"g"}, "top", "the first line", 0, ""},
	{Bottom, Previews, []string{"G"}, "bottom", "the last line", 0, ""},

	{Leave, Connecting, []string{"esc"}, "stay here", "stay with the swarm that is shown", 1, ""},

	{Quit, Quitting, []string{Yes}, "quit", "quit", 0, ""},
	{Leave, Quitting, []string{"esc", "n"}, "stay", "stay; any other key does what it always does", 0, ""},
}
