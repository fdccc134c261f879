package engine

import "time"

// Times. The engine itself gives up on the leader after 20 s (moby
// daemon/cluster, swarmRequestTimeout), so answerTimeout has to be longer:
// a shorter one would hide what the engine has to say about it.
const (
	// dialTimeout bounds the making of a connection. A host that takes longer
	// is worth skipping for the next manager.
	dialTimeout = 5 * time.Second
	// sshTimeout is the same for ssh, which has names to resolve, keys to
	// agree on and perhaps a jump host in between.
	sshTimeout = 10 * time.Second
	// pingTimeout bounds the first request, which the engine answers without
	// asking anybody: one that accepts connections but is stuck is passed by.
	pingTimeout = 8 * time.Second
	// answerTimeout bounds the wait for the first byte of an answer and for
	// every byte after it. It is no limit on the whole, because 7 MB of tasks
	// through a slow SSH link take their time.
	answerTimeout = 25 * time.Second
	// writeTimeout bounds a write to the last byte of its answer, which is short:
	// one of which a byte comes now and then has no other end.
	writeTimeout = 30 * time.Second
	// wholePatience bounds a single object in the same way, as a multiple of how
	// long its next byte is waited for.
	wholePatience = 2
	// infoTimeout is answerTimeout for GET /info, which waits for every
	// container of the machine that is busy with a health check. Nothing waits
	// for it.
	infoTimeout = 2 * time.Minute
	// infoPatience is how long an error waits for it, so that it can name the
	// managers at once. Most often it takes milliseconds.
	infoPatience = time.Second
	// identityAge is how long a connection counts as leading to the swarm that
	// it was last seen to lead to. Asking costs the leader a millisecond.
	identityAge = 10 * time.Second
	// identityPatience is how long a read waits for that, and identitySilence
	// how long none does again where the engine would not say.
	identityPatience = 2 * time.Second
	identitySilence  = 30 * time.Second
	// writeIdentityPatience is how long a write waits for it.
	writeIdentityPatience = 15 * time.Second
	// resendWithin is how soon after a request a closed connection may be one
	// that was idle for too long, so that it is worth sending the request again.
	resendWithin = time.Second
	// registryTimeout is answerTimeout where the engine asks a registry.
	registryTimeout = 60 * time.Second
	// credentialTimeout bounds a credential helper, which may ask a keyring.
	credentialTimeout = 20 * time.Second
	// keepAlive is how long a connection may be silent before the kernel asks
	// whether the peer is still there, and how long between such questions;
	// after keepAliveProbes unanswered ones it is broken. Streams of events
	// and logs have no other limit.
	keepAlive       = 15 * time.Second
	keepAliveProbes = 3
	// idleTimeout is how long a connection without a request is kept. It is
	// longer than the slowest polling, because through ssh a new connection is
	// a new process and a new login.
	idleTimeout = 90 * time.Second
	// eventOverlap is how far back a subscription asks for events that
	// happened before it. The engine sends its headers just before it
	// subscribes, so this closes the gap between the two.
	eventOverlap = time.Second
)

// Sizes, in bytes but for the counts.
const (
	// maxBody is the largest answer that is read: a hundred times a swarm of
	// ten thousand tasks.
	maxBody = 512 << 20
	// maxDocument is the largest single object. What the swarm's store holds is
	// smaller than 1.5 MiB (swarmkit manager/state/store/memory.go,
	// MaxTransactionBytes); JSON makes up to six bytes of one.
	maxDocument = 8 << 20
	// maxErrorBody is the largest error message that is read.
	maxErrorBody = 1 << 20
	// maxElement is the largest single element of a list.
	maxElement = maxDocument
	// maxParts is how many parts an object may have: the items of its lists and
	// the fields of its objects. partWeight is about what one takes in memory.
	maxParts   = 200_000
	partWeight = 48
	// elementWeight is what an element takes beside its parts.
	elementWeight = 1 << 10
	// maxKept bounds what is kept of one list, by estimate: 150,000 tasks or
	// 10,000 services.
	maxKept = 96 << 20
	// maxText is the longest text that is kept of an object that is listed, and
	// maxSaid the longest message of the engine: both far longer than any that
	// was seen.
	maxText = 4 << 10
	maxSaid = 16 << 10
	// readBuffer is how much is read of a connection at once. The transport's own
	// 4 KiB are a dozen lines of a log.
	readBuffer = 32 << 10
	// maxHeader bounds the headers of an answer.
	maxHeader = 256 << 10
	// maxEvent is the largest single event.
	maxEvent = 1 << 20
	// maxIdle is the number of idle connections kept for one manager.
	maxIdle = 4
	// internedSpecs and internedBytes bound one generation of the shared task
	// specifications; there are two. A swarm has about as many distinct ones
	// as its services have had versions within their task history.
	internedSpecs = 4096
	internedBytes = 6 << 20
	// internedWords bounds one generation of shared strings.
	internedWords = 16384
)
