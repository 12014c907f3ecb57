package postgis

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// finding is one question whose rows are what is wrong: subject and detail.
type finding struct{ code, sql string }

// worstReported bounds what one question reports.
const worstReported = 100

// storeFindings are asked once.
var storeFindings = [...]finding{
	{"log.gap", "SELECT 'lb_log', format('revision %s comes after %s', rev, before) FROM (SELECT rev, coalesce(lag(rev) OVER (ORDER BY rev), 0) AS before FROM lb_log) l WHERE rev <> before + 1"},
	{"log.gap", "SELECT 'lb_head', format('the head is at %s, the log ends at %s', h.rev, l.rev) FROM lb_head h, (SELECT coalesce(max(rev), 0) AS rev FROM lb_log) l WHERE h.rev <> l.rev"},
	{"log.gap", "SELECT 'lb_head', format('%s rows', n) FROM (SELECT count(*) AS n FROM lb_head) h WHERE n <> 1"},
	{"import.unlogged", "SELECT format('lb_imports/%s', i.id), format('it ends at revision %s, which tells of something else', i.last) FROM lb_imports i LEFT JOIN lb_log l ON l.rev = i.last AND l.layer = 'lb_imports' AND l.id = i.id WHERE l.rev IS NULL"},
	{"store.reference", "SELECT format('lb_log/%s', l.rev), format('it names import %s, which is not there', l.import) FROM lb_log l LEFT JOIN lb_imports i ON i.id = l.import WHERE l.import IS NOT NULL AND i.id IS NULL"},
	{"store.reference", "SELECT format('%s/%s', n.layer, n.child), format('its lineage names revision %s, which tells of something else', n.rev) FROM lb_lineage n LEFT JOIN lb_log l ON l.rev = n.rev AND l.layer = n.layer AND l.id = n.child WHERE l.rev IS NULL"},
	{"store.reference", "SELECT format('lb_sessions/%s', left(s.hash, 8)), format('it names key %s, which is not there', s.key) FROM lb_sessions s LEFT JOIN lb_keys k ON k.id = s.key WHERE k.id IS NULL"},
}

// layerFindings are asked of each layer, whose name is $1 and whose versions,
// with rev_to, are @all@, in @base@ and @history@. Each gives an id and a detail.
var layerFindings = [...]finding{
	{"record.overlap", "SELECT a.id, format('versions %s and %s are held true on one day', a.version, b.version) FROM @all@ a JOIN @all@ b ON a.id = b.id AND a.version < b.version " +
		"WHERE a.rev_to IS NULL AND b.rev_to IS NULL AND daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to)"},
	{"record.twice", "SELECT b.id, format('version %s is in the present and in the history', b.version) FROM @base@ b JOIN @history@ h USING (id, version)"},
	{"record.gap", "SELECT id, format('%s versions, the last is %s', n, last) FROM (SELECT id, count(DISTINCT version) AS n, max(version) AS last FROM @all@ v GROUP BY id) v WHERE n <> last"},
	{"record.unlogged", "SELECT v.id, format('version %s of revision %s has no log row', v.version, v.rev) FROM @all@ v LEFT JOIN lb_log l ON l.rev = v.rev AND l.layer = $1 AND l.id = v.id WHERE l.rev IS NULL"},
	{"record.closed", "SELECT v.id, format('version %s was closed by revision %s, which has no log row of it', v.version, v.rev_to) FROM @history@ v LEFT JOIN lb_log l ON l.rev = v.rev_to AND l.layer = $1 AND l.id = v.id WHERE v.rev_to IS NOT NULL AND l.rev IS NULL"},
	{"log.unknown", "SELECT l.id, format('revision %s tells of it, and it has no version', l.rev) FROM lb_log l WHERE l.layer = $1 AND NOT EXISTS (SELECT FROM @base@ b WHERE b.id = l.id) AND NOT EXISTS (SELECT FROM @history@ h WHERE h.id = l.id)"},
	{"record.beyond", "SELECT v.id, format('its id is not below the next one, %s', h.next_id) FROM @all@ v, lb_head h WHERE v.id >= h.next_id"},
	{"store.reference", "SELECT v.id, format('version %s names import %s, which is not there', v.version, v.import) FROM @all@ v LEFT JOIN lb_imports i ON i.id = v.import WHERE v.import IS NOT NULL AND i.id IS NULL"},
}

// Integrity reports what the store itself can see is wrong, at most a hundred of
// each sort. The codes are those of the embedded store: "log.gap",
// "record.unlogged", "record.closed", "record.overlap", "record.twice",
// "record.beyond", "store.reference"; and "record.gap", "log.unknown",
// "import.unlogged". Subjects are LAYER/ID. That a legal shape's own SRID is the
// one beside it, the tables themselves hold.
func (s *Store) Integrity(ctx context.Context, report func(code, subject, detail string)) error {
	return s.snapshot(ctx, "check the store", func(tx pgx.Tx) error {
		ask := func(code, sql string, args ...any) error {
			rows, err := tx.Query(ctx, fmt.Sprintf("%s LIMIT %d", sql, worstReported), args...)
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
			fill := strings.NewReplacer("@all@", all, "@base@", t.base, "@history@", t.history)
			for _, f := range layerFindings {
				if err := ask(f.code, "SELECT $1 || '/' || id, format FROM ("+fill.Replace(f.sql)+") f", t.layer.Name); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
