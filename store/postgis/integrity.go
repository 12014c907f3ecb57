package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// finding is one question whose rows are what is wrong: subject and detail.
type finding struct{ code, sql string }

// worstReported bounds what one question reports.
const worstReported = 100

// storeFindings are asked once.
var storeFindings = [...]finding{
	{"log.gap", "SELECT 'lb_log', format('revision %s comes after %s', rev, before) FROM (SELECT rev, coalesce(lag(rev) OVER (ORDER BY rev), 0) AS before FROM lb_log) l WHERE rev <> before + 1"},
	{"log.head", "SELECT 'lb_head', format('the head is %s, the log ends at %s', h.rev, l.rev) FROM lb_head h, (SELECT coalesce(max(rev), 0) AS rev FROM lb_log) l WHERE h.rev <> l.rev"},
	{"log.head", "SELECT 'lb_head', format('%s rows', n) FROM (SELECT count(*) AS n FROM lb_head) h WHERE n <> 1"},
	{"import.log", "SELECT 'lb_imports', format('import %s ends at revision %s, which tells of something else', i.id, i.last) FROM lb_imports i LEFT JOIN lb_log l ON l.rev = i.last AND l.layer = 'lb_imports' AND l.id = i.id WHERE l.rev IS NULL"},
	{"import.unknown", "SELECT 'lb_log', format('revision %s names import %s', l.rev, l.import) FROM lb_log l LEFT JOIN lb_imports i ON i.id = l.import WHERE l.import IS NOT NULL AND i.id IS NULL"},
	{"lineage.log", "SELECT 'lb_lineage', format('%s %s has no log row %s', n.layer, n.child, n.rev) FROM lb_lineage n LEFT JOIN lb_log l ON l.rev = n.rev AND l.layer = n.layer AND l.id = n.child WHERE l.rev IS NULL"},
}

// layerFindings are asked of each layer: %[1]s stands for all its versions with
// rev_to, %[2]s for the layer's name as a literal, %[3]s and %[4]s for its tables.
var layerFindings = [...]finding{
	{"version.overlap", "SELECT %[2]s, format('%%s: versions %%s and %%s are both held true', a.id, a.version, b.version) FROM %[1]s a JOIN %[1]s b ON a.id = b.id AND a.version < b.version " +
		"WHERE a.rev_to IS NULL AND b.rev_to IS NULL AND daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to)"},
	{"version.twice", "SELECT %[2]s, format('%%s: version %%s stands in both tables', b.id, b.version) FROM %[3]s b JOIN %[4]s h USING (id, version)"},
	{"version.gap", "SELECT %[2]s, format('%%s: %%s versions, the last is %%s', id, n, last) FROM (SELECT id, count(DISTINCT version) AS n, max(version) AS last FROM %[1]s v GROUP BY id) v WHERE n <> last"},
	{"version.log", "SELECT %[2]s, format('%%s: version %%s has no log row %%s', v.id, v.version, v.rev) FROM %[1]s v LEFT JOIN lb_log l ON l.rev = v.rev AND l.layer = %[2]s AND l.id = v.id WHERE l.rev IS NULL"},
	{"version.log", "SELECT %[2]s, format('%%s: version %%s was superseded without a log row %%s', v.id, v.version, v.rev_to) FROM %[1]s v LEFT JOIN lb_log l ON l.rev = v.rev_to AND l.layer = %[2]s AND l.id = v.id WHERE v.rev_to IS NOT NULL AND l.rev IS NULL"},
	{"log.record", "SELECT %[2]s, format('revision %%s tells of %%s, which has no version', l.rev, l.id) FROM lb_log l WHERE l.layer = %[2]s AND NOT EXISTS (SELECT FROM %[3]s b WHERE b.id = l.id) AND NOT EXISTS (SELECT FROM %[4]s h WHERE h.id = l.id)"},
	{"record.id", "SELECT %[2]s, format('%%s: the next id is %%s', v.id, h.next_id) FROM (SELECT max(id) AS id FROM %[1]s v) v, lb_head h WHERE v.id >= h.next_id"},
	{"import.unknown", "SELECT %[2]s, format('%%s: version %%s names import %%s', v.id, v.version, v.import) FROM %[1]s v LEFT JOIN lb_imports i ON i.id = v.import WHERE v.import IS NOT NULL AND i.id IS NULL"},
}

// Integrity reports what the store itself can see is wrong, at most a hundred of
// each sort: codes "log.gap", "log.head", "log.record", "version.overlap",
// "version.twice", "version.gap", "version.log", "record.id", "import.log",
// "import.unknown", "lineage.log". Each table is read whole, so that a page that
// cannot be read is an error.
func (s *Store) Integrity(ctx context.Context, report func(code, subject, detail string)) error {
	return s.snapshot(ctx, "check the store", func(tx pgx.Tx) error {
		ask := func(code, sql string) error {
			rows, err := tx.Query(ctx, fmt.Sprintf("%s LIMIT %d", sql, worstReported))
			if err != nil {
				return err
			}
			var subject, detail string
			_, err = pgx.ForEachRow(rows, []any{&subject, &detail}, func() error {
				report(code, subject, detail)
				return nil
			})
			return err
		}
		for _, f := range storeFindings {
			if err := ask(f.code, f.sql); err != nil {
				return err
			}
		}
		tables, _, err := s.allTables(ctx, tx)
		if err != nil {
			return err
		}
		for _, t := range tables {
			columns := "id, version, rev, valid_from, valid_to, import"
			all := fmt.Sprintf("(SELECT %[1]s, NULL::bigint AS rev_to FROM %[2]s UNION ALL SELECT %[1]s, rev_to FROM %[3]s)", columns, t.base, t.history)
			for _, f := range layerFindings {
				if err := ask(f.code, fmt.Sprintf(f.sql, all, literal(t.layer.Name), t.base, t.history)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
