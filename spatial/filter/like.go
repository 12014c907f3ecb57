package filter

import (
	"bytes"
	"unicode/utf8"
)

// pattern is what stands after LIKE: % is any text, _ any one character, \ before
// a sign takes its meaning away.
type pattern struct {
	pieces []piece // between the %
	open   bool    // there is a % at all
}

// piece is a text without %. Where it has a _, runes holds it, anyRune for each.
type piece struct {
	text  []byte
	runes []rune
	size  int // characters
}

const anyRune = -1

func compile(s string) *pattern {
	p := &pattern{}
	var c piece
	var runes []rune
	wild := false
	end := func() {
		if c.size = len(runes); wild {
			c.runes = runes
		}
		p.pieces = append(p.pieces, c)
		c, runes, wild = piece{}, nil, false
	}
	plain := func(r rune) {
		runes = append(runes, r)
		c.text = utf8.AppendRune(c.text, r)
	}
	escaped := false
	for _, r := range s {
		switch {
		case escaped:
			plain(r)
		case r == '\\':
			escaped = true
			continue
		case r == '%':
			end()
			p.open = true
		case r == '_':
			wild = true
			runes = append(runes, anyRune)
		default:
			plain(r)
		}
		escaped = false
	}
	if escaped { // a \ that ends the pattern stands for itself
		plain('\\')
	}
	end()
	return p
}

// match takes time in proportion to the text times the pattern, at most: each
// piece is looked for once, from where the one before it ended.
func (p *pattern) match(s []byte) bool {
	first, last := &p.pieces[0], &p.pieces[len(p.pieces)-1]
	n, ok := first.starts(s)
	if !ok {
		return false
	}
	s = s[n:]
	if !p.open {
		return len(s) == 0
	}
	for i := 1; i < len(p.pieces)-1; i++ {
		end := p.pieces[i].find(s)
		if end < 0 {
			return false
		}
		s = s[end:]
	}
	return last.ends(s)
}

// starts gives how many bytes of s the piece takes at its beginning.
func (c *piece) starts(s []byte) (int, bool) {
	if c.runes == nil {
		return len(c.text), bytes.HasPrefix(s, c.text)
	}
	at := 0
	for _, want := range c.runes {
		r, n := utf8.DecodeRune(s[at:])
		if n == 0 || want != anyRune && want != r {
			return 0, false
		}
		at += n
	}
	return at, true
}

// find gives where the first place of the piece in s ends, -1 where there is none.
func (c *piece) find(s []byte) int {
	if c.runes == nil {
		if i := bytes.Index(s, c.text); i >= 0 {
			return i + len(c.text)
		}
		return -1
	}
	for at := 0; ; {
		if n, ok := c.starts(s[at:]); ok {
			return at + n
		}
		_, n := utf8.DecodeRune(s[at:])
		if n == 0 {
			return -1
		}
		at += n
	}
}

func (c *piece) ends(s []byte) bool {
	if c.runes == nil {
		return bytes.HasSuffix(s, c.text)
	}
	at := len(s)
	for range c.size {
		if at == 0 {
			return false
		}
		_, n := utf8.DecodeLastRune(s[:at])
		at -= n
	}
	_, ok := c.starts(s[at:])
	return ok
}
