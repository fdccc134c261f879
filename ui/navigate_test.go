package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/internal/testkit"
	"skep/model"
	"skep/ui/views"
)

// command types a command after the colon.
func (d *desk) command(line string) {
	d.press(":")
	d.typed(line)
	d.press("enter")
}

func TestNavigate_DownAndUp(t *testing.T) {
	onDesk(t, Options{ByName: true, View: "stacks"}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("j", "enter")
		d.sees("stacks › shop › services", "›api ")
		d.misses("tools_backup")
		d.press("G", "enter")
		d.sees("shop › services › shop_web › tasks", "›.1", " .6")
		d.press("G", "enter")
		d.sees("› shop_web.6", "Task shop_web.6")
		d.press("q")
		d.press("k", "n")
		d.sees("› nodes", "›manager2") // The node of shop_web.5.
		d.press("enter")
		d.sees("manager2 › tasks", "shop_api.3")
		d.press("q", "q", "esc", "q")
		d.sees("stacks", "›shop")
		d.misses("› services")
	})
}

func TestNavigate_PreviousIsAPair(t *testing.T) {
	onDesk(t, Options{ByName: true}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("-")
		d.sees("no previous view")
		d.press("j", "enter", "l") // monitoring_agent, its tasks, and a log, which does not outlive the path
		d.command("nodes")
		d.sees("AVAILABILITY")
		d.press("j", "-")
		d.sees("services › monitoring_agent › tasks")
		d.misses(" logs")
		d.press("-")
		d.sees("AVAILABILITY", "›manager2")
	})
}

// TestNavigate_PreviousKnowsWhatWasDrilledInto goes to and fro between a list
// and what was entered from it.
func TestNavigate_PreviousKnowsWhatWasDrilledInto(t *testing.T) {
	onDesk(t, Options{ByName: true}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("j", "enter", "-")
		d.sees("UP/WANT", "›monitoring_agent")
		d.press("-")
		d.sees("services › monitoring_agent › tasks")
		d.press("q", "-", "l", "-")
		d.sees("services › monitoring_agent › tasks")
		d.misses(" logs")
		d.press("q", "q")
		d.sees("quit skep? Y quits, esc stays") // None of that is in the way back.
	})
}

// TestNavigate_CommandsKeepTheWayBack: from the top of a path "q" and "esc"
// return to what a command left.
func TestNavigate_CommandsKeepTheWayBack(t *testing.T) {
	for _, back := range []string{"q", "esc"} {
		onDesk(t, Options{ByName: true}, shop(), 100, 30, func(t *testing.T, d *desk) {
			d.press("j", "enter", "l")
			d.command("nodes")
			d.press("j", "enter", "!")
			d.sees("nodes › manager2 › tasks › problems")
			d.press(back, back)
			d.sees("›manager2", "AVAILABILITY")
			d.press(back)
			d.sees("services › monitoring_agent › tasks")
			d.command("nodes")
			d.press("-", "-", "-") // To the tasks, the nodes and the tasks.
			d.press(back)
			d.sees("UP/WANT")
			d.command("services") // That is where one is.
			d.press(back)
			d.sees("quit")
			if d.quit {
				t.Error("one is thrown out")
			}
		})
	}
}

// TestNavigate_TheWayBackIsBounded types more commands than are kept.
func TestNavigate_TheWayBackIsBounded(t *testing.T) {
	onDesk(t, Options{ByName: true}, shop(), 100, 30, func(t *testing.T, d *desk) {
		for range 2 * trailBelow {
			d.command("nodes")
			d.command("tasks")
		}
		for range trailBelow {
			d.press("q")
			d.misses("quit skep? Y quits, esc stays")
		}
		d.press("q")
		d.sees("quit skep? Y quits, esc stays")
	})
}

func TestNavigate_QuitAsks(t *testing.T) {
	onDesk(t, Options{ByName: true}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("q")
		d.sees("quit skep? Y quits, esc stays")
		d.wait(time.Minute)
		d.sees("quit skep? Y quits, esc stays")
		d.press("q", "q")
		d.sees("quit skep? Y quits, esc stays")
		d.press("esc", "y") // The question is gone: y shows the YAML.
		d.sees("(yaml)")
		d.press("q", "q", "n", "y") // n says no to it.
		d.sees("(yaml)")
		d.press("q", "q", "j", "y")
		d.sees("(yaml)")
		d.press("q", "q", "enter")
		d.sees("› tasks")
		if d.quit {
			t.Fatal("it has quit")
		}
		d.press("q", "q", "Y")
		if !d.quit {
			t.Error("Y does not quit")
		}
	})
}

