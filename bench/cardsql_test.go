//go:build bench

package bench

// shapes gives a table of the other side what its answers are made of: each record with
// its shape in WGS 84 (geom) and in metres (plane), and GiST indexes on both. Each is a
// transaction: an index is of no use to the one that updated what it is on.
func shapes(table string) []string {
	return []string{
		`ALTER TABLE ` + table + ` ADD plane geometry`,
		`UPDATE ` + table + ` a SET plane = ST_MakeValid(p.geom) FROM ` + table + `_plane p WHERE p.id = a.id`,
		`DROP TABLE ` + table + `_plane`,
		`CREATE INDEX ON ` + table + ` USING gist (plane)`,
	}
}

// lies is the table that holds what part of a parcel lies in what, worked out beforehand
// by the query's own rule; and what else there is to join by. One zone is taken after the
// other, so that what PostGIS prepares of it serves all its parcels.
func lies() []string {
	of := func(table, kind string) string {
		return `SELECT p.id AS parcel, '` + kind + `' AS kind, a.id AS what, p.area FROM ` + table + ` a CROSS JOIN LATERAL (
  SELECT p.id, CASE WHEN ST_Covers(a.plane, p.plane) THEN p.area ELSE ST_Area(ST_Intersection(a.plane, p.plane)) END AS area FROM parcels p WHERE ST_Intersects(a.plane, p.plane) OFFSET 0) p`
	}
	return []string{
		`CREATE TABLE lies AS ` + of("zones", "z") + ` UNION ALL ` + of("restrictions", "r"),
		`CREATE INDEX ON lies (parcel, kind)`,
		`CREATE INDEX ON plans (code)`,
		`CREATE INDEX ON documents (code)`,
		`CREATE INDEX ON wards (code)`,
		`CLUSTER parcels USING parcels_geom_geom_idx`,
		`VACUUM ANALYZE`,
	}
}

// cited is a document as the card cites it.
func cited(code string) string {
	return `(SELECT json_build_object('id', d.id::text, 'number', d.number, 'title', d.title, 'authority', d.authority, 'date', d.date, 'url', d.url, 'status', d.status) FROM documents d WHERE d.code = ` + code + `)`
}

// cards are the queries that a card's facts come from: "worked" works the covers out as
// they are asked for, "kept" joins those worked out beforehand. A cover under 1 % of the
// parcel or 2 m² is folded, as ours are.
func cards() map[string]string {
	zones := map[string]string{
		"worked": `zones z CROSS JOIN LATERAL (SELECT CASE WHEN ST_Covers(z.plane, p.plane) THEN p.area ELSE ST_Area(ST_Intersection(z.plane, p.plane)) END AS area) c WHERE ST_Intersects(z.plane, p.plane)`,
		"kept":   `lies c JOIN zones z ON z.id = c.what WHERE c.parcel = p.id AND c.kind = 'z'`,
	}
	restrictions := map[string]string{
		"worked": `restrictions r CROSS JOIN LATERAL (SELECT CASE WHEN ST_Covers(r.plane, p.plane) THEN p.area ELSE ST_Area(ST_Intersection(r.plane, p.plane)) END AS area) c WHERE ST_Intersects(r.plane, p.plane)`,
		"kept":   `lies c JOIN restrictions r ON r.id = c.what WHERE c.parcel = p.id AND c.kind = 'r'`,
	}
	const folded = ` AND c.area >= 0.01 * p.area AND (c.area >= 2 OR c.area >= 0.1 * p.area)`
	out := map[string]string{}
	for how := range zones {
		out[how] = `
SELECT json_build_object(
  'id', p.id::text, 'revision', p.rev, 'code', p.code, 'address', p.address,
  'reference', json_build_object('commune', p.commune, 'communeName', (SELECT w.name FROM wards w WHERE w.code = p.commune LIMIT 1), 'sheetCommune', p.sheet_commune, 'sheet', p.sheet, 'number', p.number, 'aliases', p.aliases),
  'area', json_build_object('registered', p.area_registered, 'computed', p.area),
  'use', p.use,
  'zones', (SELECT json_agg(json_build_object('id', z.id::text, 'code', z.code, 'name', z.name, 'use', z.use, 'floors', z.floors, 'height', z.height, 'density', z.density, 'far', z.far,
      'setbacks', json_build_array(z.setback_front, z.setback_side, z.setback_rear), 'status', z.status, 'article', z.article, 'area', round(c.area::numeric, 2), 'share', c.area / p.area,
      'plan', (SELECT json_build_object('code', l.code, 'name', l.name, 'level', l.level, 'legalStatus', l.legal_status, 'from', l.period_from, 'to', l.period_to) FROM plans l WHERE l.code = z.plan),
      'document', ` + cited("z.document") + `)) FROM ` + zones[how] + folded + `),
  'restrictions', (SELECT json_agg(json_build_object('id', r.id::text, 'kind', r.kind, 'code', r.code, 'name', r.name, 'floors', r.floors, 'height', r.height, 'distance', r.distance, 'status', r.status,
      'legalStatus', r.legal_status, 'article', r.article, 'area', round(c.area::numeric, 2), 'share', c.area / p.area, 'document', ` + cited("r.document") + `)) FROM ` + restrictions[how] + folded + `),
  'geometry', ST_AsGeoJSON(p.geom, 9)::json)::text
FROM parcels p WHERE ST_Intersects(p.geom, ST_SetSRID(ST_MakePoint($1, $2), 4326)) ORDER BY p.id LIMIT 1`
	}
	return out
}
