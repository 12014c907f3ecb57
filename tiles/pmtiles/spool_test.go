package pmtiles

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// A journal that points beyond the bodies is cut off there, also where offset and
// length together run over.
func TestJournalRunsOver(t *testing.T) {
	for _, offset := range []uint64{1, math.MaxUint64, math.MaxUint64 - 9} {
		target := filepath.Join(t.TempDir(), "a.pmtiles")
		what := sha256.Sum256(nil)
		state := append([]byte("LBTILES1"), what[:]...)
		line := binary.LittleEndian.AppendUint64(nil, 0)
		line = binary.LittleEndian.AppendUint64(line, offset)
		line = binary.LittleEndian.AppendUint32(line, 10)
		line = binary.LittleEndian.AppendUint32(line, 0)
		line = append(binary.LittleEndian.AppendUint32(line, check(line)), 0, 0, 0, 0)
		if err := os.WriteFile(target+".state", append(state, line...), 0o600); err != nil {
			t.Fatal(err)
		}
		s, other, err := OpenSpool(target, nil)
		if err != nil || other || s.Tiles() != 0 {
			t.Fatal(offset, other, err)
		}
		if err := s.Remove(); err != nil {
			t.Error(err)
		}
	}
}
