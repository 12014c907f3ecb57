// Package live tells browsers what changed, as server-sent events.
//
// It is not the log: it keeps a short ring of summaries, one a publish of the read
// model, so that a browser that was away a moment resumes; one that was away for
// longer is told to start over ("reset").
//
// Invariant: Publish never waits for anybody. A subscriber is told of a record
// only if its tier may see the record before or after the change, and of a place
// only if its tier may see the record there.
package live
