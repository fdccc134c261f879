package model

// KindRecord is the kind of the journal's records: what is known of one action.
// They are none of the swarm's: they stand in files where skep runs.
const KindRecord Kind = "record"

var _ = register(KindInfo{Kind: KindRecord, Plural: "records", Elsewhere: true, Sealed: true})
