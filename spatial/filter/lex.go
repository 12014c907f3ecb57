package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is what a token of the text is.
type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenName
	tokenQuoted // a name in double quotes
	tokenText
	tokenNumber
	tokenSign // one of the signs
	tokenBad
)

// token is one word or sign. Text is its value: of a text or a quoted name what
// stands between the quotes.
type token struct {
	kind tokenKind
	at   int
	text string
}

// is reports whether the token is a sign, or a keyword in either case.
func (t token) is(word string) bool {
	return t.kind == tokenSign && t.text == word || t.kind == tokenName && strings.EqualFold(t.text, word)
}

// lexer cuts a text into tokens, one at a time.
type lexer struct {
	s  string
	at int
}

func nameStart(r rune) bool { return r == '_' || r == ':' || unicode.IsLetter(r) }

func namePart(r rune) bool {
	return nameStart(r) || r == '.' || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || r == '\u203f' || r == '\u2040'
}

func (l *lexer) next() token {
	l.at += len(l.s[l.at:]) - len(strings.TrimLeft(l.s[l.at:], " \t\r\n"))
	start := l.at
	if start == len(l.s) {
		return token{kind: tokenEnd, at: start}
	}
	r, n := utf8.DecodeRuneInString(l.s[start:])
	switch {
	case r == '\'' || r == '"':
		return l.quoted(byte(r))
	case r < utf8.RuneSelf && (isDigit(byte(r)) || r == '.' && start+1 < len(l.s) && isDigit(l.s[start+1])):
		return l.digits()
	case nameStart(r):
		for start+n < len(l.s) {
			r, w := utf8.DecodeRuneInString(l.s[start+n:])
			if !namePart(r) {
				break
			}
			n += w
		}
		l.at = start + n
		return token{tokenName, start, l.s[start:l.at]}
	case strings.IndexByte("()[],=+-*/%^<>", byte(r)) >= 0 && r < utf8.RuneSelf:
		if two := l.s[start:min(start+2, len(l.s))]; two == "<>" || two == "<=" || two == ">=" {
			n = 2
		}
		l.at = start + n
		return token{tokenSign, start, l.s[start:l.at]}
	}
	l.at = start + n
	return token{tokenBad, start, l.s[start:l.at]}
}

// quoted reads a text or a name; a quote is doubled within. One that does not end
// is bad.
func (l *lexer) quoted(q byte) token {
	start := l.at
	var b strings.Builder
	rest := l.s[start+1:]
	for {
		i := strings.IndexByte(rest, q)
		if i < 0 {
			l.at = len(l.s)
			return token{tokenBad, start, string(q)}
		}
		b.WriteString(rest[:i])
		rest = rest[i+1:]
		if rest == "" || rest[0] != q {
			break
		}
		b.WriteByte(q)
		rest = rest[1:]
	}
	l.at = len(l.s) - len(rest)
	kind := tokenText
	if q == '"' {
		kind = tokenQuoted
	}
	return token{kind, start, b.String()}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func (l *lexer) digits() token {
	start, at := l.at, l.at
	run := func() {
		for at < len(l.s) && isDigit(l.s[at]) {
			at++
		}
	}
	run()
	if at < len(l.s) && l.s[at] == '.' {
		at++
		run()
	}
	if at < len(l.s) && (l.s[at] == 'e' || l.s[at] == 'E') {
		exp := at + 1
		if exp < len(l.s) && (l.s[exp] == '+' || l.s[exp] == '-') {
			exp++
		}
		if exp < len(l.s) && isDigit(l.s[exp]) {
			at = exp
			run()
		}
	}
	l.at = at
	return token{tokenNumber, start, l.s[start:at]}
}
