package outbound

import (
	"fmt"
	"slices"
	"strings"
)

// kept are headers that the reader cannot set: those of the connection, cookies, those by which servers are told who asks
// or where he is, and those that open the metadata services of clouds.
var kept = []string{
	"authorization", "connection", "content-length", "cookie", "cookie2", "date", "expect", "forwarded", "from", "host",
	"keep-alive", "metadata", "metadata-flavor", "origin", "referer", "server", "te", "trailer", "transfer-encoding", "upgrade",
	"via", "accept-encoding", "client-ip", "true-client-ip", "cf-connecting-ip", "set-cookie", "http2-settings",
	"access-control-request-method", "access-control-request-headers", "x-real-ip", "x-client-ip", "x-cluster-client-ip",
	"x-original-url", "x-rewrite-url", "x-http-method", "x-http-method-override", "x-method-override",
	"remote-user", "x-user", "user-agent",
}

// keptPrefixes begin headers that the reader cannot set.
var keptPrefixes = []string{
	"proxy-", "sec-", "x-forwarded-", "x-remote-", "x-aws-ec2-metadata-", "impersonate-", "x-callboard-", "x-envoy-", "x-google-metadata",
}

// Settable tells whether a reader may set a header of a call.
func Settable(name string) bool {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-") // some servers take one for the other
	return isToken(name) && !slices.Contains(kept, name) &&
		!slices.ContainsFunc(keptPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

// headersOf are the headers of a call, or why it cannot have them.
func headersOf(c Call) ([]Header, error) {
	if len(c.Headers) > MaxHeaders {
		return nil, &Refusal{fmt.Sprintf("There are more than %d headers", MaxHeaders), "Leave some out"}
	}
	var out []Header
	for _, h := range c.Headers {
		if !Settable(h.Name) {
			return nil, &Refusal{fmt.Sprintf("The header %.40q cannot be set from here", h.Name), "Leave it out, or call the API from your own computer"}
		}
		if !isValue(h.Value) || len(h.Name)+len(h.Value) > MaxHeader {
			return nil, &Refusal{fmt.Sprintf("The value of the header %.40q cannot be sent", h.Name), "Write one line of at most 8 KiB"}
		}
		out = append(out, h)
	}
	if c.Authorization != "" {
		if !isValue(c.Authorization) || len(c.Authorization) > MaxHeader {
			return nil, &Refusal{"The authorization cannot be sent", "Write one line, such as Bearer and a token"}
		}
		out = append(out, Header{"Authorization", c.Authorization})
	}
	return out, nil
}

// isToken tells whether a text can be the name of a header.
func isToken(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	}) < 0
}

// isValue tells whether a text can be the value of a header: one line, without control characters.
func isValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
