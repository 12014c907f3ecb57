// Package sqlite is the embedded store: one file, which is a GeoPackage that
// QGIS and GDAL open as it stands.
//
// It is not a server and not the read model: it persists records, their history
// and the change log, and answers questions about days past. Rules about
// versions are store.Plan's.
//
// Invariant: a write is one transaction that takes the file's one write lock
// first, so revisions and ids are gapless and visible in order, and a file that
// was killed at any moment is as before a commit or as after it.
//
// # The file
//
// A layer L has the table L, which holds the present version of each record, and
// L_history, which holds every other one; nothing is stored twice. Each legal
// SRID in use has a view, such as parcels_5899, whose geometry is the surveyed
// shape. Tables of layers and those views are registered as the GeoPackage's
// contents; L_history and lb_ tables are the store's own. The schema's version
// stands in lb_head, since a GeoPackage's user_version is the standard's.
package sqlite
