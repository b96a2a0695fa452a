package outbound_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/api/outbound"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

func hosts(t testing.TB, list string) outbound.Hosts {
	t.Helper()
	h, err := outbound.ParseHosts(list)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// named is a definition that names all below /v1 of some origins.
func named(origins ...string) func(string, outbound.Target) bool {
	return func(method string, to outbound.Target) bool {
		for _, o := range origins {
			if to.Origin.String() == o && strings.HasPrefix(to.Path, "/v1/") && method != "DELETE" {
				return true
			}
		}
		return false
	}
}

func TestJudge(t *testing.T) {
	const allowed = "api.example.com,http://plain.example.com:8080,http://127.0.0.1:9000,https://[2001:db8::1]:8443"
	names := named("https://api.example.com", "http://plain.example.com:8080", "http://127.0.0.1:9000", "https://[2001:db8::1]:8443",
		"https://unlisted.example.com", "https://api.example.com:8443", "http://api.example.com", "http://127.0.0.1", "http://169.254.169.254")
	get := func(url string) outbound.Call { return outbound.Call{Method: "GET", URL: url} }
	with := func(name, value string) outbound.Call {
		return outbound.Call{Method: "GET", URL: "https://api.example.com/v1/pets", Headers: []outbound.Header{{Name: name, Value: value}}}
	}
	const pets = "https://api.example.com/v1/pets"
	cases := map[string]struct {
		visibility catalog.Visibility
		hosts      string
		call       outbound.Call
		want       string // in the refusal; sent if empty
	}{
		"what is named and allowed":                {"Public", allowed, get(pets), ""},
		"with a query":                             {"Public", allowed, get(pets + "?limit=1&to=http://other"), ""},
		"another scheme and port that are allowed": {"Public", allowed, get("http://plain.example.com:8080/v1/x"), ""},
		"an address that is allowed":               {"Public", allowed, get("http://127.0.0.1:9000/v1/x"), ""},
		"an IPv6 address that is allowed":          {"Public", allowed, get("https://[2001:db8:0::1]:8443/v1/x"), ""},
		"capitals in the host":                     {"Public", allowed, get("https://API.Example.com/v1/pets"), ""},
		"the port that the scheme has anyway":      {"Public", allowed, get("https://api.example.com:443/v1/pets"), ""},
		"a header of the API":                      {"Public", allowed, with("X-Api-Key", "secret"), ""},
		"a percent sign as a value":                {"Public", allowed, get("https://api.example.com/v1/100%25"), ""},

		"a Restricted API":        {"Restricted", allowed, get(pets), "Only Public APIs"},
		"a Private API":           {"Private", allowed, get(pets), "Only Public APIs"},
		"a visibility of nothing": {"", allowed, get(pets), "Only Public APIs"},
		"calls switched off":      {"Public", "", get(pets), "--dashboard-try-hosts"},

		"a host that is not allowed":          {"Public", allowed, get("https://unlisted.example.com/v1/pets"), "--dashboard-try-hosts"},
		"a host that the API does not name":   {"Public", allowed, get("https://other.example.com/v1/pets"), "names no operation"},
		"another port":                        {"Public", allowed, get("https://api.example.com:8443/v1/pets"), "does not allow"},
		"another scheme":                      {"Public", allowed, get("http://api.example.com/v1/pets"), "does not allow"},
		"another port of an allowed address":  {"Public", allowed, get("http://127.0.0.1/v1/pets"), "does not allow"},
		"the metadata service":                {"Public", allowed, get("http://169.254.169.254/v1/pets"), "does not allow"},
		"a path that is not named":            {"Public", allowed, get("https://api.example.com/admin"), "names no operation"},
		"a method that is not named":          {"Public", allowed, outbound.Call{Method: "DELETE", URL: pets}, "names no operation"},
		"a method in small letters":           {"Public", allowed, outbound.Call{Method: "get", URL: pets}, "cannot be sent"},
		"CONNECT":                             {"Public", allowed, outbound.Call{Method: "CONNECT", URL: pets}, "cannot be sent"},
		"TRACE":                               {"Public", allowed, outbound.Call{Method: "TRACE", URL: pets}, "cannot be sent"},
		"a method that smuggles a request":    {"Public", allowed, outbound.Call{Method: "GET / HTTP/1.1\r\nX: y", URL: pets}, "cannot be sent"},
		"a body that is too large":            {"Public", allowed, outbound.Call{Method: "POST", URL: pets, Body: make([]byte, outbound.MaxBody+1)}, "1 MiB"},
		"an address that is too long":         {"Public", allowed, get(pets + "?" + strings.Repeat("x", outbound.MaxURL)), "8 KiB"},
		"a file":                              {"Public", allowed, get("file:///etc/passwd"), "http or https"},
		"gopher":                              {"Public", allowed, get("gopher://127.0.0.1:9000/_x"), "http or https"},
		"javascript":                          {"Public", allowed, get("javascript:alert(1)"), "http or https"},
		"no scheme":                           {"Public", allowed, get("//api.example.com/v1/pets"), "http or https"},
		"a relative address":                  {"Public", allowed, get("/v1/pets"), "http or https"},
		"an opaque address":                   {"Public", allowed, get("https:api.example.com/v1/pets"), "http or https"},
		"nothing":                             {"Public", allowed, get(""), "http or https"},
		"a user before another host":          {"Public", allowed, get("https://api.example.com@127.0.0.1/v1/pets"), "user or a password"},
		"a user and password":                 {"Public", allowed, get("https://a:b@api.example.com/v1/pets"), "user or a password"},
		"an escaped user":                     {"Public", allowed, get("https://api.example.com%40127.0.0.1/v1/pets"), "cannot be read"},
		"a fragment":                          {"Public", allowed, get(pets + "#x"), "fragment"},
		"an empty fragment":                   {"Public", allowed, get(pets + "#"), "fragment"},
		"a backslash for a host":              {"Public", allowed, get("https://127.0.0.1\\@api.example.com/v1/pets"), "escaped"},
		"a new line":                          {"Public", allowed, get(pets + "\r\nHost: x"), "escaped"},
		"a space":                             {"Public", allowed, get(pets + " HTTP/1.1"), "escaped"},
		"a tab in the host":                   {"Public", allowed, get("https://api.exam\tple.com/v1/pets"), "escaped"},
		"letters of another script":           {"Public", allowed, get("https://аpi.example.com/v1/pets"), "escaped"},
		"a full-width dot":                    {"Public", allowed, get("https://127。0。0。1/v1/x"), "escaped"},
		"a dot at the end of the host":        {"Public", allowed, get("https://api.example.com./v1/pets"), "no name"},
		"two dots in the host":                {"Public", allowed, get("https://api..example.com/v1/pets"), "no name"},
		"no host":                             {"Public", allowed, get("https:///v1/pets"), "no name"},
		"a decimal address":                   {"Public", allowed, get("http://2130706433:9000/v1/x"), "no name"},
		"a hexadecimal address":               {"Public", allowed, get("http://0x7f000001:9000/v1/x"), "no name"},
		"a hexadecimal part at the end":       {"Public", allowed, get("http://127.0.0.0x1:9000/v1/x"), "no name"},
		"an octal address":                    {"Public", allowed, get("http://0177.0.0.1:9000/v1/x"), "no name"},
		"a short address":                     {"Public", allowed, get("http://127.1:9000/v1/x"), "no name"},
		"zero":                                {"Public", allowed, get("http://0:9000/v1/x"), "no name"},
		"an IPv4 address in IPv6 is the same": {"Public", allowed, get("http://[::ffff:127.0.0.1]:9000/v1/x"), ""},
		"the loopback address of IPv6":        {"Public", allowed, get("http://[::1]:9000/v1/x"), "names no operation"},
		"an IPv6 address with a zone":         {"Public", allowed, get("http://[fe80::1%25eth0]:9000/v1/x"), "no IPv6"},
		"an IPv6 address without brackets":    {"Public", allowed, get("http://::1:9000/v1/x"), "cannot be read"},
		"brackets around a name":              {"Public", allowed, get("http://[api.example.com]/v1/x"), "cannot be read"},
		"the port 0":                          {"Public", allowed, get("https://api.example.com:0/v1/pets"), "port"},
		"a port that is too high":             {"Public", allowed, get("https://api.example.com:65979/v1/pets"), "port"},
		"a port with a zero before":           {"Public", allowed, get("https://api.example.com:0443/v1/pets"), "port"},
		"a colon without a port":              {"Public", allowed, get("https://api.example.com:/v1/pets"), "port"},
		"dots in the path":                    {"Public", allowed, get("https://api.example.com/v1/../admin"), "leads elsewhere"},
		"escaped dots in the path":            {"Public", allowed, get("https://api.example.com/v1/%2e%2e/admin"), "leads elsewhere"},
		"dots and a slash, escaped":           {"Public", allowed, get("https://api.example.com/v1/%2e%2e%2fadmin"), "leads elsewhere"},
		"dots that are escaped twice":         {"Public", allowed, get("https://api.example.com/v1/%252e%252e%252fadmin"), "leads elsewhere"},
		"dots that are escaped four times":    {"Public", allowed, get("https://api.example.com/v1/%2525252e%2525252e"), "leads elsewhere"},
		"dots with a parameter":               {"Public", allowed, get("https://api.example.com/v1/..;x=y/admin"), "leads elsewhere"},
		"an escaped backslash":                {"Public", allowed, get("https://api.example.com/v1/..%5cadmin"), "leads elsewhere"},
		"an escaped new line in the path":     {"Public", allowed, get("https://api.example.com/v1/a%0d%0ab"), "leads elsewhere"},
		"an escaped zero in the path":         {"Public", allowed, get("https://api.example.com/v1/a%00b"), "leads elsewhere"},

		"a cookie":                             {"Public", allowed, with("Cookie", "a=b"), "cannot be set"},
		"a host header":                        {"Public", allowed, with("Host", "admin.internal"), "cannot be set"},
		"Authorization among the headers":      {"Public", allowed, with("authorization", "Bearer x"), "cannot be set"},
		"Proxy-Authorization":                  {"Public", allowed, with("Proxy-Authorization", "x"), "cannot be set"},
		"a length that smuggles":               {"Public", allowed, with("Content-Length", "0"), "cannot be set"},
		"an encoding that smuggles":            {"Public", allowed, with("Transfer-Encoding", "chunked"), "cannot be set"},
		"a header of an authenticating proxy":  {"Public", allowed, with("X-Remote-User", "admin"), "cannot be set"},
		"the same with an underscore":          {"Public", allowed, with("X_Remote_User", "admin"), "cannot be set"},
		"X-Forwarded-For":                      {"Public", allowed, with("X-Forwarded-For", "127.0.0.1"), "cannot be set"},
		"Impersonate-User":                     {"Public", allowed, with("Impersonate-User", "admin"), "cannot be set"},
		"the header of the metadata service":   {"Public", allowed, with("Metadata-Flavor", "Google"), "cannot be set"},
		"a method override":                    {"Public", allowed, with("X-HTTP-Method-Override", "DELETE"), "cannot be set"},
		"Upgrade":                              {"Public", allowed, with("Upgrade", "websocket"), "cannot be set"},
		"a header with a colon":                {"Public", allowed, with("X: y\r\nCookie", "a"), "cannot be set"},
		"a header without a name":              {"Public", allowed, with("", "a"), "cannot be set"},
		"a value with a new line":              {"Public", allowed, with("X-A", "a\r\nCookie: b"), "cannot be sent"},
		"a value with a line feed alone":       {"Public", allowed, with("X-A", "a\nb"), "cannot be sent"},
		"a value that is too long":             {"Public", allowed, with("X-A", strings.Repeat("a", outbound.MaxHeader)), "cannot be sent"},
		"too many headers":                     {"Public", allowed, outbound.Call{Method: "GET", URL: pets, Headers: make([]outbound.Header, outbound.MaxHeaders+1)}, "more than 32"},
		"an authorization with a new line":     {"Public", allowed, outbound.Call{Method: "GET", URL: pets, Authorization: "Bearer x\r\nCookie: y"}, "authorization cannot be sent"},
		"an authorization that the reader set": {"Public", allowed, outbound.Call{Method: "GET", URL: pets, Authorization: "Bearer x"}, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := outbound.Judge(outbound.Rules{Visibility: tc.visibility, Hosts: hosts(t, tc.hosts), Names: names}, tc.call)
			switch {
			case tc.want == "" && err != nil:
				t.Errorf("Judge(%+v) = %v, want it sent", tc.call, err)
			case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("Judge(%+v) = %+v, %v, want a refusal with %q", tc.call, got, err, tc.want)
			}
		})
	}
}

