// Package sketch draws one parcel among its neighbours as SVG: land uses, planning
// zones, roads, water, buildings, edge lengths, scale bar, north.
//
// It is not a map and not an extract: it holds no state, knows no HTTP, and says
// nothing of law. Words and number formats come from its caller.
//
// Invariant: the drawing is to scale in one metric plane, from one view, and every
// text in it is escaped. It carries no style attribute and no script.
package sketch
