package simswarm

import (
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// journal is the log of one of the imaginary registry's programs: some lines at
// the start, then one line a period with some jitter, then last words.
type journal struct {
	voice  voice
	seed   string
	opens  []said
	begins time.Duration
	period time.Duration
	ends   time.Duration // negative: never
	closes []said        // the times count back from the end
}

// newJournal gives the log of a task's container that lives so long.
func newJournal(i image, t *task, lasts time.Duration) journal {
	v := voices[i.kind]
	j := journal{voice: v, seed: t.id(), ends: lasts, period: v.period}
	repo, tag := splitImage(t.api.Spec.ContainerSpec.Image)
	for n, text := range v.opening(repo, tag, t.api.Spec.ContainerSpec) {
		j.opens = append(j.opens, said{time.Duration(n*35+3) * time.Millisecond, 1, text})
	}
	j.begins = time.Duration(len(j.opens)*35+400) * time.Millisecond
	switch {
	case i.fate == fateCrash:
		j.closes = crashWords(repo, tag)
	case i.fate == fateSick:
		j.period = 2 * time.Second
		j.voice.say = sickLine
	case lasts >= 0:
		j.closes = []said{{20 * time.Millisecond, 1, `level=info msg="batch finished" processed=` + digits(hash(t.id(), 9)%90000+10000) + ` failed=0`}}
	}
	return j
}

func (j journal) body() int {
	if j.ends < 0 {
		return int(^uint(0) >> 1)
	}
	end := j.ends - 500*time.Millisecond
	if end < j.begins {
		return 0
	}
	return int((end - j.begins) / j.period)
}

// offset is when line i of the body is written. The jitter is smaller than the
// period, so that the lines stay in order.
func (j journal) offset(i int) time.Duration {
	jitter := time.Duration(hash(j.seed, uint64(i)) % uint64(j.period))
	return j.begins + time.Duration(i)*j.period + jitter
}

func (j journal) count(d time.Duration) int {
	n := 0
	for n < len(j.opens) && j.opens[n].at <= d {
		n++
	}
	if d < j.begins {
		return n
	}
	m := int((d - j.begins) / j.period)
	if j.offset(m) <= d {
		m++
	}
	n += min(m, j.body())
	if j.ends >= 0 {
		for _, l := range j.closes {
			if j.ends-l.at <= d {
				n++
			}
		}
	}
	return n
}

func (j journal) line(i int) (time.Duration, byte, string) {
	if i < len(j.opens) {
		l := j.opens[i]
		return l.at, l.stream, l.text
	}
	i -= len(j.opens)
	if i < j.body() {
		stream, text := j.voice.say(j.seed, i)
		return j.offset(i), stream, text
	}
	l := j.closes[min(i-j.body(), len(j.closes)-1)]
	return j.ends - l.at, l.stream, l.text
}

// voice is the way a kind of program writes its log.
type voice struct {
	period  time.Duration
	opening func(repo, tag string, spec *swarm.ContainerSpec) []string
	say     func(seed string, i int) (byte, string)
}