func TestHostsAreParsed(t *testing.T) {
	for list, want := range map[string]string{
		"":                              "",
		" , ,":                          "",
		"api.example.com":               "https://api.example.com",
		"API.example.com:8443":          "https://api.example.com:8443",
		"http://a.example, b.example":   "http://a.example https://b.example",
		"10.0.0.1":                      "https://10.0.0.1",
		"https://[::1]:8443":            "https://[::1]:8443",
		"a.example,a.example":           "https://a.example",
		"http://a.svc:80=10.96.0.0/12":  "http://a.svc",
		"*.example.com":                 "error",
		"https://a.example/":            "error",
		"https://a.example/v1":          "error",
		"https://a.example?x":           "error",
		"https://user@a.example":        "error",
		"ftp://a.example":               "error",
		"a.example=10.0.0.1":            "error",
		"a.example=10.0.0.1/8":          "error",
		"a.example=0.0.0.0/0":           "error",
		"a.example=::ffff:10.0.0.0/104": "error",
		"a.example=":                    "error",
		"10.0.0.1=10.0.0.0/8":           "error",
		"2130706433":                    "error",
		"a.example.":                    "error",
	} {
		found, err := outbound.ParseHosts(list)
		var words []string
		for _, h := range found {
			words = append(words, h.Origin.String())
		}
		got := strings.Join(words, " ")
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("ParseHosts(%q) = %q, %v, want %q", list, got, err, want)
		}
	}
}

