package importers

import (
	"io/fs"
	"iter"

	"github.com/langbiang/langbiang/importers/raw"
)

func openGeoPackage(fsys fs.FS, name string, lim raw.Limits) (raw.Info, iter.Seq2[raw.Feature, error], error) {
	return raw.Info{}, nil, unreadableFormat(name)
}

func (r *run) decoder(s *source) (func([]byte) string, error) {
	r.report.Encoding = "utf-8"
	return func(b []byte) string { return string(b) }, nil
}
