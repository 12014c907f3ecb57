package spatial

import (
	"time"
)

// Date is a civil day, "2006-01-02"; "" is no bound. Days compare as strings.
// Which instant a day begins at depends on the place's time zone.
type Date string

// ParseDate reads "2006-01-02" or the day of an RFC 3339 instant in zone; "" and
// ".." are no bound.
func ParseDate(s string, zone *time.Location) (Date, error) {
	if s == "" || s == ".." {
		return "", nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return Date(t.Format(time.DateOnly)), nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return DayOf(t, zone), nil
	}
	return "", &Error{Op: "read a date", Kind: Invalid, Code: "date.malformed", Args: map[string]any{"value": s}}
}

// DayOf is the civil day of an instant in zone (UTC where zone is nil).
func DayOf(t time.Time, zone *time.Location) Date {
	if zone == nil {
		zone = time.UTC
	}
	return Date(t.In(zone).Format(time.DateOnly))
}

// Period is the half-open span of valid time [From, To).
type Period struct{ From, To Date }

// Holds reports whether day d lies in the period; the empty day "" (always) lies
// in every period.
func (p Period) Holds(d Date) bool {
	return d == "" || (p.From <= d && (p.To == "" || d < p.To))
}

// Overlaps reports whether two periods share a day.
func (p Period) Overlaps(q Period) bool {
	return (p.To == "" || q.From < p.To) && (q.To == "" || p.From < q.To)
}

// Empty reports whether the period holds no day at all.
func (p Period) Empty() bool { return p.To != "" && p.To <= p.From }

// Minus is what is left of p outside q: none, one or two periods.
func (p Period) Minus(q Period) []Period {
	if !p.Overlaps(q) {
		return []Period{p}
	}
	var left []Period
	if p.From < q.From {
		left = append(left, Period{p.From, q.From})
	}
	if q.To != "" && (p.To == "" || q.To < p.To) {
		left = append(left, Period{q.To, p.To})
	}
	return left
}

// AsOf asks for the state on a day as it was known at an instant. The zero value
// is the present as now known.
type AsOf struct {
	On       Date      // valid time; "" = today
	Recorded time.Time // recorded time; zero = now
}

// Present reports whether a asks for the present as now known.
func (a AsOf) Present() bool { return a.On == "" && a.Recorded.IsZero() }
