// Package bench measures what is promised: an import beside ogr2ogr's, the time to
// be ready, the memory held, a click answered.
//
// It is not a test of correctness and nothing of the product imports it. The
// measuring stands in test files behind the build tag bench, so that `make bench`
// alone runs it.
//
// Invariant: a ratio compares figures of one run on one machine, taken in turns.
package bench
