package planning

import (
	"math"
	"strconv"
	"strings"
)

// Band is a range of numbers, none below zero: from Low to High, each end in it
// unless it is open. A point has equal ends.
type Band struct {
	Low, High         float64
	LowOpen, HighOpen bool
}

// ParseBand reads a band as packs write it: "<19", "<=90", ">=28", ">46", "100" (a
// point), "19..28" (both ends in it), "19..<22" and "19<..22" (the end beside the
// sign is not). ok is false where s is none of these, or holds no number.
func ParseBand(s string) (b Band, ok bool) {
	number := func(s string) float64 {
		s = strings.TrimSpace(s)
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || strings.ContainsAny(s, "xXpP_+") || !(f >= 0) || f > 1e12 {
			ok = false
		}
		return f
	}
	ok = true
	s = strings.TrimSpace(s)
	if low, high, is := strings.Cut(s, ".."); is {
		low, b.LowOpen = strings.CutSuffix(low, "<")
		high, b.HighOpen = strings.CutPrefix(high, "<")
		b.Low, b.High = number(low), number(high)
		return b, ok && b.Low < b.High
	}
	switch {
	case strings.HasPrefix(s, "<="):
		b.High = number(s[2:])
	case strings.HasPrefix(s, "<"):
		b.High, b.HighOpen = number(s[1:]), true
		ok = ok && b.High > 0
	case strings.HasPrefix(s, ">="):
		b.Low, b.High = number(s[2:]), math.Inf(1)
	case strings.HasPrefix(s, ">"):
		b.Low, b.LowOpen, b.High = number(s[1:]), true, math.Inf(1)
	default:
		b.Low = number(s)
		b.High = b.Low
	}
	return b, ok
}

// String is the band as packs write it.
func (b Band) String() string {
	f := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	sign := func(open bool, s string) string {
		if open {
			return s
		}
		return s + "="
	}
	switch {
	case b.Low == b.High:
		return f(b.Low)
	case math.IsInf(b.High, 1):
		return sign(b.LowOpen, ">") + f(b.Low)
	case b.Low == 0 && !b.LowOpen:
		return sign(b.HighOpen, "<") + f(b.High)
	}
	low, high := "", ""
	if b.LowOpen {
		low = "<"
	}
	if b.HighOpen {
		high = "<"
	}
	return f(b.Low) + low + ".." + high + f(b.High)
}

// Holds reports whether v lies in the band.
func (b Band) Holds(v float64) bool {
	return (v > b.Low || v == b.Low && !b.LowOpen) && (v < b.High || v == b.High && !b.HighOpen)
}

func (b Band) point() bool { return b.Low == b.High }

// Joins reports whether next begins exactly where b ends: no gap, nothing twice.
func (b Band) Joins(next Band) bool { return b.High == next.Low && b.HighOpen != next.LowOpen }

// span is what is known of a number: it lies between lo and hi, both ends in it.
type span struct{ lo, hi float64 }

func exactly(v float64) span { return span{v, v} }

func (s span) exact() bool { return s.lo == s.hi }

// truth has three values.
type truth uint8

const (
	no truth = iota
	maybe
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// holds reports whether a number known to lie in s lies in the band.
func (b Band) holds(s span) truth {
	low, high := b.Holds(s.lo), b.Holds(s.hi)
	switch {
	case low && high:
		return yes
	case s.hi < b.Low || s.hi == b.Low && b.LowOpen || s.lo > b.High || s.lo == b.High && b.HighOpen:
		return no
	}
	return maybe
}
