package definition

import "strings"

// readAsyncAPI reads AsyncAPI 2.x and 3.x.
func readAsyncAPI(text string) (Facts, error) {
	d, err := readDocument(text)
	if err != nil {
		return Facts{}, err
	}
	_, version, err := d.version("asyncapi")
	if err != nil {
		return Facts{}, err
	}
	f := newFacts(AsyncAPI)
	f.FormatVersion = line(version)
	f.Title, f.Version = line(d.text(d.top["info"], "title")), line(d.text(d.top["info"], "version"))
	auth := map[string]bool{}
	if schemes := d.get(d.top["components"], "securitySchemes"); schemes != nil {
		for _, s := range schemes.members() {
			d.scheme(auth, s)
		}
	}
	if strings.HasPrefix(version, "2.") {
		d.channels(&f)
	} else {
		d.operations(&f, auth)
	}
	d.brokers(&f, auth)
	f.Auth = sorted(auth)
	return d.done(f)
}

// channels counts the operations of version 2: what a channel has under publish and subscribe.
func (d *document) channels(f *Facts) {
	if d.top["channels"] == nil {
		return
	}
	for name, channel := range d.top["channels"].members() {
		if strings.HasPrefix(name, "x-") {
			continue
		}
		if channel = d.follow(channel); channel == nil {
			continue
		}
		for verb, op := range channel.members() {
			if (verb == "publish" || verb == "subscribe") && op.object() {
				f.add(d.withTraits(op), verb, " ", name)
			}
		}
	}
}

// operations counts those of version 3, which stand at the top.
func (d *document) operations(f *Facts, auth map[string]bool) {
	if d.top["operations"] == nil {
		return
	}
	for name, op := range d.top["operations"].members() {
		if strings.HasPrefix(name, "x-") || !op.object() {
			continue
		}
		var counted operation
		if op = d.follow(op); op != nil {
			counted = d.withTraits(op)
			d.inline(auth, op)
		}
		f.add(counted, name)
	}
}

// withTraits reads an operation, and the traits that may describe it.
func (d *document) withTraits(op value) operation {
	out := d.operation(op)
	if traits := d.get(op, "traits"); traits != nil && !out.documented {
		for trait := range traits.elements() {
			if trait = d.follow(trait); trait != nil && d.operation(trait).documented {
				out.documented = true
			}
		}
	}
	return out
}

// inline notes the security schemes that version 3 lets stand where they are used. Version 2 has names there.
func (d *document) inline(auth map[string]bool, user value) {
	if schemes := d.get(user, "security"); schemes != nil {
		for s := range schemes.elements() {
			d.scheme(auth, s)
		}
	}
}

// brokers lists the servers: a url in version 2, a host and a path in version 3; the protocol goes before what has none.
func (d *document) brokers(f *Facts, auth map[string]bool) {
	if d.top["servers"] == nil {
		return
	}
	for name, server := range d.top["servers"].members() {
		if server = d.follow(server); server == nil || strings.HasPrefix(name, "x-") {
			continue
		}
		d.inline(auth, server)
		address := d.text(server, "url")
		if host := d.text(server, "host"); address == "" && host != "" {
			address = host + d.text(server, "pathname")
		}
		protocol := d.text(server, "protocol")
		if address == "" || protocol == "" || strings.Contains(address, "://") {
			f.Servers = list(f.Servers, address)
			continue
		}
		f.Servers = list(f.Servers, protocol, "://", address)
	}
}
