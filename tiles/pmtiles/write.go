package pmtiles

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// Write writes the archive of all that was added to the spool's target: beside it
// first, and in its place when it is whole. made.Digest is worked out here. It gives
// the archive's size in bytes. Errors: Invalid "pmtiles.empty" where no tile was
// added, Unavailable "file.unwritable".
func (s *Spool) Write(m Metadata) (size int64, err error) {
	if len(s.entries) == 0 {
		return 0, &spatial.Error{Op: "write a tile archive", Kind: spatial.Invalid, Code: "pmtiles.empty", Subject: s.target}
	}
	if err := s.Flush(); err != nil {
		return 0, err
	}
	root, leaves := directories(s.entries)
	made := *m.Made
	m.Made = &made
	digest := sha256.New()
	_, _ = digest.Write(root) // a hash takes everything
	_, _ = digest.Write(leaves)
	if _, err := io.Copy(digest, io.NewSectionReader(s.part, 0, int64(s.size))); err != nil {
		return 0, unwritable(s.target, err)
	}
	made.Digest = hex.EncodeToString(digest.Sum(nil))
	text, err := m.Text()
	if err != nil {
		return 0, err
	}
	metadata := zip(text)
	h := s.Header(made.Box)
	h.Root = Section{headerLength, uint64(len(root))}
	h.Metadata = Section{h.Root.end(), uint64(len(metadata))}
	h.Leaves = Section{h.Metadata.end(), uint64(len(leaves))}
	h.Data = Section{h.Leaves.end(), s.size}

	f, err := os.Create(s.target + ".new")
	if err != nil {
		return 0, unwritable(s.target, err)
	}
	defer func() {
		if err != nil {
			err = unwritable(s.target, err)
			_ = os.Remove(f.Name()) // it may be gone, or in its place
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	for _, b := range [][]byte{h.bytes(), root, metadata, leaves} {
		if _, err := w.Write(b); err != nil {
			return 0, errors.Join(err, f.Close())
		}
	}
	_, err = io.Copy(w, io.NewSectionReader(s.part, 0, int64(s.size)))
	if err = errors.Join(err, w.Flush(), f.Sync(), f.Close()); err != nil {
		return 0, err
	}
	return int64(h.Data.end()), os.Rename(f.Name(), s.target)
}

// Header is the header of what was added, without its sections. There is a tile. box
// is what the tiles are of: west, south, east, north, in degrees.
func (s *Spool) Header(box [4]float64) Header {
	h := Header{Addressed: s.addressed, Entries: uint64(len(s.entries)), Contents: s.contents, Clustered: true, Internal: Gzip, Tiles: Gzip, Type: MVT}
	z, _, _, _ := Place(s.entries[0].ID)
	h.MinZoom = uint8(z)
	z, _, _, _ = Place(s.next() - 1)
	h.MaxZoom = uint8(z)
	h.lies(orb.Bound{Min: orb.Point{box[0], box[1]}, Max: orb.Point{box[2], box[3]}})
	return h
}
