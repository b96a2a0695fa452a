// Package outbound says which calls to APIs the dashboard may send for a reader: to which hosts, at which addresses, with
// which methods and headers. It sends nothing.
package outbound

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// The bounds of a call.
const (
	// MaxURL is how many bytes an address may have.
	MaxURL = 8 << 10
	// MaxBody is how many bytes a call may carry.
	MaxBody = 1 << 20
	// MaxHeaders is how many headers a call may have, and MaxHeader how many bytes the name and value of one.
	MaxHeaders, MaxHeader = 32, 8 << 10
)

// Flag is the flag by which an administrator allows hosts.
const Flag = "--dashboard-try-hosts"

// Refusal says why a call is not sent, and what to do about it.
type Refusal struct {
	Why, Remedy string
}

func (r *Refusal) Error() string {
	if r.Remedy == "" {
		return r.Why + "."
	}
	return r.Why + ". " + r.Remedy + "."
}

// Call is what a reader asks to be sent.
type Call struct {
	Method, URL string
	// Headers are what the reader, or the explorer for him, set for the API. Those of his own request are not among them.
	Headers []Header
	// Authorization is what he typed to be sent as that header, if it is not empty.
	Authorization string
	Body          []byte
}

// Header is one of a call.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Rules are what is known of the API that is called.
type Rules struct {
	Visibility catalog.Visibility
	// Hosts are those that the administrator allows.
	Hosts Hosts
	// Names tells whether the definition of the API names an operation of that method at that address.
	Names func(method string, to Target) bool
}

// Allowed is a call that may be sent.
type Allowed struct {
	Method  string
	To      Target
	Host    Host
	Headers []Header // with Authorization, if it was given
	Body    []byte
}

// Judge says whether a call may be sent. The error is a *Refusal.
func Judge(r Rules, c Call) (Allowed, error) {
	if err := Open(r.Visibility, r.Hosts); err != nil {
		return Allowed{}, err
	}
	if !slices.Contains(Methods, c.Method) {
		return Allowed{}, &Refusal{fmt.Sprintf("The method %.20q cannot be sent from here", c.Method), "Methods are " + strings.Join(Methods, ", ")}
	}
	if len(c.Body) > MaxBody {
		return Allowed{}, &Refusal{"The body is larger than 1 MiB", "Send it from your own computer"}
	}
	to, err := Parse(c.URL)
	if err != nil {
		return Allowed{}, err
	}
	if !r.Names(c.Method, to) {
		return Allowed{}, &Refusal{"The definition of this API names no operation " + c.Method + " at this address",
			"Only what stands in the definition, below one of its servers, can be called"}
	}
	host, found := r.Hosts.Find(to.Origin)
	if !found {
		return Allowed{}, &Refusal{"The administrator does not allow calls to " + to.Origin.String(),
			"An administrator can add it to " + Flag}
	}
	headers, err := headersOf(c)
	if err != nil {
		return Allowed{}, err
	}
	return Allowed{Method: c.Method, To: to, Host: host, Headers: headers, Body: c.Body}, nil
}

// Open says why nothing of an API can be called from here, whatever it is; nil if something may be.
func Open(v catalog.Visibility, hosts Hosts) error {
	if v != catalog.VisibilityPublic {
		return &Refusal{"Only Public APIs can be called from here, and this one is " + string(v), "Call it from a component that may consume it"}
	}
	if len(hosts) == 0 {
		return &Refusal{"Calls from the dashboard are switched off", "An administrator can allow hosts with " + Flag}
	}
	return nil
}

// Methods are those that can be sent.
var Methods = []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}

// Origin is where an address leads: a scheme, a host and a port.
type Origin struct {
	Scheme string // http or https
	Host   string // a name in lower case without a dot at its end, or an address as netip writes it
	Port   uint16
}

// String is the origin without the port that its scheme has anyway.
func (o Origin) String() string {
	host := o.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if o.Port == ports[o.Scheme] {
		return o.Scheme + "://" + host
	}
	return o.Scheme + "://" + host + ":" + strconv.Itoa(int(o.Port))
}

var ports = map[string]uint16{"http": 80, "https": 443}

