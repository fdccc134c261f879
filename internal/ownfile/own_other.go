//go:build !unix

package ownfile

import "os"

const noFollow = 0

func ownerOf(os.FileInfo) int { return -1 }

func giveToOwnerOf(string, string) error { return nil }
