package filter

import (
	"cmp"
	"strings"
	"time"

	"github.com/langbiang/langbiang/spatial"
)

// form is what an instant is.
type form uint8

const (
	missing form = iota
	day          // a civil day, as fine as it is known
	moment       // an instant
	always       // no bound, to the side of sign
)

// instant is a point in time as a row or a literal has it. A day and a moment
// compare by the day that the moment falls on.
type instant struct {
	form  form
	sign  int8
	known bool // ms and end of a day have been worked out
	day   string
	ms    int64 // a moment; the beginning of a day
	end   int64 // the beginning of the next day
}

func instantOf(v spatial.Value) instant {
	switch v.Type() {
	case spatial.TypeDate:
		return instant{form: day, day: string(v.Day())}
	case spatial.TypeTime:
		return instant{form: moment, ms: v.Time().UnixMilli()}
	}
	return instant{}
}

// bound works out when a day begins and ends.
func (i *instant) bound(zone *time.Location) {
	if i.form != day || i.known || len(i.day) != len(time.DateOnly) {
		return
	}
	digits := func(s string) (n int) {
		for k := range len(s) {
			n = n*10 + int(s[k]-'0')
		}
		return n
	}
	y, m, d := digits(i.day[:4]), time.Month(digits(i.day[5:7])), digits(i.day[8:])
	i.ms, i.end = time.Date(y, m, d, 0, 0, 0, 0, zone).UnixMilli(), time.Date(y, m, d+1, 0, 0, 0, 0, zone).UnixMilli()
	i.known = true
}

// compare orders two instants, neither of them missing.
func (i *instant) compare(j *instant, zone *time.Location) int {
	switch {
	case i.form == always || j.form == always:
		return cmp.Compare(i.sign, j.sign)
	case i.form == day && j.form == day:
		return strings.Compare(i.day, j.day)
	case i.form == moment && j.form == moment:
		return cmp.Compare(i.ms, j.ms)
	case i.form == day:
		return -j.compare(i, zone)
	}
	d := *j
	d.bound(zone)
	switch {
	case i.ms < d.ms:
		return -1
	case i.ms >= d.end:
		return 1
	}
	return 0
}

// instant is the value of a date or a time.
func (n *node) instant(r Row) instant {
	if n.fixed {
		return n.period[0]
	}
	return instantOf(n.scalar(r))
}

// interval is the beginning and the end of an operand of a temporal function; of
// an instant both are the same.
func (n *node) interval(r Row) (from, to instant) {
	switch {
	case n.fixed:
		return n.period[0], n.period[1]
	case n.op != opInterval:
		i := n.instant(r)
		return i, i
	}
	from, to = n.args[0].instant(r), n.args[1].instant(r)
	if n.args[0].name == ".." && n.args[0].op == opLiteral {
		from = instant{form: always, sign: -1}
	}
	if n.args[1].name == ".." && n.args[1].op == opLiteral {
		to = instant{form: always, sign: 1}
	}
	return from, to
}

// when is the truth of a temporal function: OGC 21-065r2, 7.7, by the begin and
// end of both operands.
func (n *node) when(r Row) truth {
	a, b := n.args[0], n.args[1]
	af, at := a.interval(r)
	bf, bt := b.interval(r)
	if af.form == missing || at.form == missing || bf.form == missing || bt.form == missing {
		return unknown
	}
	zone := n.zone
	switch n.op {
	case opAfter:
		return truthIf(af.compare(&bt, zone) > 0)
	case opBefore:
		return truthIf(at.compare(&bf, zone) < 0)
	case opTDisjoint:
		return truthIf(af.compare(&bt, zone) > 0 || at.compare(&bf, zone) < 0)
	case opTIntersects:
		return truthIf(af.compare(&bt, zone) <= 0 && at.compare(&bf, zone) >= 0)
	case opMeets:
		return truthIf(at.compare(&bf, zone) == 0)
	case opMetBy:
		return truthIf(af.compare(&bt, zone) == 0)
	}
	begin, end := af.compare(&bf, zone), at.compare(&bt, zone)
	switch n.op {
	case opTContains:
		return truthIf(begin < 0 && end > 0)
	case opDuring:
		return truthIf(begin > 0 && end < 0)
	case opTEquals:
		return truthIf(begin == 0 && end == 0)
	case opFinishedBy:
		return truthIf(begin < 0 && end == 0)
	case opFinishes:
		return truthIf(begin > 0 && end == 0)
	case opStartedBy:
		return truthIf(begin == 0 && end > 0)
	case opStarts:
		return truthIf(begin == 0 && end < 0)
	case opTOverlaps:
		return truthIf(begin < 0 && at.compare(&bf, zone) > 0 && end < 0)
	case opOverlappedBy:
		return truthIf(begin > 0 && af.compare(&bt, zone) < 0 && end > 0)
	}
	return unknown
}