// Target is an address that was taken apart.
type Target struct {
	Origin

	Path  string // as it is sent: escaped, and begins with a slash
	Query string // without the question mark
}

// String is the address.
func (t Target) String() string {
	if t.Query == "" {
		return t.Origin.String() + t.Path
	}
	return t.Origin.String() + t.Path + "?" + t.Query
}

// Parse takes an address apart. It refuses, as a *Refusal, whatever another reader of the same address could take for
// something else.
func Parse(address string) (Target, error) {
	refuse := func(why string) (Target, error) {
		return Target{}, &Refusal{"The address " + why, "Write it as https://host/path"}
	}
	if len(address) > MaxURL {
		return refuse("is longer than 8 KiB")
	}
	for i := range len(address) {
		if c := address[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\\\"<>^`{|}", c) >= 0 {
			return refuse("holds characters that must be escaped")
		}
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return refuse("cannot be read")
	case u.Scheme != "http" && u.Scheme != "https" || u.Opaque != "":
		return refuse("is not one of http or https")
	case u.User != nil || strings.Contains(u.Host, "@"):
		return refuse("holds a user or a password")
	case u.Fragment != "" || strings.Contains(address, "#"):
		return refuse("has a fragment")
	}
	origin, err := originOf(u.Scheme, u.Host)
	if err != nil {
		return refuse(err.Error())
	}
	path := u.EscapedPath()
	switch {
	case path == "":
		path = "/"
	case path[0] != '/' || climbs(path):
		return refuse("has a path that leads elsewhere")
	}
	return Target{origin, path, u.RawQuery}, nil
}

// originOf reads the host and port of an address.
func originOf(scheme, hostport string) (Origin, error) {
	host, port := hostport, ""
	if i := strings.LastIndexByte(hostport, ':'); i > strings.LastIndexByte(hostport, ']') {
		host, port = hostport[:i], hostport[i+1:]
		if port == "" {
			return Origin{}, errors.New("has a colon without a port")
		}
	}
	o := Origin{Scheme: scheme, Port: ports[scheme]}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 || port[0] == '0' {
			return Origin{}, errors.New("has a port that is none")
		}
		o.Port = uint16(n)
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, closed := strings.CutSuffix(inner, "]")
		a, err := netip.ParseAddr(inner)
		if !closed || err != nil || !a.Is6() || a.Zone() != "" {
			return Origin{}, errors.New("has a host that is no IPv6 address")
		}
		o.Host = a.Unmap().String()
		return o, nil
	}
	if a, err := netip.ParseAddr(host); err == nil && a.Is4() {
		o.Host = a.String()
		return o, nil
	}
	o.Host = strings.ToLower(host)
	if !isName(o.Host) {
		return Origin{}, errors.New("has a host that is no name")
	}
	return o, nil
}

// isName tells whether a host is a name in small letters that no program takes for a number. One that ends with a dot is
// another name, and refused.
func isName(host string) bool {
	if host == "" || len(host) > 253 {
		return false
	}
	last := ""
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if c := label[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
		last = label
	}
	// Browsers and libraries read 2130706433, 0x7f.1 and 0177.0.0.1 as addresses: all that end in a number.
	return strings.Trim(last, "0123456789") != "" && !strings.HasPrefix(last, "0x")
}

// decodings is how often a path is unescaped to see what somebody may make of it.
const decodings = 3

// climbs tells whether a path has a part that means another folder, however often it is escaped.
func climbs(path string) bool {
	for range decodings {
		if strings.ContainsAny(path, "\\\x00\r\n") {
			return true
		}
		for part := range strings.SplitSeq(path, "/") {
			part, _, _ = strings.Cut(part, ";") // servers that know path parameters drop them
			if part == "." || part == ".." {
				return true
			}
		}
		plain, err := url.PathUnescape(path)
		if err != nil { // what one program cannot read, another may
			return strings.Contains(strings.ToLower(path), "%2") || strings.Contains(strings.ToLower(path), "%5c")
		}
		if plain == path {
			return false
		}
		path = plain
	}
	return strings.Contains(path, "%") // nobody escapes that often without a reason
}