func TestReaches(t *testing.T) {
	cases := map[string]struct{ yes, no string }{
		"a.example": {"1.1.1.1 8.8.8.8 2606:4700::1111", "127.0.0.1 127.9.9.9 ::1 0.0.0.0 :: 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 " +
			"169.254.169.254 fe80::1 fc00::1 fd00:ec2::254 100.64.0.1 100.100.100.200 192.0.0.192 168.63.129.16 198.18.0.1 224.0.0.1 255.255.255.255 " +
			"::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:10.0.0.1 64:ff9b::a9fe:a9fe 2002:7f00:1:: 2001:0:7f00:1:: 2001:db8::1 ff02::1 fec0::1 ::127.0.0.1 fe80::1%eth0"},
		"a.svc=10.96.0.0/12":                   {"1.1.1.1 10.96.0.1 10.111.255.255 ::ffff:10.96.0.1", "10.112.0.0 127.0.0.1 169.254.169.254 192.168.0.1"},
		"a.svc=10.96.0.0/12,a.svc=fd00::/8":    {"10.96.0.1 fd12::1", "fd00:ec2::254 fe80::1 192.168.0.1"},
		"a.svc=127.0.0.0/8":                    {"127.0.0.1", "::1 10.0.0.1"},
		"a.svc=169.0.0.0/8":                    {"169.1.1.1", "169.254.169.254"},
		"a.svc=169.254.169.254/32":             {"169.254.169.254", "169.254.169.253"},
		"http://127.0.0.1:8080":                {"127.0.0.1", "127.0.0.2 ::1"},
		"http://[::1]:8080":                    {"::1", "127.0.0.1"},
		"a.svc=100.64.0.0/10,a.svc=10.0.0.0/8": {"100.64.0.1 10.1.1.1", "100.100.100.200 127.0.0.1"},
	}
	for list, tc := range cases {
		h := hosts(t, list)[0]
		for want, addresses := range map[bool]string{true: tc.yes, false: tc.no} {
			for a := range strings.FieldsSeq(addresses) {
				if got := h.Reaches(netip.MustParseAddr(a)); got != want {
					t.Errorf("%s reaches %s: %v, want %v", list, a, got, want)
				}
			}
		}
	}
	if h := hosts(t, "a.example")[0]; h.Reaches(netip.Addr{}) {
		t.Error("no address is reached")
	}
}
