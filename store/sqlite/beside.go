package sqlite

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"io"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/change"
)

// place is the place record; NotFound "place.unset".
func (t *tx) place() (spatial.Place, error) {
	var p spatial.Place
	found := false
	err := t.query(func(row []driver.Value) error {
		found = true
		p = spatial.Place{Name: spatial.Name{VI: asText(row[0]), EN: asText(row[1])}, Plane: spatial.SRID(asInt(row[2])),
			Bounds:   orb.Bound{Min: orb.Point{asFloat(row[3]), asFloat(row[4])}, Max: orb.Point{asFloat(row[5]), asFloat(row[6])}},
			TimeZone: asText(row[7]), Attribution: asText(row[8]), Contact: asText(row[9]), Demo: asInt(row[10]) != 0}
		return io.EOF
	}, `SELECT name_vi, name_en, plane, min_x, min_y, max_x, max_y, time_zone, attribution, contact, demo FROM lb_place`)
	if err == nil && !found {
		err = &spatial.Error{Op: "read the place", Kind: spatial.NotFound, Code: "place.unset"}
	}
	return p, err
}

// Place is the place record.
func (s *Store) Place(ctx context.Context) (p spatial.Place, err error) {
	err = s.read(ctx, "read the place", func(t *tx) error { p, err = t.place(); return err })
	return p, err
}

// SetPlace writes the place record.
func (s *Store) SetPlace(ctx context.Context, c change.Commit, p spatial.Place) (change.Result, error) {
	const op = "write the place"
	var res change.Result
	err := s.write(ctx, op, func(t *tx) error {
		verb := change.Update
		if _, err := t.place(); spatial.KindOf(err) == spatial.NotFound && err != nil {
			verb = change.Create
		}
		err := t.exec(`INSERT INTO lb_place VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (one) DO UPDATE SET
			name_vi = excluded.name_vi, name_en = excluded.name_en, plane = excluded.plane, min_x = excluded.min_x, min_y = excluded.min_y, max_x = excluded.max_x,
			max_y = excluded.max_y, time_zone = excluded.time_zone, attribution = excluded.attribution, contact = excluded.contact, demo = excluded.demo`,
			p.Name.VI, p.Name.EN, int64(p.Plane), p.Bounds.Min[0], p.Bounds.Min[1], p.Bounds.Max[0], p.Bounds.Max[1], p.TimeZone, p.Attribution, p.Contact, p.Demo)
		if err != nil {
			return err
		}
		res, err = s.logOne(t, c, change.PlaceLayer, 1, verb)
		return err
	})
	return res, wrap(op, s.path, err)
}

const selectKeys = `SELECT k.id, k.name, k.role, k.hash, k.origins, k.created, k.revoked FROM lb_keys k `

// keys reads the keys a query gives.
func (t *tx) keys(query string, args ...any) (ks []access.Key, err error) {
	err = t.query(func(row []driver.Value) error {
		k := access.Key{ID: asInt(row[0]), Name: asText(row[1]), Role: access.Role(asText(row[2])), Hash: asText(row[3]), Created: time.UnixMilli(asInt(row[5])).UTC()}
		if row[6] != nil {
			k.Revoked = time.UnixMilli(asInt(row[6])).UTC()
		}
		ks = append(ks, k)
		return json.Unmarshal([]byte(asText(row[4])), &ks[len(ks)-1].Origins)
	}, query, args...)
	return ks, err
}

// Keys are the API keys, oldest first.
func (s *Store) Keys(ctx context.Context) (ks []access.Key, err error) {
	err = s.read(ctx, "list the keys", func(t *tx) error { ks, err = t.keys(selectKeys + `ORDER BY k.id`); return err })
	return ks, err
}

