package outbound

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Host is one that an administrator allows.
type Host struct {
	Origin

	// Networks are those in which it may be besides the public ones.
	Networks []netip.Prefix
}

// Hosts are all of them.
type Hosts []Host

// maxHosts is how many an administrator may name.
const maxHosts = 256

// ParseHosts reads what an administrator allows, separated by commas:
//
//	api.example.com                          https on port 443, at public addresses only
//	https://other.example.com:8443           another port
//	http://orders.shop.svc:8080=10.96.0.0/12 at addresses of a network that is not public
//	http://127.0.0.1:8080                    an address, whatever it is
//
// A host that stands there again may be in each of its networks.
func ParseHosts(list string) (Hosts, error) {
	var out Hosts
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		h, err := parseHost(entry)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", entry, err)
		}
		if i := slices.IndexFunc(out, func(o Host) bool { return o.Origin == h.Origin }); i >= 0 {
			out[i].Networks = append(out[i].Networks, h.Networks...)
			continue
		}
		if out = append(out, h); len(out) > maxHosts {
			return nil, fmt.Errorf("more than %d hosts", maxHosts)
		}
	}
	return out, nil
}

func parseHost(entry string) (Host, error) {
	address, network, in := strings.Cut(entry, "=")
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	to, err := Parse(address)
	switch {
	case err != nil:
		return Host{}, errors.New("want [http://|https://]host[:port][=network], such as api.example.com")
	case to.Path != "/" || to.Query != "" || strings.HasSuffix(address, "/"):
		return Host{}, errors.New("want a host without a path: the definitions of APIs say what is called there")
	}
	h := Host{Origin: to.Origin}
	if a, err := netip.ParseAddr(h.Host); err == nil {
		if in {
			return Host{}, errors.New("an address has no network besides itself")
		}
		h.Networks = []netip.Prefix{netip.PrefixFrom(a, a.BitLen())}
		return h, nil
	}
	if in {
		n, err := netip.ParsePrefix(network)
		if err != nil || n != n.Masked() || n.Addr().Is4In6() {
			return Host{}, errors.New("want a network after =, such as 10.96.0.0/12")
		}
		if n.Bits() < 8 {
			return Host{}, errors.New("the network is larger than /8")
		}
		h.Networks = []netip.Prefix{n}
	}
	return h, nil
}

// Find is the host of an origin.
func (h Hosts) Find(o Origin) (Host, bool) {
	i := slices.IndexFunc(h, func(one Host) bool { return one.Origin == o })
	if i < 0 {
		return Host{}, false
	}
	return h[i], true
}

// Reaches says whether a call to the host may go to an address: a public one, or one of the host's own networks. What must
// not be reached by mistake, such as loopback and link-local addresses with the metadata services of clouds, counts only
// where the network itself is of that kind.
func (h Host) Reaches(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	return Public(a) || slices.ContainsFunc(h.Networks, func(n netip.Prefix) bool {
		return n.Contains(a) && !slices.ContainsFunc(delicate, func(d netip.Prefix) bool {
			return d.Contains(a) && (d.Bits() > n.Bits() || !d.Contains(n.Addr()))
		})
	})
}

// Public tells whether an address is one of the public internet.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	if a.Zone() != "" {
		return false
	}
	within := func(n netip.Prefix) bool { return n.Contains(a) }
	if a.Is6() && !worldwide.Contains(a) {
		return false
	}
	return a.IsGlobalUnicast() && !a.IsPrivate() && !slices.ContainsFunc(delicate, within) && !slices.ContainsFunc(reserved, within)
}

// worldwide are the addresses of IPv6 that are given out.
var worldwide = netip.MustParsePrefix("2000::/3")

// delicate are addresses of the machine itself and of what only machines talk to.
var delicate = prefixes(
	"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
	"168.63.129.16/32", "192.0.0.192/32", "100.100.100.200/32", // metadata services of clouds
	"::/128", "::1/128", "fe80::/10", "fec0::/10", "ff00::/8", "fd00:ec2::254/128",
)

// reserved are others that are not public: of providers, for documentation, and those that carry an IPv4 address.
var reserved = prefixes(
	"100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

func prefixes(all ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(all))
	for i, p := range all {
		out[i] = netip.MustParsePrefix(p)
	}
	return out
}
