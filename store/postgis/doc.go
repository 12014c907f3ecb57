// Package postgis is the store for production: PostgreSQL with PostGIS as the
// system of record.
//
// It is not a read model and not a cache: spatial/index holds the present in
// memory and follows the log kept here. It never runs the geometry of an answer
// in SQL.
//
// Records stand in typed tables, one a layer, with constraints and GiST indexes;
// LAYER holds the present version of each record, LAYER_history every other one.
// Anybody may read the views of the schema langbiang_views; only a transaction
// that also writes the log can commit a write.
//
// Invariant: a writer locks the one row of lb_head first and moves it last, so
// that writers are serialised, revisions have no gaps, and a row never becomes
// visible without the log row that tells of it.
package postgis
