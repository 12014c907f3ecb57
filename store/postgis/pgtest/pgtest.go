// Package pgtest gives tests a real PostgreSQL with PostGIS: a throw-away cluster
// a process, a database a test.
//
// It is a test package: nothing of the product imports it. It installs nothing
// and never touches a server that it did not start.
//
// Invariant: whatever ends the test process (a return, a panic, a time-out, a
// kill), its servers stop and their files go.
package pgtest

import (
	"sync"
	"testing"
)

// shared is the one cluster of the process. It is package state, which the house
// has nowhere else: starting a server a test would cost a second each, and a test
// binary has no main of ours that could hold it.
var shared = sync.OnceValues(func() (*Server, error) {
	s, err := create()
	if err != nil {
		return nil, err
	}
	if err := s.start(); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
})

// New clones a database with PostGIS for one test on the process's own server,
// and drops it when the test ends. The DSN is a URL on 127.0.0.1, with the rights
// of a superuser. Where PostgreSQL or PostGIS is not installed, the test fails
// and says what to install.
func New(t testing.TB) (dsn string) {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return s.New(t)
}

// NewServer starts a server for one test alone, which may stop and start it.
// settings are further PostgreSQL settings, "fsync=on". It ends with the test.
func NewServer(t testing.TB, settings ...string) *Server {
	t.Helper()
	s, err := create(settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.remove)
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	return s
}
