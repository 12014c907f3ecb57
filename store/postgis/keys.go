package postgis

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
)

const keyColumns = "k.id, k.name, k.role, k.hash, k.origins, k.created, k.revoked"

func readKey(r pgx.CollectableRow) (access.Key, error) {
	var k access.Key
	var revoked *time.Time
	err := r.Scan(&k.ID, &k.Name, (*string)(&k.Role), &k.Hash, &k.Origins, &k.Created, &revoked)
	k.Created = k.Created.UTC()
	if revoked != nil {
		k.Revoked = revoked.UTC()
	}
	return k, err
}

// Keys are the API keys, oldest first, revoked ones too.
func (s *Store) Keys(ctx context.Context) ([]access.Key, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	var all []access.Key
	err := s.with(ctx, "list the keys", func(c *pgx.Conn) error {
		rows, err := c.Query(ctx, "SELECT "+keyColumns+" FROM lb_keys k ORDER BY k.id")
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, readKey)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// PutKey adds a key and gives it its id; Conflict "key.exists".
func (s *Store) PutKey(ctx context.Context, k access.Key) (access.Key, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	k.Created = k.Created.UTC().Truncate(time.Millisecond)
	if k.Created.IsZero() {
		k.Created = s.cfg.Clock()
	}
	err := s.transact(ctx, "add a key", pgx.TxOptions{}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "LOCK TABLE lb_keys IN SHARE ROW EXCLUSIVE MODE"); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `INSERT INTO lb_keys (id, name, role, hash, origins, created)
			SELECT (SELECT coalesce(max(id), 0) + 1 FROM lb_keys), $1, $2, $3, $4, $5
			WHERE NOT EXISTS (SELECT FROM lb_keys WHERE hash = $3 OR (name = $1 AND revoked IS NULL)) RETURNING id`,
			k.Name, string(k.Role), k.Hash, k.Origins, k.Created).Scan(&k.ID)
		if noRow(err) {
			return &spatial.Error{Op: "add a key", Kind: spatial.Conflict, Code: "key.exists", Args: map[string]any{"name": k.Name}}
		}
		return err
	})
	if err != nil {
		return access.Key{}, err
	}
	return k, nil
}

// RevokeKey ends the unrevoked key of that name and its sessions; NotFound "key.unknown".
func (s *Store) RevokeKey(ctx context.Context, name string) error {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	return s.transact(ctx, "revoke a key", pgx.TxOptions{}, func(c pgx.Tx) error {
		var n int
		err := c.QueryRow(ctx, `WITH k AS (UPDATE lb_keys SET revoked = $2 WHERE name = $1 AND revoked IS NULL RETURNING id),
			d AS (DELETE FROM lb_sessions WHERE key IN (SELECT id FROM k)) SELECT count(*) FROM k`, name, s.cfg.Clock()).Scan(&n)
		if err == nil && n == 0 {
			return notFound("revoke a key", "key.unknown", "", map[string]any{"name": name})
		}
		return err
	})
}

func (s *Store) oneKey(ctx context.Context, sql string, args ...any) (access.Key, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	var k access.Key
	err := s.with(ctx, "find a key", func(c *pgx.Conn) error {
		rows, err := c.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		k, err = pgx.CollectExactlyOneRow(rows, readKey)
		if noRow(err) {
			return notFound("find a key", "key.unknown", "", nil)
		}
		return err
	})
	if err != nil {
		return access.Key{}, err
	}
	return k, nil
}

// KeyByHash is the unrevoked key with that hash; NotFound "key.unknown".
func (s *Store) KeyByHash(ctx context.Context, hash string) (access.Key, error) {
	return s.oneKey(ctx, "SELECT "+keyColumns+" FROM lb_keys k WHERE k.hash = $1 AND k.revoked IS NULL", hash)
}

// SessionKey is the unrevoked key of an unexpired session; NotFound "key.unknown".
func (s *Store) SessionKey(ctx context.Context, hash string) (access.Key, error) {
	return s.oneKey(ctx, "SELECT "+keyColumns+" FROM lb_keys k JOIN lb_sessions s ON s.key = k.id WHERE s.hash = $1 AND s.expires > $2 AND k.revoked IS NULL", hash, s.cfg.Clock())
}

// PutSession keeps a session, and drops those that have expired.
func (s *Store) PutSession(ctx context.Context, v access.Session) error {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	return s.transact(ctx, "keep a session", pgx.TxOptions{}, func(c pgx.Tx) error {
		_, err := c.Exec(ctx, `WITH d AS (DELETE FROM lb_sessions WHERE expires <= $4 AND hash <> $1)
			INSERT INTO lb_sessions (hash, key, expires) VALUES ($1, $2, $3) ON CONFLICT (hash) DO UPDATE SET key = excluded.key, expires = excluded.expires`,
			v.Hash, v.Key, v.Expires.UTC().Truncate(time.Millisecond), s.cfg.Clock())
		return err
	})
}

// DeleteSession ends a session; one that is not there has ended already.
func (s *Store) DeleteSession(ctx context.Context, hash string) error {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	return s.transact(ctx, "end a session", pgx.TxOptions{}, func(c pgx.Tx) error {
		_, err := c.Exec(ctx, "DELETE FROM lb_sessions WHERE hash = $1", hash)
		return err
	})
}