// PutKey adds a key and gives it with its id.
func (s *Store) PutKey(ctx context.Context, k access.Key) (access.Key, error) {
	const op = "add a key"
	origins, err := json.Marshal(k.Origins)
	if err != nil {
		return k, wrap(op, s.path, err)
	}
	err = s.write(ctx, op, func(t *tx) error {
		n, err := t.number(`SELECT count(*) FROM lb_keys WHERE name = ? AND revoked IS NULL`, k.Name)
		if err != nil {
			return err
		}
		if n > 0 {
			return &spatial.Error{Op: op, Kind: spatial.Conflict, Code: "key.exists", Subject: k.Name, Args: map[string]any{"name": k.Name}}
		}
		if k.ID, err = t.number(`SELECT ifnull(max(id), 0) + 1 FROM lb_keys`); err != nil {
			return err
		}
		var revoked any
		if !k.Revoked.IsZero() {
			revoked = k.Revoked.UnixMilli()
		}
		return t.exec(`INSERT INTO lb_keys VALUES (?, ?, ?, ?, ?, ?, ?)`, k.ID, k.Name, string(k.Role), k.Hash, string(origins), k.Created.UnixMilli(), revoked)
	})
	return k, wrap(op, s.path, err)
}

// RevokeKey ends a key and its sessions.
func (s *Store) RevokeKey(ctx context.Context, name string) error {
	const op = "revoke a key"
	return wrap(op, s.path, s.write(ctx, op, func(t *tx) error {
		id, err := t.number(`SELECT id FROM lb_keys WHERE name = ? AND revoked IS NULL`, name)
		if err != nil {
			return err
		}
		if id == 0 {
			return unknownKey(op, name)
		}
		if err := t.exec(`DELETE FROM lb_sessions WHERE key = ?`, id); err != nil {
			return err
		}
		return t.exec(`UPDATE lb_keys SET revoked = ? WHERE id = ?`, s.cfg.Clock().UnixMilli(), id)
	}))
}

func unknownKey(op, name string) error {
	return &spatial.Error{Op: op, Kind: spatial.NotFound, Code: "key.unknown", Subject: name, Args: map[string]any{"name": name}}
}

func (s *Store) oneKey(ctx context.Context, query string, args ...any) (access.Key, error) {
	const op = "find a key"
	var k access.Key
	err := s.read(ctx, op, func(t *tx) error {
		ks, err := t.keys(query, args...)
		if err != nil {
			return err
		}
		if len(ks) == 0 {
			return unknownKey(op, "")
		}
		k = ks[0]
		return nil
	})
	return k, err
}

// KeyByHash is the unrevoked key with that hash.
func (s *Store) KeyByHash(ctx context.Context, hash string) (access.Key, error) {
	return s.oneKey(ctx, selectKeys+`WHERE k.hash = ? AND k.revoked IS NULL`, hash)
}

// SessionKey is the unrevoked key of an unexpired session.
func (s *Store) SessionKey(ctx context.Context, hash string) (access.Key, error) {
	return s.oneKey(ctx, selectKeys+`JOIN lb_sessions s ON s.key = k.id WHERE s.hash = ? AND s.expires > ? AND k.revoked IS NULL`, hash, s.cfg.Clock().UnixMilli())
}

// PutSession keeps a session, and forgets those that expired.
func (s *Store) PutSession(ctx context.Context, v access.Session) error {
	const op = "keep a session"
	return wrap(op, s.path, s.write(ctx, op, func(t *tx) error {
		known, err := t.number(`SELECT count(*) FROM lb_keys WHERE id = ? AND revoked IS NULL`, v.Key)
		if err != nil {
			return err
		}
		if known == 0 {
			return unknownKey(op, "")
		}
		if err := t.exec(`DELETE FROM lb_sessions WHERE expires <= ?`, s.cfg.Clock().UnixMilli()); err != nil {
			return err
		}
		return t.exec(`INSERT INTO lb_sessions VALUES (?, ?, ?) ON CONFLICT (hash) DO UPDATE SET key = excluded.key, expires = excluded.expires`, v.Hash, v.Key, v.Expires.UnixMilli())
	}))
}

// DeleteSession ends a session; one that is not there is no error.
func (s *Store) DeleteSession(ctx context.Context, hash string) error {
	const op = "end a session"
	return wrap(op, s.path, s.write(ctx, op, func(t *tx) error { return t.exec(`DELETE FROM lb_sessions WHERE hash = ?`, hash) }))
}
