package outbound_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/api/outbound"
)

// FuzzParse holds that an address that is taken means the same to Go's client, and the same when it is read again.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"https://api.example.com/v1/pets?x=y", "http://[::1]:8080/", "https://a@b/", "http://0x7f.1/", "https://a.example./%2e%2e/",
		"https://a.example/%252e%252e%252f", "http://127.0.0.1:9000/v1/x;y", "https://a.example//b", "https://[::ffff:1.2.3.4]/",
		"http://a_b.svc/", "https://a.example:0443/", "https://a.example/%", "https://a.example?", "HTTPS://A.example/",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		to, err := outbound.Parse(address)
		if err != nil {
			return
		}
		again, err := outbound.Parse(to.String())
		if err != nil || again != to {
			t.Fatalf("%q is %+v, and %q is %+v, %v", address, to, to.String(), again, err)
		}
		r, err := http.NewRequest(http.MethodGet, to.String(), http.NoBody)
		if err != nil {
			t.Fatalf("%q is taken, and Go does not take %q: %v", address, to.String(), err)
		}
		if r.URL.Hostname() != to.Host || r.URL.EscapedPath() != to.Path || r.URL.RawQuery != to.Query || r.URL.User != nil || r.URL.Scheme != to.Scheme {
			t.Fatalf("%q is %+v, and Go calls %+v", address, to, r.URL)
		}
		original, err := url.Parse(address)
		if err != nil || original.Port() != "" && original.Port() != r.URL.Port() && r.URL.Port() != "" {
			t.Fatalf("%q: another port than %v", address, to)
		}
		if strings.ContainsAny(to.String(), " \r\n\t\\@#") && strings.ContainsAny(to.Host, "@#\\ \r\n\t") {
			t.Fatalf("%q: the host %q", address, to.Host)
		}
		for part := range strings.SplitSeq(to.Path, "/") {
			if plain, err := url.PathUnescape(part); err != nil || plain == ".." || strings.Contains(plain, "\\") {
				t.Fatalf("%q: the path %q", address, to.Path)
			}
		}
	})
}

// FuzzHeaders holds that what is judged to be a header is one, alone.
func FuzzHeaders(f *testing.F) {
	f.Add("X-Api-Key", "a", "Bearer x")
	f.Add("Cookie", "a\r\nb: c", "x\ny")
	f.Add("x_forwarded_for", "\x00", "")
	f.Fuzz(func(t *testing.T, name, value, authorization string) {
		rules := outbound.Rules{Visibility: "Public", Hosts: outbound.Hosts{{Origin: outbound.Origin{Scheme: "https", Host: "a.example", Port: 443}}},
			Names: func(string, outbound.Target) bool { return true }}
		got, err := outbound.Judge(rules, outbound.Call{Method: "GET", URL: "https://a.example/",
			Headers: []outbound.Header{{Name: name, Value: value}}, Authorization: authorization})
		if err != nil {
			return
		}
		r, err := http.NewRequest(http.MethodGet, "https://a.example/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range got.Headers {
			r.Header.Add(h.Name, h.Value)
		}
		var wire strings.Builder
		if err := r.Write(&wire); err != nil {
			t.Fatalf("%+v cannot be written: %v", got.Headers, err)
		}
		// The first line, Host, Go's own User-Agent, and those that were given.
		lines := strings.Count(wire.String(), "\n") - 1
		want := 3 + len(got.Headers)
		if lines != want && !strings.EqualFold(name, "user-agent") {
			t.Fatalf("%d lines, want %d:\n%q", lines, want, wire.String())
		}
		if r.Header.Get("Cookie") != "" || r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("X-Remote-User") != "" {
			t.Fatalf("%q is set", name)
		}
	})
}
