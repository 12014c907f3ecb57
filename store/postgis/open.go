package postgis

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/store"
)

// Options say how a database is used. The zero value is right for a reader of a
// store that is there.
type Options struct {
	// Migrate brings the schema up to date, or makes it where there is none.
	// Without it such a database is refused: Conflict "store.needsMigration".
	Migrate bool
	// Schema holds the tables; "" = "langbiang". The views stand in Schema_views.
	Schema string
	// LockWait bounds how long a writer waits for another; 0 = 5 s.
	LockWait time.Duration
	// Patience bounds a short read (all but Load, Scan, Touched and Integrity): a
	// server that took the question and says nothing is away. 0 = 10 s.
	Patience time.Duration
	// Connections bounds the pool; 0 = pool_max_conns of the DSN, or 16.
	Connections int
}

// Store is one PostgreSQL database as a store. Its methods may be called at the
// same time.
type Store struct {
	cfg        store.Config
	schema     string
	viewSchema string
	gis        string // the schema that PostGIS is installed in
	lockWait   time.Duration
	patience   time.Duration
	poll       time.Duration
	pool       *pgxpool.Pool
	bell       *bell

	mu     sync.RWMutex
	tables []*table // the configured layers, then the user's that are known here
	byName map[string]*table
	planes map[plane]bool // those that are known to have their view
}

type plane struct {
	layer string
	srid  spatial.SRID
}

const (
	defaultSchema      = "langbiang"
	defaultLockWait    = 5 * time.Second
	defaultPatience    = 10 * time.Second
	defaultPoll        = 3 * time.Second
	defaultConnections = 16
	connectTimeout     = 5 * time.Second
)

// Open opens a store that is there and up to date: OpenWith without options.
func Open(ctx context.Context, dsn string, cfg store.Config) (*Store, error) {
	return OpenWith(ctx, dsn, cfg, Options{})
}

// Migrate makes a store in a database, or brings it up to date.
func Migrate(ctx context.Context, dsn string, cfg store.Config) error {
	s, err := OpenWith(ctx, dsn, cfg, Options{Migrate: true})
	if err != nil {
		return err
	}
	return s.Close()
}

// OpenWith connects to a database ("postgres://…" or a keyword string). Its errors:
// Invalid "store.dsn"; Unavailable "store.away" where no server answers,
// "store.noAccess" where it refuses us, "store.noPostGIS"; Conflict
// "store.needsMigration" and "store.layerChanged"; Invalid "store.newer" where a
// later langbiang has made the schema.
func OpenWith(ctx context.Context, dsn string, cfg store.Config, o Options) (*Store, error) {
	const op = "open the store"
	pc, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, &spatial.Error{Op: op, Kind: spatial.Invalid, Code: "store.dsn", Err: err}
	}
	s := &Store{cfg: cfg, schema: o.Schema, lockWait: o.LockWait, patience: o.Patience, poll: cfg.Poll, byName: map[string]*table{}, planes: map[plane]bool{}}
	if s.schema == "" {
		s.schema = defaultSchema
	}
	s.viewSchema = s.schema + "_views"
	if s.lockWait <= 0 {
		s.lockWait = defaultLockWait
	}
	if s.patience <= 0 {
		s.patience = defaultPatience
	}
	if s.poll <= 0 {
		s.poll = defaultPoll
	}
	configure(pc, dsn, o, s.schema)
	for _, l := range cfg.Layers {
		if err := l.Validate(); err != nil {
			return nil, err
		}
	}
	if s.pool, err = pgxpool.NewWithConfig(ctx, pc); err != nil {
		return nil, fault(op, err)
	}
	if err := s.prepare(ctx, o.Migrate); err != nil {
		s.pool.Close()
		return nil, err
	}
	s.bell = newBell(pc.ConnConfig.Copy(), s.schema)
	return s, nil
}

