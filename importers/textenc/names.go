package textenc

import "unicode/utf8"

// Reader reads names that stand before anybody has settled a file's encoding,
// such as those of its columns: by the encoding declared, as FromCPG takes it, or
// else by what Detect says of the samples. What cannot be decoded stands for
// itself, one letter a byte.
func Reader(declared string, samples [][]byte) func([]byte) string {
	name, ok := FromCPG(declared)
	if !ok {
		name, _ = Detect(samples)
	}
	decode, err := Decoder(name)
	return func(b []byte) string {
		if err == nil {
			if s, err := decode(b); err == nil {
				return s
			}
		}
		if utf8.Valid(b) {
			return string(b)
		}
		out := make([]rune, len(b))
		for i, c := range b {
			out[i] = rune(c)
		}
		return string(out)
	}
}
