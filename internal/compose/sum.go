package compose

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/moby/moby/api/types/swarm"
)

// sealedRounds make it slow to try values out until the sum is the one that is
// seen: the sum of a secret is in its labels and in its name. About 20 ms.
var sealedRounds = 100_000

const (
	// openRounds are those of what anybody can read, which needs none.
	openRounds = 1
	// sumLength is of the sum in bytes: enough that two versions of one file never
	// share one, and too little to tell a value that was guessed for certain.
	sumLength = 5
)

// sumOf stands for the content of a config or secret: what the engine cannot change
// in one that is there. The salt is its name, so that the same value under two names
// does not show.
func sumOf(spec swarm.SecretSpec, sealed bool) (string, error) {
	rounds := openRounds
	if sealed {
		rounds = sealedRounds
	}
	name := spec.Name
	spec.Annotations = swarm.Annotations{}
	content, err := json.Marshal(spec)
	if err != nil {
		return "", err
	}
	sum, err := pbkdf2.Key(sha256.New, string(content), []byte("skep content "+name), rounds, sumLength)
	return hex.EncodeToString(sum), err
}
