// Package style is how the map looks: the styles that MapLibre, QGIS and GDAL draw
// our tiles by, the glyphs of their labels and the sprite of their icons, served
// over HTTP.
//
// It is not the tiles and knows no record. Every style is made of one list of
// layers (layers/), of expressions that several of them share (shared.json), of the
// colours of a theme (themes.json) and of what stands for what (symbols.json, and
// the land-use table): nothing of it is written twice. In those files a string
// "@name" stands for the value of that name. Glyphs and sprite are made by the
// scripts under build/ and committed.
//
// Invariant: a style depends on its name, its language and the address it is asked
// at, and on nothing else: the same request gives the same bytes.
package style
