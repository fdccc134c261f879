package actions

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"skep/model"
)

const (
	switchVerb, switchBackVerb = "switch", "switch-back"
	stepsKey, pauseKey         = "steps", "pause"
	// maxTrafficPause keeps a slip of the finger from making a step of a year.
	maxTrafficPause = 24 * time.Hour
)

var (
	switchOver = Action{
		Verb: switchVerb, Title: "Switch requests over", Kind: model.KindService, Tier: Reversible,
		Enabled: func(c *model.Cluster, t Target) string {
			return pairReason(c, t, model.GreenBeside, model.GreenStepping, model.GreenNaming)
		},
		Form:  switchForm,
		Reads: readPair, Plan: planSwitch,
	}
	switchBack = Action{
		Verb: switchBackVerb, Title: "Switch requests back", Kind: model.KindService, Tier: Reversible,
		Enabled: func(c *model.Cluster, t Target) string {
			return pairReason(c, t, model.GreenStepping, model.GreenNaming, model.GreenOver, model.GreenBack, model.GreenFinishing)
		},
		Reads: readPair, Plan: planSwitchBack,
	}
)

func switchForm(c *model.Cluster, targets []Target) *Form {
	if len(targets) > 1 {
		return nil // All at once, which is what it says without a form.
	}
	steps := ""
	if p, err := pairOf(c, targets[0]); err == nil && p.mark.Phase != model.GreenBeside {
		return nil // It goes on as it was begun.
	}
	return &Form{Title: "Switch the requests of " + targets[0].Name + " over", Fields: []Field{
		{Key: stepsKey, Label: "Steps", Value: steps, Hint: "percents for the new one, such as 10,30; empty for all at once",
			Check: func(v string) error { _, err := parseSteps(v, mostSteps(c, targets[0])); return err }},
		{Key: pauseKey, Label: "Pause", Value: trafficPause.String(), Hint: "how long to watch after each step; proxies need some of it to notice", Replace: true,
			Check: func(v string) error { _, err := parsePause(v); return err }},
	}}
}

// mostTasks is the most that the new service can get by the number of its tasks.
const mostTasks = 50

// mostSteps is the most percents that a step can have: with weights by label all.
func mostSteps(c *model.Cluster, t Target) int {
	if p, err := pairOf(c, t); err == nil && p.weighed() {
		return 100
	}
	return mostTasks
}

// parseSteps reads the percents of the requests that are to go over one after the
// other. The rest comes at the end by itself.
func parseSteps(text string, most int) ([]int, error) {
	var out []int
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		n, err := strconv.Atoi(strings.TrimSuffix(word, "%"))
		switch {
		case err != nil || n < 1:
			return nil, fmt.Errorf("%q is not a number of percents: for example 10,30", word)
		case n == 100:
			continue
		case n > most && most == mostTasks:
			return nil, fmt.Errorf("%d percent would take more tasks than the old one has, because each task gets as much as every other: up to 50, and then all", n)
		case n > most:
			return nil, fmt.Errorf("%d percent is more than all", n)
		case len(out) > 0 && n <= out[len(out)-1]:
			return nil, fmt.Errorf("%d percent is not more than the %d before it", n, out[len(out)-1])
		}
		out = append(out, n)
	}
	return out, nil
}

func parsePause(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return trafficPause, nil
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is not a time: for example 30s or 5m", text)
	case d < 0 || d > maxTrafficPause:
		return 0, fmt.Errorf("%s is not between 0s and %s", text, model.Span(maxTrafficPause))
	}
	return d.Round(time.Millisecond), nil
}

