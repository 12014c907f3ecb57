// Package pages are the plain readable pages that work without script: the start
// page with its search, a parcel with everything said of it, a chooser, and error
// pages, in Vietnamese and English.
//
// It is not the map and not the API: it computes no fact, reads no store but for a
// parcel's history, and sends no script.
//
// Invariant: a page is made from one view of the model, as one access tier may see
// it, and every text in it that is not ours is escaped.
package pages