func TestNavigate_StackScope(t *testing.T) {
	onDesk(t, Options{ByName: true}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("2")
		d.sees("shop › services", "›api ", "scope: shop (0 = all)")
		d.misses("monitoring_agent", "日本語")
		d.press("1")
		d.sees("monitoring › services", "›agent")
		d.press("2")
		d.sees("shop › services") // The numbers stay.
		d.press("9")
		d.sees("no stack number 9", "shop › services")
		d.command("tasks")
		d.sees("shop › tasks", " api.1")
		d.misses("monitoring_agent")
		d.command("nodes") // Nodes belong to no stack.
		d.sees("scope: shop (0 = all)", "manager1", "worker1")
		d.press("?")
		d.press("/")
		d.typed("1 is mon")
		d.press("enter")
		d.sees("1 is monitoring", "2 is shop", "3 is tools")
		d.press("esc", "-", "0", "g")
		d.sees("tasks", "monitoring_agent.worker1")
		d.misses("shop › tasks")
	})
}

// TestNavigate_PreviousFollowsTheStack: the view that "-" goes back to is
// narrowed to the stack that was chosen since.
func TestNavigate_PreviousFollowsTheStack(t *testing.T) {
	onDesk(t, Options{ByName: true}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.command("tasks")
		d.press("2", "-")
		d.sees("shop › services", "›api ")
		d.misses("agent")
	})
}

func TestNavigate_Commands(t *testing.T) {
	for _, tt := range []struct {
		line  string
		sees  []string
		lacks string
		stays bool // to be mended
	}{
		{"svc web", []string{"services", "1 of 9", "/web", "shop_web"}, "shop_cart", false},
		{"services", []string{"tools_backup"}, "of 9", false},
		{"tasks shop_web", []string{"shop_web › tasks", "›.1"}, "shop_cart", false},
		{"task shop_web", []string{"shop_web › tasks"}, "shop_cart", false},
		{"tasks web", []string{"tasks", "/web", "shop_web.1"}, "shop_cart", false},
		{"no /", []string{"nodes", "none of 8 nodes match"}, "manager2", false},
		{"nodes worker[12]", []string{"2 of 8", "worker1"}, "manager2", false},
		{"svc [", []string{"invalid regex: missing ]"}, "panic", true},
		{"problems", []string{"SUBJECT"}, "UP/WANT", false},
		{"nonsense", []string{"unknown command nonsense; :help lists all", "UP/WANT"}, "panic", true},
		{"", []string{"UP/WANT"}, "no view", false},
		{"help", []string{"follow the logs of the service"}, "UP/WANT", false},
		{"ctx", []string{"there are no docker contexts here"}, "panic", true},
		{"ctx x", []string{"there are no docker contexts here"}, "panic", true},
	} {
		t.Run(tt.line, func(t *testing.T) {
			onDesk(t, Options{ByName: true}, shop(), 100, 50, func(t *testing.T, d *desk) {
				d.command(tt.line)
				d.sees(tt.sees...)
				d.misses(tt.lacks)
				if (d.prompt() != nil) != tt.stays {
					t.Errorf("the prompt is open: %v", d.prompt() != nil)
				}
				if tt.stays && d.prompt().input.Value() != tt.line {
					t.Errorf("what was typed is gone: %q", d.prompt().input.Value())
				}
			})
		})
	}
	for _, line := range []string{"q", "quit", "exit", " q "} {
		onDesk(t, Options{ByName: true}, shop(), 100, 30, func(t *testing.T, d *desk) {
			d.command(line)
			if !d.quit {
				t.Errorf(":%s does not quit", line)
			}
		})
	}
}

