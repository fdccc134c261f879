//go:build !unix

package ownerdir

func giveToOwnerOf(string, string) error { return nil }
