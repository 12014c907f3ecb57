// Package planning says what may be built and why: plans, zones, restrictions,
// documents, and the assessment of a site under them.
//
// It knows nothing of parcels (city hands it a Site), of stores or of HTTP, and
// holds no legal number: numbers come with the zones and rules it is given.
//
// Invariant: every number of an answer names where it comes from; where nothing
// is known the answer says so, and never zero.
package planning
