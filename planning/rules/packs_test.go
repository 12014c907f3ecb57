package rules

import "testing"

func TestSmoke(t *testing.T) {
	for _, f := range []func() (p, error){} {
		_ = f
	}
	if _, err := National(); err != nil {
		t.Error(err)
	}
	if _, err := Demo(); err != nil {
		t.Error(err)
	}
}

type p struct{}
