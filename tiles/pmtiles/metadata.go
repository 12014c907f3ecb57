package pmtiles

import "encoding/json"

// Metadata is an archive's metadata as clients know it, and what it was made of.
type Metadata struct {
	Name        string        `json:"name,omitempty"`
	Description string        `json:"description,omitempty"`
	Attribution string        `json:"attribution,omitempty"`
	Type        string        `json:"type,omitempty"`
	Version     string        `json:"version,omitempty"`
	Format      string        `json:"format,omitempty"`
	Generator   string        `json:"generator,omitempty"`
	Layers      []VectorLayer `json:"vector_layers"`
	// Made is what Langbiang made the archive of; nil = it is of another making.
	Made *Made `json:"langbiang,omitempty"`
}

// VectorLayer is a layer as TileJSON 3.0 describes it.
type VectorLayer struct {
	ID      string            `json:"id"`
	MinZoom uint32            `json:"minzoom"`
	MaxZoom uint32            `json:"maxzoom"`
	Fields  map[string]string `json:"fields"`
}

// Made is what an archive was made of. Two archives of the same Made hold the same
// tiles.
type Made struct {
	Revision uint64     `json:"revision"` // of the store
	Layers   []string   `json:"layers"`
	MinZoom  uint32     `json:"minzoom"` // that was asked for
	MaxZoom  uint32     `json:"maxzoom"`
	Asked    []float64  `json:"asked,omitempty"` // west, south, east, north in degrees; none = everything
	Box      [4]float64 `json:"bounds"`          // that there is something in, likewise
	// Ground tells by cell ("x/y" of zoom 14) what stood there: another text, other
	// records. What is not named was empty.
	Ground map[string]string `json:"ground"`
	// Digest is the SHA-256, in hexadecimal digits, of root directory, leaf
	// directories and tiles, as they follow each other in the file.
	Digest string `json:"digest,omitempty"`
}

// ParseMetadata reads metadata. Errors: Invalid "pmtiles.metadata" (why).
func ParseMetadata(text []byte) (Metadata, error) {
	var m Metadata
	if err := json.Unmarshal(text, &m); err != nil {
		return m, bad("pmtiles.metadata", err.Error())
	}
	return m, nil
}

// Text is the metadata as it is written. The order of its parts is always the same.
func (m Metadata) Text() ([]byte, error) { return json.Marshal(m) }
