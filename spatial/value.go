package spatial

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// Type is the type of a field.
type Type uint8

const (
	TypeNull  Type = iota
	TypeBool       // true, false
	TypeInt        // 64 bits
	TypeFloat      // finite IEEE double
	TypeText       // UTF-8 in NFC
	TypeDate       // civil day
	TypeTime       // instant, UTC, to the millisecond
)

var typeNames = [...]string{"null", "bool", "int", "float", "text", "date", "time"}

// String is the type's name as stored.
func (t Type) String() string { return typeNames[t] }

// ParseType reads a type's name.
func ParseType(s string) (Type, error) {
	for i, n := range typeNames {
		if n == s && i > 0 {
			return Type(i), nil
		}
	}
	return TypeNull, &Error{Op: "read a field type", Kind: Invalid, Code: "type.unknown", Args: map[string]any{"value": s}}
}

// Value is one typed attribute value; the zero Value is null. Values compare with ==.
type Value struct {
	typ Type
	num uint64
	str string
}

// Text is a text value, brought to NFC.
func Text(s string) Value { return Value{typ: TypeText, str: norm.NFC.String(s)} }

// Normalised is a text value that is known to be in NFC already: what a store or
// the read model gives back.
func Normalised(s string) Value { return Value{typ: TypeText, str: s} }

// Int is a whole number.
func Int(i int64) Value { return Value{typ: TypeInt, num: uint64(i)} }

// Float is a finite number; NaN and infinities are null. Minus zero is zero.
func Float(f float64) Value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Value{}
	}
	return Value{typ: TypeFloat, num: math.Float64bits(f + 0)}
}

// Bool is a truth value.
func Bool(b bool) Value {
	if b {
		return Value{typ: TypeBool, num: 1}
	}
	return Value{typ: TypeBool}
}

// Day is a civil day; "" is null.
func Day(d Date) Value {
	if d == "" {
		return Value{}
	}
	return Value{typ: TypeDate, str: string(d)}
}

// Time is an instant, kept to the millisecond in UTC; the zero time is null.
func Time(t time.Time) Value {
	if t.IsZero() {
		return Value{}
	}
	return Value{typ: TypeTime, num: uint64(t.UnixMilli())}
}

// Millis is an instant given in milliseconds since 1970, UTC.
func Millis(ms int64) Value { return Value{typ: TypeTime, num: uint64(ms)} }

// Type is the value's type, TypeNull where it is null.
func (v Value) Type() Type { return v.typ }

// IsNull reports whether the value is null.
func (v Value) IsNull() bool { return v.typ == TypeNull }

// Text is the text of a text value, else "".
func (v Value) Text() string {
	if v.typ == TypeText {
		return v.str
	}
	return ""
}

// Int is the number of a whole-number value, else 0.
func (v Value) Int() int64 {
	if v.typ == TypeInt {
		return int64(v.num)
	}
	return 0
}

// Number is the value of an int or float and whether it is one.
func (v Value) Number() (float64, bool) {
	switch v.typ {
	case TypeInt:
		return float64(int64(v.num)), true
	case TypeFloat:
		return math.Float64frombits(v.num), true
	}
	return 0, false
}

// Bool is the truth of a bool value, else false.
func (v Value) Bool() bool { return v.typ == TypeBool && v.num == 1 }

// Day is the day of a date value, else "".
func (v Value) Day() Date {
	if v.typ == TypeDate {
		return Date(v.str)
	}
	return ""
}

// Time is the instant of a time value, else the zero time.
func (v Value) Time() time.Time {
	if v.typ == TypeTime {
		return time.UnixMilli(int64(v.num)).UTC()
	}
	return time.Time{}
}

// String is the value as text: what a CSV cell or a search key holds; "" for null.
func (v Value) String() string {
	switch v.typ {
	case TypeText, TypeDate:
		return v.str
	case TypeInt:
		return strconv.FormatInt(int64(v.num), 10)
	case TypeFloat:
		return strconv.FormatFloat(math.Float64frombits(v.num), 'f', -1, 64)
	case TypeBool:
		return strconv.FormatBool(v.num == 1)
	case TypeTime:
		return v.Time().Format("2006-01-02T15:04:05.000Z")
	}
	return ""
}

// Any is the value as a plain Go value: nil, bool, int64, float64, or string
// (dates and times in RFC 3339).
func (v Value) Any() any {
	switch v.typ {
	case TypeNull:
		return nil
	case TypeBool:
		return v.num == 1
	case TypeInt:
		return int64(v.num)
	case TypeFloat:
		return math.Float64frombits(v.num)
	}
	return v.String()
}

// MarshalJSON writes null, true, 3, 2.5, "text", "2025-07-01", "2025-07-01T00:00:00.000Z".
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.typ {
	case TypeNull:
		return []byte("null"), nil
	case TypeBool, TypeInt, TypeFloat:
		return []byte(v.String()), nil
	}
	return json.Marshal(v.String())
}

// ParseValue reads text as a value of type t: "" is null. Numbers take a decimal
// point or, where there is no point, a decimal comma; thousands separators are
// refused, never guessed.
func ParseValue(t Type, s string) (Value, error) {
	trimmed := strings.TrimSpace(s)
	if trimmed == "" {
		return Value{}, nil
	}
	bad := &Error{Op: "read a value", Kind: Invalid, Code: "value.malformed", Args: map[string]any{"value": s, "type": t.String()}}
	switch t {
	case TypeText:
		return Text(trimmed), nil
	case TypeBool:
		switch strings.ToLower(trimmed) {
		case "1", "t", "true", "yes", "y":
			return Bool(true), nil
		case "0", "f", "false", "no", "n":
			return Bool(false), nil
		}
	case TypeInt:
		if i, err := strconv.ParseInt(trimmed, 10, 64); err == nil {
			return Int(i), nil
		}
		if f, err := strconv.ParseFloat(trimmed, 64); err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return Int(int64(f)), nil
		}
	case TypeFloat:
		if strings.Count(trimmed, ",") == 1 && !strings.Contains(trimmed, ".") {
			trimmed = strings.Replace(trimmed, ",", ".", 1)
		}
		if f, err := strconv.ParseFloat(trimmed, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return Float(f), nil
		}
	case TypeDate:
		if d, err := ParseDate(trimmed, nil); err == nil {
			return Day(d), nil
		}
		for _, f := range []string{"20060102", "02/01/2006", "2/1/2006", "02-01-2006"} {
			if d, err := time.Parse(f, trimmed); err == nil {
				return Day(Date(d.Format(time.DateOnly))), nil
			}
		}
	case TypeTime:
		for _, f := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly} {
			if d, err := time.Parse(f, trimmed); err == nil {
				return Time(d), nil
			}
		}
	}
	return Value{}, bad
}

// Cast brings v to type t where that loses nothing (int to float, whole float to
// int, anything to text, text parsed as by ParseValue); an error says what did not fit.
func Cast(t Type, v Value) (Value, error) {
	if v.IsNull() || v.typ == t {
		return v, nil
	}
	if t == TypeFloat && v.typ == TypeInt {
		return Float(float64(int64(v.num))), nil
	}
	return ParseValue(t, v.String())
}
