package accept

import "testing"

func TestGzip(t *testing.T) {
	for header, want := range map[string]bool{"": false, "gzip": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "*": true, "identity": false, "gzip; q=0.0": false, "GZIP": true, "xgzip": false} {
		if got := Gzip(header); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
}
