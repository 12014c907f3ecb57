//go:build bench

package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestMap has the front end's own measuring write its page: how soon the map is of use
// in a browser.
func TestMap(t *testing.T) {
	bin, err := filepath.Abs(*program)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("npm", "run", "--silent", "bench")
	cmd.Dir = filepath.Join("..", "web", "ui")
	cmd.Env = append(os.Environ(), "LANGBIANG_BIN="+bin)
	said, err := cmd.CombinedOutput()
	t.Logf("%s", said)
	if err != nil {
		t.Fatal(err)
	}
}