func TestFilter_KeepsTheLastGoodRows(t *testing.T) {
	onDesk(t, Options{ByName: true}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("/")
		d.typed("shop_[ar")
		d.sees("invalid regex: missing ]", "5 of 9") // As /shop_ had it.
		d.press("enter")
		if d.prompt() == nil {
			t.Fatal("a wrong pattern was taken")
		}
		d.typed("]")
		d.sees("2 of 9", "shop_api", "shop_report")
		d.press("esc") // Back to what was before the prompt.
		d.sees("tools_backup")
		d.misses("of 9")
		d.press("/")
		d.typed("!shop")
		d.press("enter")
		d.sees("4 of 9", "/!shop")
		d.misses("shop_api")
		d.press("/")
		d.typed("x")
		d.press("backspace", "esc")
		d.sees("4 of 9", "/!shop")
		d.press("/", "ctrl+u", "backspace") // Backspace in an empty prompt leaves it.
		if d.prompt() != nil {
			t.Error("the prompt is open")
		}
	})
	onDesk(t, Options{ByName: true}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("/")
		d.typed("-l com.docker.stack.namespace=shop")
		d.press("enter")
		d.sees("5 of 9", "shop_api")
		d.press("/", "ctrl+u")
		d.send(tea.PasteMsg{Content: "monitoring\n"})
		d.sees("1 of 9", "monitoring_agent")
	})
}

// TestPaste_IsNotTakenForKeys where nothing is typed into.
func TestPaste_IsNotTakenForKeys(t *testing.T) {
	onDesk(t, Options{ByName: true}, shop(), 100, 30, func(t *testing.T, d *desk) {
		before := d.frame()
		d.send(tea.PasteMsg{Content: "q\ns\nry:q\n"})
		if d.quit || d.frame() != before {
			t.Errorf("pasted text did something:\n%s", d.text())
		}
	})
}

// TestSelection_FollowsItsObject through refreshes, with a filter and a sort.
func TestSelection_FollowsItsObject(t *testing.T) {
	make := func(names ...string) *model.Cluster {
		var list []*model.Service
		for i, n := range names {
			list = append(list, testkit.Service(testkit.Name(n), testkit.Replicas(i+1)))
		}
		return testkit.Cluster(testkit.Services(list...), testkit.Nodes(testkit.Node(testkit.Leader())), testkit.Tasks())
	}
	for _, prepare := range [][]string{{}, {"shift+right"}, {"O"}, {"shift+right", "shift+right", "shift+right", "O"}, {"/", "w", "e", "b", "enter"}} {
		onDesk(t, Options{ByName: true}, make("web1", "web2", "web3", "web4"), 100, 30, func(t *testing.T, d *desk) {
			d.press(prepare...)
			d.top().(views.Screen).MoveTo(model.Ref{Kind: model.KindService, ID: string(testkit.Service(testkit.Name("web3")).Key())})
			for _, names := range [][]string{
				{"a", "web1", "web2", "web3", "web4"}, {"web3", "z"}, {"web4", "web3", "web2", "web1"}, {"web0", "web11", "web12", "web3"},
			} {
				d.feed.push(make(names...))
				d.rest()
				d.sees("›web3")
			}
			d.feed.push(make("web0", "web4", "web5")) // Gone: the cursor stays near.
			d.rest()
			d.frame()
			if d.current().Ref == (model.Ref{}) {
				t.Error("nothing is selected")
			}
		})
	}
}

func TestProblems_LeadWhereTheyAre(t *testing.T) {
	onDesk(t, Options{ByName: true}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("!", "j", "j", "enter")
		d.sees("problems › worker2", "worker2 down", "heartbeat failure", "Explains (1)", "shop_web 4/6")
		d.press("enter")
		d.sees("worker2 › tasks", "shop_web.2")
		d.press("q", "q", "k", "enter")
		d.sees("problems › shop_mail", "restart loop", "Last tasks")
		d.press("q", "d")
		d.sees("Service shop_mail")
		if strings.Count(d.text(), "problems ›") != 1 {
			t.Errorf("the path:\n%s", d.text())
		}
	})
}

// TestNavigate_QuitNamesWhatStopsInTheMiddle: a procedure is carried out by this
// console, and who quits should know that it stands still then.
func TestNavigate_QuitNamesWhatStopsInTheMiddle(t *testing.T) {
	web := testkit.Service(testkit.Name("web"), testkit.Replicas(1))
	node, other := testkit.Node(testkit.Hostname("left")), testkit.Node(testkit.Hostname("other"))
	c := testkit.Cluster(testkit.Nodes(node, other), testkit.Services(web), testkit.Tasks(testkit.Task(testkit.Of(web), testkit.Slot(1), testkit.On(node))))
	onDesk(t, Options{}, c, 80, 24, func(t *testing.T, d *desk) {
		d.press(":", "n", "o", "d", "e", "s", "enter")
		d.press("R")
		d.sees("CHANGES AT FIRST")
		d.apply()
		d.press("q", "q", "q")
		d.sees("quit skep? the gentle drain of left stops in the middle: Y quits, esc stays")
	})
}
