//go:build !unix

package ownerdir

import "os"

func ownerOf(os.FileInfo) int { return -1 }
