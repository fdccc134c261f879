// Package feed keeps the newest snapshot of a swarm at hand for whoever draws
// it, at a cost to the swarm's leader that stays small at any size.
//
// What it promises:
//
//   - Latest wins. A reader takes the newest snapshot with [Feed.Next] and gets
//     no others; snapshots nobody asked for in time are dropped. Memory does not
//     grow with the number of readers, nor with how slow they are.
//   - Lists are the truth, events are hints. An event only makes the feed list
//     sooner; when events stop without a word, slow polling goes on.
//   - It asks for what is looked at ([Feed.Look]), for what is out of order,
//     and, little by little, for the rest.
//   - It is polite by measurement. Requests go out one after the other, unless
//     one takes its time; one that took long is repeated seldom, and what is not
//     on the screen is read from a budget of bytes.
//   - It recovers by itself. An error leaves the last snapshot in place, marked
//     with an [model.Outage]; the feed connects again, to the next manager where
//     there are several, and reads everything anew.
//
// One goroutine, that of [Feed.Run], owns everything that changes. The other
// methods never block and may be called from any goroutine.
package feed
