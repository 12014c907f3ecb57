package demo_test

import (
	"testing"

	"github.com/langbiang/langbiang/demo"
)

// BenchmarkBuild lays the usual city out; BenchmarkOps makes its records.
func BenchmarkBuild(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := demo.Build(demo.Options{Seed: 1}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOps(b *testing.B) {
	c, err := demo.Build(demo.Options{Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range c.Ops() {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		b.ReportMetric(float64(n), "records")
	}
}
