package auth

import (
	"crypto/rand"
	"math/big"
	"strings"
)

// base62 digits.
const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// secretLength is how many base62 digits hold 32 bytes.
const secretLength = 43

// NewSecret is a new API key: "lb_" and 32 random bytes in base62, 46 characters.
func NewSecret() string { return "lb_" + random() }

// random is 32 random bytes in base62, at a fixed length.
func random() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	n, base, digit := new(big.Int).SetBytes(b[:]), big.NewInt(62), new(big.Int)
	out := make([]byte, secretLength)
	for i := len(out) - 1; i >= 0; i-- {
		n.DivMod(n, base, digit)
		out[i] = digits[digit.Int64()]
	}
	return string(out)
}

// shaped reports whether a text can be a secret at all, so that nothing else is
// hashed or looked up.
func shaped(secret string) bool {
	if len(secret) < 16 || len(secret) > 128 {
		return false
	}
	return strings.IndexFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
