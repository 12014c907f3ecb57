package api

import (
	"testing"

	"github.com/langbiang/langbiang/city/queries"
)

// What is kept stays within its bounds, lets go of what was not asked for the longest,
// and of a question holds one answer.
func TestAnswersAreBounded(t *testing.T) {
	var a answers
	key := func(n byte, facts uint64) chosenKey { return chosenKey{facts: facts, question: [32]byte{n}} }
	for n := range byte(mostAnswers + 10) {
		a.keep(key(n, 1), &queries.Set{})
		if _, ok := a.find(key(0, 1)); !ok {
			t.Fatalf("after %d: what is asked for all the time is gone", n)
		}
	}
	if len(a.kept) != mostAnswers || a.size != mostAnswers*(&queries.Set{}).Size() {
		t.Errorf("%d kept, %d bytes", len(a.kept), a.size)
	}
	if _, ok := a.find(key(1, 1)); ok {
		t.Error("what was not asked for is still there")
	}
	a.keep(key(0, 2), &queries.Set{})
	if _, ok := a.find(key(0, 1)); ok || len(a.kept) != mostAnswers {
		t.Errorf("the answer of before is still there, of %d", len(a.kept))
	}
}
