package importers

func (r *run) decoder(s *source) (func([]byte) string, error) {
	r.report.Encoding = "utf-8"
	return func(b []byte) string { return string(b) }, nil
}
