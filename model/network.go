package model

// KindNetwork is the kind of networks.
const KindNetwork Kind = "network"

var _ = register(KindInfo{Kind: KindNetwork, Plural: "networks", Path: "/networks", Bare: true})
