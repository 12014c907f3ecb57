// Package web is the HTTP edge: it puts the interface, live changes, tiles and
// pages on one router, behind what every request goes through.
//
// It knows no store and decides nothing about land. It does not listen: New gives
// a handler, Server a server with bounds for it.
//
// Invariant: every answer carries Langbiang-Revision and the security headers,
// every error is a problem document, and no secret reaches a log.
package web
