// Package api serves the data as OGC API Features, the parcel card, search and
// sessions, with their OpenAPI description.
//
// It decides nothing about land: package city makes the card, the read model
// answers, a store answers for other days. Tiles, live changes and pages stand
// elsewhere.
//
// Invariant: every answer is made from one view of one tier, says which revision
// it shows, and holds nothing that the caller's tier may not see: no record, no
// field, no layer, no count. Every parameter is read or refused.
package api
