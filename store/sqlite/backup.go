package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	engine "modernc.org/sqlite"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/store"
)

// ChecksumSuffix names the file beside a backup that holds its SHA-256, in the
// form that sha256sum -c reads.
const ChecksumSuffix = ".sha256"

// backupPages is how many pages a backup copies before it looks at its context.
const backupPages = 512

// Backup copies the store as of one moment to file, while it is read and written,
// and puts its checksum beside it. progress is told the pages done and in all.
// The copy is a GeoPackage without write-ahead log. A file that is there already
// is Conflict "backup.exists".
func (s *Store) Backup(ctx context.Context, file string, progress func(done, total int)) error {
	const op = "back up"
	for _, name := range []string{file, file + ChecksumSuffix} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			if err != nil {
				return wrap(op, file, err)
			}
			return &spatial.Error{Op: op, Kind: spatial.Conflict, Code: "backup.exists", Subject: name, Args: map[string]any{"path": name}}
		}
	}
	part, err := temporary(file)
	if err != nil {
		return away(op, file, err)
	}
	defer os.Remove(part)
	if err := s.read(ctx, op, func(t *tx) error { return t.copyTo(ctx, part, progress) }); err != nil {
		return err
	}
	sum, err := settle(ctx, part)
	if err != nil {
		return wrap(op, file, err)
	}
	line := []byte(sum + "  " + filepath.Base(file) + "\n")
	// the checksum first: a backup without one is not restored
	if err := os.WriteFile(file+ChecksumSuffix, line, 0o600); err != nil {
		return away(op, file, err)
	}
	if err := os.Rename(part, file); err != nil {
		return away(op, file, errors.Join(err, os.Remove(file+ChecksumSuffix)))
	}
	return nil
}

func away(op, path string, err error) error {
	return &spatial.Error{Op: op, Kind: spatial.Unavailable, Code: "store.away", Subject: path, Err: err}
}

// temporary makes an empty file beside a name.
func temporary(name string) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".part*")
	if err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

// copyTo copies every page of the transaction's snapshot.
func (t *tx) copyTo(ctx context.Context, file string, progress func(done, total int)) error {
	to, err := dsn(file, "rwc", time.Second)
	if err != nil {
		return err
	}
	b, err := t.dc.NewBackup(to)
	if err != nil {
		return err
	}
	for {
		more, err := b.Step(backupPages)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return errors.Join(err, b.Finish())
		}
		if progress != nil {
			progress(b.PageCount()-b.Remaining(), b.PageCount())
		}
		if !more {
			return b.Finish()
		}
	}
}

// settle puts a copy into rollback mode, so that it is one file, flushes it to
// the disk and gives its checksum.
func settle(ctx context.Context, file string) (string, error) {
	name, err := dsn(file, "rw", time.Second)
	if err != nil {
		return "", err
	}
	connector, err := engine.NewConnector(name)
	if err != nil {
		return "", err
	}
	db := sql.OpenDB(connector)
	_, err = db.ExecContext(ctx, "PRAGMA journal_mode = DELETE")
	if err = errors.Join(err, db.Close()); err != nil {
		return "", err
	}
	return checksum(ctx, file)
}

// checksum flushes a file and gives its SHA-256 in hex.
func checksum(ctx context.Context, file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return "", err
	}
	h := sha256.New()
	if err := copyWhile(ctx, h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func copyWhile(ctx context.Context, to io.Writer, from io.Reader) error {
	for {
		n, err := io.CopyN(to, from, 8<<20)
		if err == io.EOF || err == nil && n == 0 {
			return nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// Restore puts a backup in the place of the store at target, which may be missing.
// Errors: NotFound "backup.missing" or "backup.noChecksum"; Invalid
// "backup.damaged" where the checksum does not agree, and "store.notOurs" where
// either file is no store of ours; Conflict "store.inUse" where a process has
// target open.
func Restore(ctx context.Context, backup, target string) error {
	const op = "restore"
	line, err := os.ReadFile(backup + ChecksumSuffix)
	if err != nil {
		return &spatial.Error{Op: op, Kind: spatial.NotFound, Code: "backup.noChecksum", Subject: backup, Args: map[string]any{"path": backup + ChecksumSuffix}, Err: err}
	}
	want, _, _ := strings.Cut(string(line), " ")
	got, err := checksum(ctx, backup)
	if errors.Is(err, fs.ErrNotExist) {
		return &spatial.Error{Op: op, Kind: spatial.NotFound, Code: "backup.missing", Subject: backup, Args: map[string]any{"path": backup}, Err: err}
	}
	if err != nil {
		return wrap(op, backup, err)
	}
	if got != strings.TrimSpace(want) {
		return &spatial.Error{Op: op, Kind: spatial.Invalid, Code: "backup.damaged", Subject: backup, Args: map[string]any{"path": backup}}
	}
	exists, err := looksLike(target)
	if err != nil {
		return err
	}
	if exists {
		if err := vacant(ctx, target); err != nil {
			return err
		}
	}
	part, err := temporary(target)
	if err != nil {
		return away(op, target, err)
	}
	defer os.Remove(part)
	if err := copyFile(ctx, backup, part); err != nil {
		return wrap(op, target, err)
	}
	if again, err := checksum(ctx, part); err != nil || again != got {
		return away(op, target, errors.Join(err, fmt.Errorf("the copy's checksum is %s, the backup's %s", again, got)))
	}
	if err := ours(ctx, part); err != nil {
		return err
	}
	if err := os.Rename(part, target); err != nil {
		return away(op, target, err)
	}
	return nil
}

func copyFile(ctx context.Context, from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	err = copyWhile(ctx, out, in)
	return errors.Join(err, out.Close())
}

// ours checks that a file in rollback mode is a store that this program can open,
// at whatever version up to its own.
func ours(ctx context.Context, path string) error {
	if _, err := looksLike(path); err != nil {
		return err
	}
	return probe(ctx, path, func(s *Store) error {
		steps, err := migrations(migrationFiles)
		if err == nil {
			_, err = s.behind(steps)
		}
		return err
	})
}

// vacant checks that the file at path is a store of ours, or empty, and that
// nobody has it open: only a connection that is alone can leave WAL mode, which
// also folds the log into the file.
func vacant(ctx context.Context, path string) error {
	return probe(ctx, path, func(s *Store) error {
		mode, err := s.writer.text("PRAGMA journal_mode = DELETE")
		if busy(err) || err == nil && mode != "delete" {
			return &spatial.Error{Op: "restore", Kind: spatial.Conflict, Code: "store.inUse", Subject: path, Args: map[string]any{"path": path}, Err: err}
		}
		return err
	})
}

// probe opens a file as it is, without making or migrating anything, for f.
func probe(ctx context.Context, path string, f func(*Store) error) error {
	name, err := dsn(path, "rw", 0)
	if err != nil {
		return err
	}
	connector, err := engine.NewConnector(name)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	s := &Store{path: path, cfg: store.Config{}}
	if s.writer, err = connect(ctx, db); err != nil {
		return wrap("restore", path, err)
	}
	err = s.writer.use(func() error {
		fresh, err := s.identify()
		if err != nil || fresh {
			return err
		}
		return f(s)
	})
	return wrap("restore", path, errors.Join(err, s.writer.close()))
}
