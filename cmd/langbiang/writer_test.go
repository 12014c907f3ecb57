package main

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// TestASecondWriterIsToldToWait holds a store in the middle of a write: another
// process may read, and is told why it may not write.
func TestASecondWriterIsToldToWait(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		dalat(t, store)
		c := &console{now: time.Now, env: func(string) string { return "" }}
		s, err := openStore(t.Context(), store, c, writing)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		held, release, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		enough, letGo := errors.New("enough"), sync.OnceFunc(func() { close(release) })
		defer letGo() // else Close waits for the writer
		var ops iter.Seq2[change.Op, error] = func(yield func(change.Op, error) bool) {
			f := spatial.Feature{Layer: "documents", Values: make([]spatial.Value, fieldsOf("documents"))}
			if yield(change.Op{Verb: change.Create, Feature: f}, nil) {
				close(held)
				<-release
				yield(change.Op{}, enough)
			}
		}
		go func() {
			_, err := s.Apply(context.WithoutCancel(t.Context()), change.Commit{By: "test"}, ops)
			ended <- err
		}()
		select {
		case <-held:
		case err := <-ended:
			t.Fatalf("the first writer ended with %v", err)
		}
		must(t, 0, "key", "list", "--store", store)
		must(t, 0, "check", "--store", store)
		if d := must(t, 1, "import", "parcels", lotsFile(t, 3, 0), "--store", store); !strings.Contains(d.stderr, "store.busy") {
			t.Errorf("the second writer said %s", d.stderr)
		}
		if !isPostgres(store) { // a database takes keys beside a write: they have no revision
			if d := must(t, 1, "key", "create", "--role", "editor", "--name", "e", "--store", store); !strings.Contains(d.stderr, "store.busy") {
				t.Errorf("the second writer said %s", d.stderr)
			}
		}
		letGo()
		if err := <-ended; !errors.Is(err, enough) {
			t.Errorf("the first writer ended with %v", err)
		}
		must(t, 0, "import", "parcels", lotsFile(t, 3, 0), "--store", store)
	})
}

func fieldsOf(layer string) int {
	for _, l := range city.Layers() {
		if l.Name == layer {
			return len(l.Fields)
		}
	}
	return 0
}
