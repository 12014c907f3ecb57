package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
)

// Integrity reports what is wrong with the file as it stands: pages, references,
// the log, versions and ids. It reads everything once.
func (s *Store) Integrity(ctx context.Context, report func(code, subject, detail string)) error {
	return s.read(ctx, "check the store", func(t *tx) error {
		err := t.queryContext(ctx, func(row []driver.Value) error {
			if detail := asText(row[0]); detail != "ok" {
				report("store.corrupt", s.path, detail)
			}
			return nil
		}, `PRAGMA integrity_check`)
		if err != nil {
			return err
		}
		err = t.queryContext(ctx, func(row []driver.Value) error {
			report("store.reference", asText(row[0]), fmt.Sprintf("row %d refers to a row of %s that is not there", asInt(row[1]), asText(row[2])))
			return nil
		}, `PRAGMA foreign_key_check`)
		if err != nil {
			return err
		}
		err = t.queryContext(ctx, func(row []driver.Value) error {
			count, first, last, rev := asInt(row[0]), asInt(row[1]), asInt(row[2]), asInt(row[3])
			if count != rev || count > 0 && (first != 1 || last != rev) {
				report("log.gap", "lb_log", fmt.Sprintf("%d rows from %d to %d, the head is at %d", count, first, last, rev))
			}
			return nil
		}, `SELECT (SELECT count(*) FROM lb_log), (SELECT ifnull(min(rev), 0) FROM lb_log), (SELECT ifnull(max(rev), 0) FROM lb_log), rev FROM lb_head`)
		if err != nil {
			return err
		}
		for _, tab := range t.tables {
			if err := t.sound(ctx, tab, report); err != nil {
				return err
			}
		}
		return nil
	})
}

// sound checks one layer's tables.
func (t *tx) sound(ctx context.Context, tab *table, report func(code, subject, detail string)) error {
	all := "(SELECT id, version, rev, valid_from, valid_to, NULL AS rev_to FROM " + tab.name + " UNION ALL SELECT id, version, rev, valid_from, valid_to, rev_to FROM " + tab.history + ")"
	for _, check := range []struct{ code, detail, query string }{
		{"record.unlogged", "a version of revision %d has no log row", "SELECT v.id, v.rev FROM " + all + " v WHERE NOT EXISTS (SELECT 1 FROM lb_log g WHERE g.rev = v.rev AND g.layer = ?1 AND g.id = v.id)"},
		{"record.overlap", "version %d is held true on a day another one is", "SELECT a.id, a.version FROM " + tab.history + " a JOIN " + all + ` b ON b.id = a.id AND b.version <> a.version
			WHERE a.rev_to IS NULL AND b.rev_to IS NULL AND (a.valid_to IS NULL OR ifnull(b.valid_from, '') < a.valid_to) AND (b.valid_to IS NULL OR ifnull(a.valid_from, '') < b.valid_to) AND ?1 = ?1`},
		{"record.twice", "version %d is in the present and in the history", "SELECT b.id, b.version FROM " + tab.name + " b JOIN " + tab.history + " h ON h.id = b.id AND h.version = b.version AND ?1 = ?1"},
		{"record.beyond", "its id is not below the next one, %d", "SELECT v.id, (SELECT next_id FROM lb_head) FROM " + all + " v WHERE v.id >= (SELECT next_id FROM lb_head) AND ?1 = ?1"},
		{"record.closed", "a version was closed by revision %d, which has no log row of it", "SELECT h.id, h.rev_to FROM " + tab.history + " h WHERE h.rev_to IS NOT NULL AND NOT EXISTS (SELECT 1 FROM lb_log g WHERE g.rev = h.rev_to AND g.layer = ?1 AND g.id = h.id)"},
		{"record.srid", "its legal shape's own SRID is not %d", "SELECT id, legal_srid FROM " + tab.name + " WHERE legal IS NOT NULL AND hex(substr(legal, 5, 4)) <> printf('%02X%02X%02X%02X', legal_srid & 255, (legal_srid >> 8) & 255, (legal_srid >> 16) & 255, (legal_srid >> 24) & 255) AND ?1 = ?1"},
		{"lineage.unknown", "its lineage of revision %d names a record that is not there", "SELECT l.child, l.rev FROM lb_lineage l WHERE l.layer = ?1 AND (NOT EXISTS (SELECT 1 FROM " + all + " v WHERE v.id = l.child) OR NOT EXISTS (SELECT 1 FROM " + all + " v WHERE v.id = l.parent))"},
	} {
		err := t.queryContext(ctx, func(row []driver.Value) error {
			report(check.code, fmt.Sprintf("%s/%d", tab.Name, asInt(row[0])), fmt.Sprintf(check.detail, asInt(row[1])))
			return nil
		}, check.query, tab.Name)
		if err != nil {
			return err
		}
	}
	return nil
}