// shares are the numbers of tasks beside so many others that get so many percents
// each; the last is as many as the others.
func shares(percents []int, others int) []int {
	var out []int
	for _, p := range percents {
		n := max(1, (p*others+(100-p)/2)/(100-p))
		if n < others && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return append(out, others)
}

// planSwitch hands over what comes to the one to the other: at once, or as the
// first of several steps.
func planSwitch(in Input) (Plan, error) {
	p, err := readPairing(in)
	if err != nil {
		return Plan{}, err
	}
	percents, err := parseSteps(in.Values[stepsKey], mostSteps(in.Cluster, in.Target))
	if err != nil {
		return Plan{}, err
	}
	if p.mark.Pause, err = parsePause(cmp.Or(in.Values[pauseKey], p.mark.Pause.String())); err != nil {
		return Plan{}, err
	}
	h := p.handover(p.blueDoc, p.greenDoc)
	if err := errors.Join(h.possible(len(percents) > 0 || p.mark.Phase == model.GreenStepping), p.idle(len(percents) > 0)); err != nil {
		return Plan{}, err
	}
	switch {
	case p.byAlias():
		return p.beginNaming()
	case p.mark.Phase == model.GreenStepping:
		return p.stepOn()
	case len(percents) > 0 && p.weighed():
		return p.beginWeights(percents)
	case len(percents) > 0:
		return p.begin(percents)
	}
	if in.Cluster.Facts(p.green.Key()).TasksAt.IsZero() {
		return Plan{}, fmt.Errorf("the tasks of %s: %w", p.green.Name(), ErrUnread)
	}
	if why, held := complete(in.Cluster, p.green); why != "" {
		return Plan{}, errors.New(strings.TrimSuffix(why+", and all of them would be needed: "+held, ": "))
	}
	out, err := h.plan(switchVerb, p.writeBlue(), p.writeGreen(p.marked(model.GreenOver, nil)))
	if err != nil {
		return Plan{}, err
	}
	out.Title = fmt.Sprintf("switch the requests of %s over to %s", p.blue.Name(), p.green.Name())
	out.Impact.say("%s goes on running: to switch back takes as long as this does", p.blue.Name())
	out.Undo.Sentence = "switch back (" + p.backCommand() + ")"
	if n, others := p.of(p.green, p.greenDoc).tasks, p.of(p.blue, p.blueDoc).tasks; n < others {
		out.warn("%s has %s for what %d of %s did: scale it first, or switch in steps, which does", p.green.Name(), model.Plural(n, "task"), others, p.blue.Name())
	}
	p.warnNames(&out)
	p.finish(&out)
	return out, nil
}

// idle is why requests would go to nobody, or a part of them: one of the two has no
// replicas.
func (p pairing) idle(steps bool) error {
	without := func(s service) bool { return s.mode == model.ModeReplicated && s.tasks == 0 }
	switch {
	case p.mark.Phase != model.GreenBeside:
	case steps && without(p.of(p.blue, p.blueDoc)):
		return fmt.Errorf("%s has no replicas, and so nothing to share: switch at once", p.blue.Name())
	case without(p.of(p.green, p.greenDoc)) && (!steps || p.weighed()): // By their number it gets what it needs.
		return fmt.Errorf("%s has no replicas, and would answer nothing: scale it first", p.green.Name())
	}
	return nil
}

// begin begins a switch in steps.
func (p pairing) begin(percents []int) (Plan, error) {
	if p.blue.Mode() != model.ModeReplicated || p.green.Mode() != model.ModeReplicated {
		return Plan{}, errors.New("in steps only services with replicas can be switched: what each gets goes by their number")
	}
	others := p.of(p.blue, p.blueDoc).tasks
	counts := shares(percents, others)
	out, err := p.plan(switchVerb, Reversible, p.writeGreen(p.marked(model.GreenStepping, func(m *model.GreenMark) { m.Steps = counts })))
	if err != nil {
		return Plan{}, err
	}
	out.Goes = true
	out.Title = fmt.Sprintf("switch the requests of %s over to %s, in %s", p.blue.Name(), p.green.Name(), model.Plural(len(counts)+1, "step"))
	for i, n := range counts {
		also := ""
		if i == 0 && n < p.of(p.green, p.greenDoc).tasks {
			also = ", scaled down to that before requests come"
		}
		out.Impact.say("step %d: %s of %s beside %d of %s get %d of 100 requests%s", i+1, model.Plural(n, "task"), p.green.Name(), others, p.blue.Name(), (100*n+(n+others)/2)/(n+others), also)
	}
	out.Impact.say("then all: %s", p.handover(p.blueDoc, p.greenDoc).what())
	out.Impact.say("before each step all tasks are up, and have been for %s; a task of %s that fails stops it there", model.Span(p.mark.Pause), p.green.Name())
	out.Impact.say("no task of %s restarts or stops; it can be left and gone on with at any time: a label says how far it is", p.blue.Name())
	out.Undo.Sentence = "switch back at any time (" + p.backCommand() + ")"
	p.warnNames(&out)
	p.finish(&out)
	return out, nil
}

// stepOn goes on with a switch in steps.
func (p pairing) stepOn() (Plan, error) {
	out, err := p.plan(switchVerb, Reversible, p.writeGreen(p.marked(model.GreenStepping, nil)))
	if err != nil {
		return Plan{}, err
	}
	out.Goes = true
	out.Title = fmt.Sprintf("go on switching the requests of %s over to %s", p.blue.Name(), p.green.Name())
	switch {
	case len(p.mark.Steps) > 0 && p.weighed():
		out.Impact.say("next: %d of 100 requests", p.mark.Steps[0])
	case len(p.mark.Steps) > 0:
		out.Impact.say("next: %s of %s", model.Plural(p.mark.Steps[0], "task"), p.green.Name())
	}
	out.Impact.say("it is watched for %s again before that", model.Span(p.mark.Pause))
	out.Undo.Sentence = "switch back (" + p.backCommand() + ")"
	p.finish(&out)
	return out, nil
}

// planSwitchBack gives back what was handed over. One that was stopped meanwhile is
// started before.
func planSwitchBack(in Input) (Plan, error) {
	p, err := readPairing(in)
	if err != nil {
		return Plan{}, err
	}
	if p.mark.Phase == model.GreenStepping {
		return p.stepBack()
	}
	why, _ := complete(in.Cluster, p.blue)
	blue := p.of(p.blue, p.blueDoc)
	stopped := blue.mode == model.ModeReplicated && blue.tasks == 0
	if why == "" && !stopped && !p.renamed() {
		return p.back()
	}
	var edits []Edit
	if stopped {
		if edits, why, err = blue.startedAgain(); err != nil {
			return Plan{}, err
		}
	}
	out, err := p.plan(switchBackVerb, Reversible, p.writeGreen(p.marked(model.GreenBack, nil)), p.writeBlue(edits...))
	if err != nil {
		return Plan{}, err
	}
	out.Goes = true
	out.Title = fmt.Sprintf("switch the requests back to %s, once it is up", p.blue.Name())
	if why != "" {
		out.Impact.say("%s; requests go to %s until it is up", why, p.green.Name())
	}
	if p.renamed() {
		out.raise(Disruptive)
		out.Impact.say("then %s stops, and starts again without the aliases of %s, and so without requests", p.green.Name(), p.blue.Name())
	}
	out.Undo.Sentence = "switch over again"
	p.finish(&out)
	return out, nil
}

// back gives the requests back at once.
func (p pairing) back() (Plan, error) {
	h := p.handover(p.greenDoc, p.blueDoc)
	if !holds(p.greenDoc.Spec) {
		return p.stepBack() // A finish that was begun without a switch.
	}
	if err := h.possible(false); err != nil {
		return Plan{}, err
	}
	out, err := h.plan(switchBackVerb, p.writeGreen(p.marked(model.GreenBeside, nil)), p.writeBlue())
	if err != nil {
		return Plan{}, err
	}
	out.Title = fmt.Sprintf("switch the requests back from %s to %s", p.green.Name(), p.blue.Name())
	out.Impact.say("%s goes on running beside %s, without requests", p.green.Name(), p.blue.Name())
	out.Undo.Sentence = "switch over again"
	p.finish(&out)
	return out, nil
}

// stepBack takes the new one out again, while the old one has its part still.
func (p pairing) stepBack() (Plan, error) {
	before := labelsOf(p.greenDoc.Spec)
	parked := model.Parked(before)
	var weights []Edit
	if p.weighed() && p.mark.Phase == model.GreenStepping {
		parked, weights = model.Weighed(parked, p.proxies(), ""), p.weigh(p.blueDoc, p.mark.Weight)
	}
	edits := append(labelEdits(before, parked), p.marked(model.GreenBeside, nil))
	out, err := p.plan(switchBackVerb, Reversible, p.writeBlue(weights...), p.writeGreen(edits...))
	if err != nil {
		return Plan{}, err
	}
	out.Title = fmt.Sprintf("take %s out again: all requests go to %s", p.green.Name(), p.blue.Name())
	out.Impact.say("only labels change: no task restarts")
	out.Undo.Sentence = "switch over again"
	p.finish(&out)
	return out, nil
}

// warnNames says who still finds the old one, whatever a proxy does.
func (p pairing) warnNames(out *Plan) {
	h := p.handover(p.blueDoc, p.greenDoc)
	_, _, ports := published(p.blueDoc.Spec)
	moves := "what calls its aliases"
	switch {
	case len(h.routed) > 0:
		moves = "what comes through the proxy"
	case h.byPort():
		moves, ports = "what comes from outside", nil
	}
	if len(p.blue.Spec.TaskTemplate.Networks) > 0 {
		out.warn("services that call %s by its name in a network go on getting %s: only %s moves", p.blue.Name(), p.blue.Name(), moves)
	}
	if len(ports) > 0 {
		out.warn("the published %s %s %s with %s: what comes that way does not move", verb(len(ports), "port", "ports"), list(ports), verb(len(ports), "stays", "stay"), p.blue.Name())
	}
}

// finish is the end of every plan for a pair.
func (p pairing) finish(out *Plan) {
	for _, s := range []service{p.of(p.blue, p.blueDoc), p.of(p.green, p.greenDoc)} {
		touched := slices.ContainsFunc(out.Steps, func(st Step) bool { return st.Ref == s.in.Target.Ref })
		if !touched {
			continue
		}
		switch {
		case !s.underway():
		case out.Verb == switchBackVerb: // Going back is for when it goes wrong.
			out.raise(Disruptive)
			out.warn("%s is being updated, or its update is paused: from this write on it is updated to what that asks for", s.name())
		default:
			out.refuse("%s is being updated, or its update is paused: any write interferes with that; wait for its end, resume it or roll it back first", s.name())
		}
		if names := managedBy(s.spec); names != "" {
			out.warn("%s is managed by %s: what is changed here may not stay", s.name(), names)
		}
		if n := s.pending(); n > 0 {
			out.warn("%s: "+forgotten, s.name(), countAre(n, "task"))
		}
	}
	if stack := stackOf(Input{Doc: p.blueDoc}); stack != "" {
		out.warn("a docker stack deploy of %s in between gives %s back what its file says, and so its requests", stack, p.blue.Name())
	}
	out.confirm()
}
