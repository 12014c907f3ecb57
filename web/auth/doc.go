// Package auth tells who sends a request: by a bearer key, by a session cookie,
// or nobody in particular. It opens and closes sessions.
//
// It is not authorisation: access.Caller says what a caller may see and do, and
// each handler asks it. It keeps no keys: a store does.
//
// Invariant: a secret is never kept, logged or compared; it is hashed, and the
// hash is looked up. A revoked key is refused within Config.Fresh.
package auth
