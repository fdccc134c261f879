package ownfile

import "os"

const noFollow = 0

func mine(os.FileInfo) bool { return true }
