// Package problem turns errors into RFC 9457 problem documents in Vietnamese or
// English.
//
// It is the only place where kinds of errors become status codes and where codes
// become sentences. The sentences are data: texts/*.json, one file an area, each
// a JSON object of code → {"vi", "en", "status"?}. A code that stands in no file
// falls back to its kind's sentence.
//
// Invariant: an Internal error never shows its cause, its code or its arguments;
// whatever went wrong, the answer is an application/problem+json document.
package problem
