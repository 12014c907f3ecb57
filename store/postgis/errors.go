package postgis

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/langbiang/langbiang/spatial"
)

// fault brings an error of the driver to a *spatial.Error; one that is one
// already stays as it is. nil stays nil.
func fault(op string, err error) error {
	if err == nil || isSpatial(err) {
		return err
	}
	e := &spatial.Error{Op: op, Kind: spatial.Internal, Code: "store.failed", Err: err}
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &pg):
		classify(e, pg)
	case errors.Is(err, errPatience), errors.As(err, &connect): // which has a time-out of its own
		e.Kind, e.Code = spatial.Unavailable, "store.away"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		e.Kind, e.Code = spatial.Unavailable, "store.cancelled"
	case strings.Contains(err.Error(), "closed pool"): // the driver exports no value for it
		e.Kind, e.Code = spatial.Unavailable, "store.closed"
	case lost(err):
		e.Kind, e.Code = spatial.Unavailable, "store.away"
	}
	return e
}

func isSpatial(err error) bool {
	var e *spatial.Error
	return errors.As(err, &e)
}

// classify reads a SQLSTATE.
func classify(e *spatial.Error, pg *pgconn.PgError) {
	away := func(code string) { e.Kind, e.Code = spatial.Unavailable, code }
	switch pg.Code {
	case "55P03", "40001", "40P01": // lock not available, serialisation, deadlock
		away("store.busy")
	case "57014": // a statement was cancelled
		away("store.cancelled")
	case "53100": // disk full
		away("store.full")
	case "28000", "28P01", "3D000", "42501": // login, password, no such database, no right
		away("store.noAccess")
		e.Args = map[string]any{"detail": pg.Message}
	case "LB001": // the guard's own
		e.Kind, e.Code = spatial.Denied, "store.noLog"
	case "23505": // unique
		e.Kind, e.Code, e.Args = spatial.Conflict, "record.duplicate", map[string]any{"constraint": pg.ConstraintName}
		e.Subject = layerOf(pg.TableName)
	case "23514", "23503", "23502", "23P01": // check, foreign key, not null, exclusion
		e.Kind, e.Code, e.Args = spatial.Invalid, "record.constraint", map[string]any{"constraint": pg.ConstraintName}
		e.Subject = layerOf(pg.TableName)
	case "42P01", "3F000", "42703": // no such table, schema, column
		e.Kind, e.Code = spatial.Conflict, "store.needsMigration"
	case "XX001", "XX002": // a corrupt page or index
		e.Code = "store.corrupt"
	default:
		switch {
		case strings.HasPrefix(pg.Code, "08"), strings.HasPrefix(pg.Code, "57P"), strings.HasPrefix(pg.Code, "53"):
			away("store.away")
		case strings.HasPrefix(pg.Code, "22"): // what a column's type cannot hold
			e.Kind, e.Code, e.Args = spatial.Invalid, "record.constraint", map[string]any{"constraint": pg.Message}
		}
	}
}

// layerOf is the layer that a table belongs to; "" for the store's own.
func layerOf(table string) string {
	if strings.HasPrefix(table, "lb_") {
		return ""
	}
	return strings.TrimSuffix(table, "_history")
}

// lost reports whether the connection is gone, or never was.
func lost(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return strings.HasPrefix(pg.Code, "57P") || strings.HasPrefix(pg.Code, "08")
	}
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed")
}

func notFound(op, code, subject string, args map[string]any) error {
	return &spatial.Error{Op: op, Kind: spatial.NotFound, Code: code, Subject: subject, Args: args}
}
