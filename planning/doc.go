// Package planning says what may be built and why: plans, zones, restrictions,
// rules, documents, and the assessment of a site under them.
//
// It knows nothing of parcels (city hands it a Site), of stores, of HTTP, or of how
// a rule pack is written (planning/rules reads them), and holds no legal number:
// numbers come with the zones and rules it is given.
//
// Invariant: every number of an answer names where it comes from; where nothing
// is known the answer says so, and never zero. What is not known never makes an
// answer looser than it would be if it were known.
package planning
