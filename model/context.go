package model

// KindContext is the kind of docker contexts. They are none of the swarm's: they
// stand in files where skep runs.
const KindContext Kind = "context"

// Context is a docker context.
type Context struct {
	Name, Host, Description string
	// Current is set for the one that docker itself would use.
	Current bool
	// Production and ReadOnly are set where skep's configuration says so.
	Production, ReadOnly bool
}

// Ref names the context.
func (c Context) Ref() Ref { return Ref{KindContext, c.Name} }

var _ = register(KindInfo{Kind: KindContext, Plural: "contexts", Elsewhere: true})
