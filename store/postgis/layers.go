package postgis

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// querier is what a connection and a transaction have in common here.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// learn takes a layer into what this store knows. A layer never changes while a
// store is open.
func (s *Store) learn(l spatial.Layer) *table {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.byName[l.Name]; t != nil {
		return t
	}
	t := s.newTable(l)
	s.byName[l.Name] = t
	s.tables = append(slices.Clip(s.tables), t)
	return t
}

func (s *Store) known(layer string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.byName[layer] != nil
}

// table finds a layer; another process may have added it since we looked.
func (s *Store) table(ctx context.Context, q querier, layer string) (*table, error) {
	s.mu.RLock()
	t := s.byName[layer]
	s.mu.RUnlock()
	if t != nil {
		return t, nil
	}
	if _, err := s.learnUserLayers(ctx, q); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if t := s.byName[layer]; t != nil {
		return t, nil
	}
	return nil, notFound("find a layer", "layer.unknown", layer, map[string]any{"name": layer, "layer": layer})
}

// learnUserLayers reads the users' layers, in the order they were added.
func (s *Store) learnUserLayers(ctx context.Context, q querier) ([]spatial.Layer, error) {
	rows, err := q.Query(ctx, "SELECT definition FROM lb_layers ORDER BY id")
	if err != nil {
		return nil, err
	}
	var all []spatial.Layer
	var def []byte
	_, err = pgx.ForEachRow(rows, []any{&def}, func() error {
		var l spatial.Layer
		if err := json.Unmarshal(def, &l); err != nil {
			return err
		}
		all = append(all, l)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, l := range all {
		s.learn(l)
	}
	return all, nil
}

// allTables are the tables of every layer, the users' as q sees them.
func (s *Store) allTables(ctx context.Context, q querier) ([]*table, []spatial.Layer, error) {
	user, err := s.learnUserLayers(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	var all []*table
	for _, l := range slices.Concat(s.cfg.Layers, user) {
		s.mu.RLock()
		all = append(all, s.byName[l.Name])
		s.mu.RUnlock()
	}
	return all, user, nil
}

// Layers are the configured layers and then the users', in the order they were added.
func (s *Store) Layers(ctx context.Context) ([]spatial.Layer, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	var all []spatial.Layer
	err := s.with(ctx, "list the layers", func(c *pgx.Conn) error {
		user, err := s.learnUserLayers(ctx, c)
		all = slices.Concat(s.cfg.Layers, user)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// AddLayer makes a user's layer with its tables and views; Conflict "layer.exists".
func (s *Store) AddLayer(ctx context.Context, c change.Commit, l spatial.Layer) (change.Result, error) {
	const op = "add a layer"
	if err := l.Validate(); err != nil {
		return change.Result{}, err
	}
	l.User = true
	res, err := s.write(ctx, op, c, func(w *writer) error {
		if _, err := s.learnUserLayers(ctx, w.conn); err != nil {
			return err
		}
		if s.known(l.Name) {
			return &spatial.Error{Op: op, Kind: spatial.Conflict, Code: "layer.exists", Subject: l.Name, Args: map[string]any{"name": l.Name, "layer": l.Name}}
		}
		def, err := json.Marshal(l)
		if err != nil {
			return err
		}
		var id int64
		if err := w.conn.QueryRow(ctx, "INSERT INTO lb_layers SELECT coalesce(max(id), 0) + 1, $1, $2 FROM lb_layers RETURNING id", l.Name, def).Scan(&id); err != nil {
			return err
		}
		t := s.newTable(l)
		if _, err := w.conn.Exec(ctx, s.create(t)+s.views(t, nil)); err != nil {
			return err
		}
		if err := s.keepDefinition(ctx, w.conn, t); err != nil {
			return err
		}
		w.log(change.Create, change.LayersLayer, uint64(id), nil, nil)
		return nil
	})
	if err == nil {
		s.learn(l)
	}
	return res, err
}

// noRow reports whether err says that a query found no row.
func noRow(err error) bool { return errors.Is(err, pgx.ErrNoRows) }
