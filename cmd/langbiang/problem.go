package main

import (
	"errors"
	"strings"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/web/problem"
)

// explain puts an error into words: the thing concerned, what is wrong and what to
// do in the catalogue's sentence, then the cause as the machine gave it.
func (c *console) explain(err error) string {
	var e *spatial.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	catalogue, cerr := problem.Load()
	if cerr != nil {
		return err.Error()
	}
	code := spatial.CodeOf(err)
	text, ok := catalogue.Text(code)
	if !ok {
		return err.Error()
	}
	var b strings.Builder
	sentence := catalogue.Of(err, c.lang).Detail
	if spatial.KindOf(err) == spatial.Internal { // which the web hides behind one sentence for all
		sentence = text.In(c.lang)
	}
	if s := subjectOf(err); s != "" && !strings.Contains(sentence, s) {
		b.WriteString(s + ": ")
	}
	b.WriteString(sentence)
	b.WriteString(" [" + code + "]")
	if cause := causeOf(err); cause != "" {
		b.WriteString("\n  " + strings.ReplaceAll(cause, "\n", "\n  "))
	}
	return b.String()
}

// finding is the sentence of a finding's code; "" where there is none.
func (c *console) finding(code string) string {
	catalogue, err := problem.Load()
	if err != nil {
		return ""
	}
	return catalogue.Finding(code, c.lang)
}

// subjectOf is the innermost thing that the chain names down to the error with the code.
func subjectOf(err error) string {
	subject := ""
	for err != nil {
		var e *spatial.Error
		if !errors.As(err, &e) {
			break
		}
		if e.Subject != "" {
			subject = e.Subject
		}
		if e.Code != "" {
			break
		}
		err = e.Err
	}
	return subject
}

// causeOf is what lies under our own errors: the words of the system, a parser or
// a database.
func causeOf(err error) string {
	for {
		var e *spatial.Error
		if !errors.As(err, &e) {
			return err.Error()
		}
		if e.Err == nil {
			return ""
		}
		err = e.Err
	}
}
