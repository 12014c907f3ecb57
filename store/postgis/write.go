package postgis

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

const (
	copyBytes    = 4 << 20 // a COPY's worth of rows; also what waits in memory at most, twice
	copyRows     = 24      // fewer rows than this go as INSERTs with the other statements
	queueLimit   = 512     // statements that wait to be sent together
	rollbackWait = 5 * time.Second
)

// writer is one transaction that holds the head. It is used by one goroutine.
type writer struct {
	s      *Store
	ctx    context.Context
	conn   *pgx.Conn
	commit change.Commit
	at     time.Time
	today  spatial.Date
	imp    int64 // what log rows carry: the import, or the one taken back

	first spatial.Revision // of this transaction
	rev   spatial.Revision // the last given
	next  uint64           // the next id

	queue   pgconn.Batch // statements not yet sent
	queued  int
	copies  []*copying // rows not yet sent
	logs    *copying
	sending chan error // a COPY under way; nil = none
	planes  []plane    // that came with this transaction
}

// copying gathers rows of one table.
type copying struct {
	columns string // "TABLE (COLUMN, …)"
	holders string // "$1, $2, …"
	rows    row
	n       int
}

// write runs do in one transaction: it locks the head first, then writes the log
// rows that do asked for, moves the head and rings the bell. Where do logged
// nothing, nothing is kept.
func (s *Store) write(ctx context.Context, op string, c change.Commit, do func(*writer) error) (change.Result, error) {
	var res change.Result
	err := s.with(ctx, op, func(conn *pgx.Conn) error {
		w := &writer{s: s, ctx: ctx, conn: conn, commit: c}
		kept := false
		defer func() {
			if !kept { // an error, nothing to write, or a panic of ops
				w.rollback()
			}
		}()
		if err := w.begin(); err != nil {
			return err
		}
		err := w.prepare()
		if err == nil {
			err = do(w)
		}
		if err == nil && w.rev >= w.first {
			err = w.finish()
			kept = err == nil
		}
		res = change.Result{First: w.first, Last: w.rev}
		return s.away(ctx, op, err)
	})
	if err != nil {
		return change.Result{}, err
	}
	return res, nil
}

// begin takes the head; one round trip.
func (w *writer) begin() error {
	sql := "BEGIN; SET LOCAL lock_timeout = '" + milliseconds(w.s.lockWait) + "'; SELECT rev, next_id FROM lb_head FOR UPDATE"
	results, err := w.conn.PgConn().Exec(w.ctx, sql).ReadAll()
	if err != nil {
		return err
	}
	head := results[len(results)-1].Rows
	if len(head) != 1 {
		return &spatial.Error{Op: "lock the head", Kind: spatial.Internal, Code: "store.corrupt", Args: map[string]any{"detail": "lb_head"}}
	}
	rev, err := strconv.ParseUint(string(head[0][0]), 10, 63)
	if err != nil {
		return err
	}
	w.next, err = strconv.ParseUint(string(head[0][1]), 10, 63)
	w.rev, w.first = spatial.Revision(rev), spatial.Revision(rev)+1
	return err
}

// prepare settles the instant, under the lock, and the day.
func (w *writer) prepare() error {
	w.at = w.commit.At.UTC().Truncate(time.Millisecond)
	if w.commit.At.IsZero() {
		w.at = w.s.cfg.Clock()
	}
	w.today = w.commit.Today
	if w.today == "" {
		var err error
		if w.today, err = w.s.dayOf(w.ctx, w.conn, w.at); err != nil {
			return err
		}
	}
	w.logs = newCopying(quote(w.s.schema, "lb_log") + " (rev, layer, id, verb, before_west, before_south, before_east, before_north, " +
		"after_west, after_south, after_east, after_north, at, author, import)")
	return nil
}

func (w *writer) rollback() {
	if w.wait() != nil || w.conn.IsClosed() {
		_ = w.conn.Close(context.WithoutCancel(w.ctx))
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), rollbackWait)
	defer cancel()
	if _, err := w.conn.PgConn().Exec(ctx, "ROLLBACK").ReadAll(); err != nil {
		_ = w.conn.Close(ctx) // the server rolls back what loses its client
	}
}

