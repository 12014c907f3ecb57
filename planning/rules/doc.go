// Package rules reads rule packs: versioned YAML files that say what may be built,
// by which document, and how sure each number is. It holds the packs that come with
// the program.
//
// It is not where rules are applied: it makes a planning.Pack, which planning
// compiles and asks.
//
// Invariant: a pack that is read has no unknown word, no gap or overlap in a table,
// no rule without a document and a status; what is wrong with a file is told all at
// once, each fault with its line and column.
package rules
