package definition

import "strings"

// asyncAPI takes the channels with their operations and messages, the operations of version 3, then messages and schemas.
func (t *terms) asyncAPI(text string) error {
	d, err := readDocument(text)
	if err != nil {
		return err
	}
	if _, _, err := d.version("asyncapi"); err != nil {
		return err
	}
	if channels := d.top["channels"]; channels != nil {
		for name, channel := range channels.members() {
			if t.full() {
				break
			}
			if !strings.HasPrefix(name, "x-") {
				t.channel(d, name, channel)
			}
		}
	}
	t.operations(d, d.top["operations"])
	if messages := d.get(d.top["components"], "messages"); messages != nil {
		for key, m := range messages.members() {
			if t.full() {
				break
			}
			t.message(d, Anchor(TermMessage, key), key, m)
		}
	}
	t.keys(d.get(d.top["components"], "schemas"), TermType)
	return d.within()
}

// channel takes the key and the address of a channel, of version 2 its operations, of version 3 its messages.
func (t *terms) channel(d *document, name string, channel value) {
	anchor := Anchor(TermChannel, name)
	t.add(TermChannel, anchor, name)
	if channel = d.follow(channel); channel == nil {
		return
	}
	for key, v := range channel.members() {
		switch key {
		case "address":
			t.add(TermChannel, anchor, v.text())
		case "title", "summary":
			t.add(TermSummary, anchor, v.text())
		case "publish", "subscribe":
			operation := Anchor(TermOperation, key+" "+name)
			t.described(v, operation, "operationId", "summary")
			t.inline(d, operation, d.get(v, "message"))
		case "messages":
			for key, m := range v.members() {
				t.message(d, anchor, key, m)
			}
		}
	}
}

// operations takes those of version 3.
func (t *terms) operations(d *document, operations value) {
	if operations == nil {
		return
	}
	for name, op := range operations.members() {
		if t.full() {
			return
		}
		if strings.HasPrefix(name, "x-") || !op.object() {
			continue
		}
		anchor := Anchor(TermOperation, name)
		t.add(TermOperation, anchor, name)
		if op = d.follow(op); op != nil {
			t.described(op, anchor, "title", "summary")
		}
	}
}

// inline takes the message of an operation of version 2, or each of several.
func (t *terms) inline(d *document, anchor string, m value) {
	if m == nil {
		return
	}
	if several := member(m, "oneOf"); several != nil {
		for m := range several.elements() {
			t.message(d, anchor, "", m)
		}
		return
	}
	t.message(d, anchor, "", m)
}

// message takes the key, the name and the title of a message.
func (t *terms) message(d *document, anchor, key string, m value) {
	t.add(TermMessage, anchor, key)
	if m = d.follow(m); m == nil || t.full() {
		return
	}
	for key, v := range m.members() {
		switch key {
		case "messageId", "name", "title":
			t.add(TermMessage, anchor, v.text())
		}
	}
}