// finish sends what waits and commits; for an edit all of it is one round trip.
func (w *writer) finish() error {
	if err := w.flush(w.logs); err != nil {
		return err
	}
	var head row
	head.begin(2)
	head.int64(int64(w.rev))
	head.int64(int64(w.next))
	w.statement("UPDATE lb_head SET rev = $1, next_id = $2", head.params()...)
	w.statement("SELECT pg_notify($1, $2)", []byte(w.s.schema), []byte(strconv.FormatUint(uint64(w.rev), 10)))
	w.statement("COMMIT")
	if err := w.drain(); err != nil {
		return err
	}
	w.s.mu.Lock()
	for _, p := range w.planes {
		w.s.planes[p] = true
	}
	w.s.mu.Unlock()
	w.s.bell.ring(w.rev)
	return nil
}

// log gives the next revision its row.
func (w *writer) log(verb change.Verb, layer string, id uint64, before, after *orb.Bound) {
	w.rev++
	r := &w.logs.rows
	r.begin(15)
	r.int64(int64(w.rev))
	r.text(layer)
	r.int64(int64(id))
	r.text(string(verb))
	for _, b := range [...]*orb.Bound{before, after} {
		if b == nil {
			r.null()
			r.null()
			r.null()
			r.null()
			continue
		}
		r.float(b.Min[0])
		r.float(b.Min[1])
		r.float(b.Max[0])
		r.float(b.Max[1])
	}
	r.instant(w.at)
	r.text(w.commit.By)
	if w.imp == 0 {
		r.null()
	} else {
		r.int64(w.imp)
	}
	w.logs.n++
}

// statement queues one with binary parameters, whose types the server infers.
func (w *writer) statement(sql string, params ...[]byte) {
	formats := []int16{1}
	if len(params) == 0 {
		formats = nil
	}
	w.queue.ExecParams(sql, params, nil, formats, nil)
	w.queued++
}

// drain sends the queued statements.
func (w *writer) drain() error {
	if err := w.wait(); err != nil {
		return err
	}
	if w.queued == 0 {
		return nil
	}
	batch := w.queue
	w.queue, w.queued = pgconn.Batch{}, 0
	return w.conn.PgConn().ExecBatch(w.ctx, &batch).Close()
}

// wait ends the COPY under way.
func (w *writer) wait() error {
	if w.sending == nil {
		return nil
	}
	err := <-w.sending
	w.sending = nil
	return err
}

func newCopying(columns string) *copying {
	n := bytes.Count([]byte(columns), []byte(", ")) + 1
	c := &copying{columns: columns}
	for i := range n {
		if i > 0 {
			c.holders += ", "
		}
		c.holders += "$" + strconv.Itoa(i+1)
	}
	return c
}

// rowsOf gathers rows for a table's base or history.
func (w *writer) rowsOf(t *table, history bool) *copying {
	columns := t.base + " (" + t.whole + ")"
	if history {
		columns = t.history + " (" + t.whole + ", rev_to, " + untilColumn + ")"
	}
	for _, c := range w.copies {
		if c.columns == columns {
			return c
		}
	}
	c := newCopying(columns)
	w.copies = append(w.copies, c)
	return c
}

// flush sends gathered rows: a few as INSERTs among the queued statements, many
// by COPY behind them. A COPY is sent while the caller goes on; what uses the
// connection next waits for it.
func (w *writer) flush(c *copying) error {
	if c.n == 0 {
		return nil
	}
	rows, n := c.rows, c.n
	c.rows, c.n = row{}, 0
	if n < copyRows {
		for b := rows.buf; len(b) > 0; {
			one := row{buf: b}
			params, rest := one.cut()
			w.statement("INSERT INTO "+c.columns+" VALUES ("+c.holders+")", params...)
			b = rest
		}
		if w.queued > queueLimit {
			return w.drain()
		}
		return nil
	}
	if err := w.drain(); err != nil {
		return err
	}
	head := append([]byte("PGCOPY\n\xff\r\n\x00"), 0, 0, 0, 0, 0, 0, 0, 0)
	done := make(chan error, 1)
	w.sending = done
	from := &stream{parts: [][]byte{head, rows.buf, binary.BigEndian.AppendUint16(nil, 0xffff)}}
	go func() {
		_, err := w.conn.PgConn().CopyFrom(w.ctx, from, "COPY "+c.columns+" FROM STDIN (FORMAT binary)")
		done <- err
	}()
	return nil
}

// settle brings everything gathered into the database, for what reads it next.
func (w *writer) settle() error {
	for _, c := range w.copies {
		if err := w.flush(c); err != nil {
			return err
		}
	}
	return w.drain()
}

// relieve sends what has grown large.
func (w *writer) relieve() error {
	for _, c := range slices.Concat(w.copies, []*copying{w.logs}) {
		if len(c.rows.buf) >= copyBytes {
			if err := w.flush(c); err != nil {
				return err
			}
		}
	}
	return nil
}