// configure sets what a connection of ours is like.
func configure(pc *pgxpool.Config, dsn string, o Options, schema string) {
	cc := pc.ConnConfig
	if cc.ConnectTimeout == 0 {
		cc.ConnectTimeout = connectTimeout
	}
	// A server that vanished without a word is noticed in about 15 s, by either side.
	dialer := &net.Dialer{Timeout: cc.ConnectTimeout, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 3 * time.Second, Count: 3}}
	cc.DialFunc = dialer.DialContext
	set := func(k, v string) {
		if _, given := cc.RuntimeParams[k]; !given {
			cc.RuntimeParams[k] = v
		}
	}
	set("application_name", "langbiang")
	set("tcp_keepalives_idle", "10")
	set("tcp_keepalives_interval", "5")
	set("tcp_keepalives_count", "3")
	cc.RuntimeParams["search_path"] = quote(schema)
	cc.RuntimeParams["timezone"] = "UTC"
	cc.RuntimeParams["jit"] = "off" // its start costs more than our short statements
	switch {
	case o.Connections > 0:
		pc.MaxConns = int32(o.Connections)
	case !strings.Contains(dsn, "pool_max_conns"):
		pc.MaxConns = defaultConnections
	}
}

// prepare looks at the database, migrates it where that is asked, and reads the
// layers.
func (s *Store) prepare(ctx context.Context, migrate bool) error {
	const op = "open the store"
	return s.with(ctx, op, func(c *pgx.Conn) error {
		if err := s.findPostGIS(ctx, c, migrate); err != nil {
			return err
		}
		for _, l := range s.cfg.Layers {
			s.learn(l)
		}
		if migrate {
			if err := s.migrate(ctx, c); err != nil {
				return err
			}
		} else if err := s.current(ctx, c); err != nil {
			return err
		}
		_, err := s.learnUserLayers(ctx, c)
		if err != nil {
			return err
		}
		rows, err := c.Query(ctx, "SELECT layer, srid FROM lb_planes")
		if err != nil {
			return err
		}
		var p plane
		_, err = pgx.ForEachRow(rows, []any{&p.layer, (*int32)(&p.srid)}, func() error {
			s.planes[p] = true
			return nil
		})
		return err
	})
}

// Close ends every connection. Calls under way end with an error.
func (s *Store) Close() error {
	s.bell.close()
	s.pool.Close()
	return nil
}

// Ping says whether the database answers; Unavailable "store.away" where not.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	return s.with(ctx, "ping the store", func(c *pgx.Conn) error { return c.Ping(ctx) })
}

// with runs do on a connection. A pooled connection may have died with an earlier
// server, which shows only when it is used: where one is lost under do, do runs
// once more on a new one. do is therefore a read, or sees to it that what comes
// after its first answer is a *spatial.Error (see transact).
func (s *Store) with(ctx context.Context, op string, do func(*pgx.Conn) error) error {
	try := func() (again bool, err error) {
		c, err := s.pool.Acquire(ctx)
		if err != nil {
			return false, err
		}
		defer c.Release()
		err = do(c.Conn())
		return err != nil && c.Conn().IsClosed() && ctx.Err() == nil && !isSpatial(err), err
	}
	again, err := try()
	if again {
		s.pool.Reset() // its sisters died with it
		_, err = try()
	}
	return s.away(ctx, op, err)
}

// transact runs do in a transaction.
func (s *Store) transact(ctx context.Context, op string, o pgx.TxOptions, do func(pgx.Tx) error) error {
	return s.with(ctx, op, func(c *pgx.Conn) error {
		tx, err := c.BeginTx(ctx, o)
		if err != nil {
			return err
		}
		defer func() {
			if tx.Rollback(context.WithoutCancel(ctx)) != nil { // an error after a commit is none
				return
			}
		}()
		if err := do(tx); err != nil {
			return s.away(ctx, op, err)
		}
		return s.away(ctx, op, tx.Commit(ctx))
	})
}

// snapshot runs do in a transaction that sees one state of the store throughout.
func (s *Store) snapshot(ctx context.Context, op string, do func(pgx.Tx) error) error {
	return s.transact(ctx, op, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, do)
}

// errPatience is why a bounded context ended.
var errPatience = errors.New("the server does not answer")

// bounded gives a short read the time it may take.
func (s *Store) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, s.patience, errPatience)
}

// away is fault, knowing that an error after the context's end is the context's.
func (s *Store) away(ctx context.Context, op string, err error) error {
	if err == nil || isSpatial(err) {
		return err
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return fault(op, err)
}

// milliseconds is a wait as PostgreSQL's settings take it.
func milliseconds(d time.Duration) string {
	return strconv.FormatInt(max(d.Milliseconds(), 1), 10) + "ms"
}
