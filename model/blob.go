package model

// The kinds of what is kept for services to read.
const (
	KindSecret Kind = "secret"
	KindConfig Kind = "config"
)

var (
	_ = register(KindInfo{Kind: KindSecret, Plural: "secrets", Path: "/secrets"})
	_ = register(KindInfo{Kind: KindConfig, Plural: "configs", Path: "/configs"})
)
