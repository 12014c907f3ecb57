// Package tt16 is the vocabulary of a plan's GIS dossier, by Annex II of Circular
// 16/2025/TT-BXD: feature classes, fields, codes and symbols, and what each is here.
// It turns rows of a class into rows of a layer, and records back into rows.
//
// It is not a reader of files (importers finds and opens them), not a writer
// (importers/export is), and no judge of plans: what it finds odd it says, and the
// row goes on.
//
// Invariant: nothing of a row is lost on the way in. What is said in the names of a
// layer is said there; all else stands beside it under its own name.
package tt16
