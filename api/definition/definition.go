// Package definition reads the definitions of APIs: OpenAPI, AsyncAPI, GraphQL and protobuf.
package definition

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The types of API whose definition is read. The text of any other type is taken as it is.
const (
	OpenAPI  = "openapi"
	AsyncAPI = "asyncapi"
	GraphQL  = "graphql"
	GRPC     = "grpc"
)

// MaxText is how many bytes a text may have.
const MaxText = 16 << 20

// SyntaxError says where a text cannot be parsed.
type SyntaxError struct {
	Line, Column int // from 1; the column is 0 if it is not known
	Message      string
}

func (e *SyntaxError) Error() string {
	if e.Column == 0 {
		return fmt.Sprintf("line %d: %s", e.Line, e.Message)
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// Check says what is wrong with the text of a definition, with the position where the format tells one; nil if it can be
// parsed. It looks at the syntax and, of OpenAPI and AsyncAPI, at the version field. FactsOf gives the same error: whoever
// wants both calls only that.
func Check(apiType, text string) error {
	_, err := FactsOf(apiType, text)
	return err
}

// FactsOf parses a definition, once, and returns what it says. The error is that of Check. Of a type whose text is taken
// as it is there are no facts: Format is empty.
func FactsOf(apiType, text string) (Facts, error) {
	facts := newFacts("")
	of := func(reader func(string) (Facts, error)) func(string) error {
		return func(text string) (err error) {
			facts, err = reader(text)
			return err
		}
	}
	err := read(apiType, text, map[string]func(string) error{
		OpenAPI: of(readOpenAPI), AsyncAPI: of(readAsyncAPI), GraphQL: of(readGraphQL), GRPC: of(readProto),
	})
	if err != nil {
		return Facts{}, err
	}
	return facts, nil
}

// read has a text read by the reader of its type, if there is one and the text is fit for it.
func read(apiType, text string, readers map[string]func(string) error) (err error) {
	reader := readers[strings.ToLower(apiType)]
	if reader == nil {
		return nil
	}
	if len(text) > MaxText {
		return fmt.Errorf("the text has %d bytes, %d at most: split the definition", len(text), MaxText)
	}
	if err := CheckUTF8(text); err != nil {
		return err
	}
	defer func() { // anybody may write a definition, and the parsers have had such faults
		if fault := recover(); fault != nil {
			err = fmt.Errorf("the parser cannot cope with this text: %v", fault)
		}
	}()
	return reader(text)
}

// CheckUTF8 says, as a *SyntaxError, where a text is not UTF-8. protobuf's parser panics on that.
func CheckUTF8(text string) error {
	if utf8.ValidString(text) {
		return nil
	}
	line := 1
	for i, r := range text {
		if _, size := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && size == 1 {
			break
		}
		if r == '\n' {
			line++
		}
	}
	return &SyntaxError{Line: line, Message: "not UTF-8: save the definition as UTF-8"}
}
