package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	engine "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/langbiang/langbiang/spatial"
)

// conn is one connection to the file with its prepared statements. It speaks to
// the driver underneath database/sql, which spares a conversion a value.
type conn struct {
	sql   *sql.Conn
	dc    driverConn
	stmts map[string]*stmt
	lost  bool // database/sql has thrown the connection away
}

type driverConn interface {
	driver.ConnPrepareContext
	NewBackup(string) (*engine.Backup, error)
}

type stmt struct {
	driver.Stmt
	args []driver.NamedValue
}

func connect(ctx context.Context, db *sql.DB) (*conn, error) {
	sc, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{sql: sc, stmts: map[string]*stmt{}}, nil
}

// use runs f with the driver's connection in hand. A panic in f goes on after the
// connection is given back, which database/sql would otherwise throw away, as it
// does when f ends its goroutine.
func (c *conn) use(f func() error) error {
	var err error
	var panicked any
	done := false
	c.lost = true
	rawErr := c.sql.Raw(func(dc any) error {
		defer func() {
			if !done {
				panicked = recover()
			}
		}()
		c.dc = dc.(driverConn)
		err = f()
		done = true
		return nil
	})
	c.dc, c.lost = nil, false
	if rawErr != nil {
		c.lost = true
		return rawErr
	}
	if !done {
		panic(panicked)
	}
	return err
}

func (c *conn) close() error {
	err := c.use(func() error {
		var errs []error
		for _, s := range c.stmts {
			errs = append(errs, s.Close())
		}
		return errors.Join(errs...)
	})
	return errors.Join(err, c.sql.Close())
}

// prepared is the statement of a text, prepared once a connection. The number of
// different texts is bounded by the layers and the sizes of bulk inserts.
func (c *conn) prepared(query string) (*stmt, error) {
	if s, ok := c.stmts[query]; ok {
		return s, nil
	}
	ds, err := c.dc.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("%w in %s", err, query)
	}
	s := &stmt{Stmt: ds}
	c.stmts[query] = s
	return s, nil
}

// bind fills the statement's own argument list.
func (s *stmt) bind(args []any) []driver.NamedValue {
	s.args = s.args[:0]
	for i, a := range args {
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return s.args
}

// exec runs a statement whose arguments are driver values: nil, int64, float64,
// bool, string, []byte.
func (c *conn) exec(query string, args ...any) error {
	return c.execContext(context.Background(), query, args...)
}

// execContext is exec for a statement that may take long: it ends when ctx does.
func (c *conn) execContext(ctx context.Context, query string, args ...any) error {
	s, err := c.prepared(query)
	if err != nil {
		return err
	}
	_, err = s.Stmt.(driver.StmtExecContext).ExecContext(ctx, s.bind(args))
	return err
}

// script runs statements that are not kept, such as those that make tables.
func (c *conn) script(text string) error {
	s, err := c.dc.PrepareContext(context.Background(), text)
	if err != nil {
		return fmt.Errorf("%w in %s", err, text)
	}
	_, err = s.(driver.StmtExecContext).ExecContext(context.Background(), nil)
	return errors.Join(err, s.Close())
}

// query gives each row to f, whose slice is reused. io.EOF from f ends it early.
func (c *conn) query(f func(row []driver.Value) error, query string, args ...any) error {
	return c.queryContext(context.Background(), f, query, args...)
}

func (c *conn) queryContext(ctx context.Context, f func(row []driver.Value) error, query string, args ...any) error {
	s, err := c.prepared(query)
	if err != nil {
		return err
	}
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, s.bind(args))
	if err != nil {
		return err
	}
	row := make([]driver.Value, len(rows.Columns()))
	for {
		if err = rows.Next(row); err != nil {
			break
		}
		if err = f(row); err != nil {
			break
		}
	}
	if err == io.EOF {
		err = nil
	}
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	return err
}

// blockRows is how many rows stream reads ahead at a time.
const blockRows = 128

type block struct {
	rows [][]driver.Value
	err  error // what ended the rows after these; io.EOF where they are all
}

// stream is query for many rows: the next ones are read while f works on these, so
// that reading and what is made of it take a processor each.
func (c *conn) stream(f func(row []driver.Value) error, query string, args ...any) (err error) {
	s, err := c.prepared(query)
	if err != nil {
		return err
	}
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(context.Background(), s.bind(args))
	if err != nil {
		return err
	}
	width := len(rows.Columns())
	full, free, stop := make(chan block, 2), make(chan block, 3), make(chan struct{})
	for range cap(free) {
		cells := make([]driver.Value, blockRows*width)
		b := block{rows: make([][]driver.Value, 0, blockRows)}
		for i := range blockRows {
			b.rows = append(b.rows, cells[i*width:(i+1)*width])
		}
		free <- b
	}
	go func() {
		defer close(full)
		for {
			var b block
			select {
			case b = <-free:
			case <-stop:
				return
			}
			n := 0
			b.rows = b.rows[:blockRows]
			for n < blockRows {
				if b.err = rows.Next(b.rows[n]); b.err != nil {
					break
				}
				n++
			}
			b.rows = b.rows[:n]
			full <- b
			if b.err != nil {
				return
			}
		}
	}()
	// also where f panics or ends its goroutine, the reading stops before the
	// connection is used again
	defer func() {
		close(stop)
		for range full {
		}
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
	}()
	for b := range full {
		for _, row := range b.rows {
			if err := f(row); err != nil {
				return err
			}
		}
		if b.err == io.EOF {
			return nil
		}
		if b.err != nil {
			return b.err
		}
		free <- b
	}
	return nil
}

// number is the first column of the first row as a whole number, 0 where there is no row.
func (c *conn) number(query string, args ...any) (int64, error) {
	var n int64
	err := c.query(func(row []driver.Value) error { n, _ = row[0].(int64); return io.EOF }, query, args...)
	return n, err
}

// text is the first column of the first row as text, "" where there is none.
func (c *conn) text(query string, args ...any) (string, error) {
	var t string
	err := c.query(func(row []driver.Value) error { t, _ = row[0].(string); return io.EOF }, query, args...)
	return t, err
}

// code is SQLite's result code in err's chain, 0 where there is none.
func code(err error) int {
	var e *engine.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

func busy(err error) bool { return code(err)&0xff == codes.SQLITE_BUSY }

// wrap gives every error that leaves the store its kind and code. Errors that
// have one stay as they are.
func wrap(op, path string, err error) error {
	if err == nil {
		return nil
	}
	var e *spatial.Error
	if errors.As(err, &e) {
		return err
	}
	out := &spatial.Error{Op: op, Kind: spatial.Internal, Code: "store.failed", Subject: path, Err: err}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		out.Kind, out.Code = spatial.Unavailable, "store.cancelled"
	case errors.Is(err, sql.ErrConnDone), errors.Is(err, errClosed):
		out.Kind, out.Code = spatial.Unavailable, "store.closed"
	}
	switch code(err) & 0xff {
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		out.Kind, out.Code = spatial.Unavailable, "store.busy"
	case codes.SQLITE_CONSTRAINT:
		out.Kind, out.Code = spatial.Invalid, "record.constraint"
		out.Args = map[string]any{"constraint": err.Error()}
	case codes.SQLITE_FULL, codes.SQLITE_IOERR, codes.SQLITE_CANTOPEN:
		out.Kind, out.Code = spatial.Unavailable, "store.away"
	case codes.SQLITE_READONLY, codes.SQLITE_PERM:
		out.Kind, out.Code = spatial.Denied, "store.readOnly"
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		out.Code = "store.corrupt"
	}
	return out
}
