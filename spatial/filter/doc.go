// Package filter reads CQL2 (OGC 21-065r2), as text and as JSON, into one typed
// expression, and says which rows it holds for.
//
// It is not a query engine: it walks no rows, knows no store and no coordinate
// system. Property names and types are the caller's Schema, values and shapes the
// caller's Row; shapes of rows and literals are in one coordinate system, and
// distances are measured in the Schema's plane.
//
// Invariant: an Expr is well typed and within the bounds of limits.go, whatever
// text it was read from, and reading never takes memory or time beyond them. Its
// meaning is three-valued: what cannot be known, because a value is missing or a
// shape is broken, is neither true nor false, and a row matches only where the
// whole is true. An Expr is not changed once it is made; any number of readers may
// use it at once.
//
// A literal shape that is not valid is refused where the answer could depend on it;
// S_INTERSECTS, S_DISJOINT and S_DWITHIN read its rings by the even-odd rule.
//
// Beyond the standard it knows S_DWITHIN(a, b, d), in JSON s_dwithin: a and b are
// no more than d metres apart. Texts compare exactly, by code points, unless CASEI
// or ACCENTI says otherwise. A day and an instant compare by the day that the
// instant falls on. Arithmetic is of IEEE doubles; what has no finite result is
// missing. A property of several values is compared value by value (Lists). Arrays of
// the standard, and functions other than the standard's, are refused by name.
package filter
