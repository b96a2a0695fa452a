package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
)

const loopback = "127.0.0.1"

// ports are the listeners of the cluster, all on 127.0.0.1. The controller
// manager, the scheduler and kwok listen nowhere.
type ports struct {
	API        int `json:"api"`
	EtcdClient int `json:"etcdClient"`
	EtcdPeer   int `json:"etcdPeer"`
}

// choosePorts takes the wanted port for the API server or refuses, and for the
// rest what the last run had, where that is still free.
func choosePorts(l layout, wanted int) (ports, error) {
	p, err := lastPorts(l)
	if err != nil {
		return p, err
	}
	if wanted != 0 {
		if !isFree(wanted) {
			return p, fmt.Errorf("port %d is taken: choose another one, or none", wanted)
		}
		p.API = wanted
	}
	if err := p.fill(); err != nil {
		return p, err
	}
	data, err := json.Marshal(p)
	if err != nil {
		return p, fmt.Errorf("write the ports: %w", err)
	}
	return p, writeFile(l.ports(), data)
}

func lastPorts(l layout) (ports, error) {
	var p ports
	data, err := os.ReadFile(l.ports())
	if errors.Is(err, os.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("read the last run's ports: %w", err)
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return p, fmt.Errorf("read the last run's ports in %s: %w", l.ports(), err)
	}
	return p, nil
}

// fill replaces each port that is unset, taken or there twice. The new ones are
// held together until all are known, so that they differ.
func (p *ports) fill() error {
	var held []net.Listener
	defer func() {
		for _, h := range held {
			h.Close()
		}
	}()
	for _, port := range []*int{&p.API, &p.EtcdClient, &p.EtcdPeer} {
		h, err := net.Listen("tcp4", address(*port))
		if err != nil {
			h, err = net.Listen("tcp4", address(0))
		}
		if err != nil {
			return fmt.Errorf("find a free port: %w", err)
		}
		held = append(held, h)
		*port = h.Addr().(*net.TCPAddr).Port
	}
	return nil
}

func isFree(port int) bool {
	h, err := net.Listen("tcp4", address(port))
	if err != nil {
		return false
	}
	h.Close()
	return true
}

func address(port int) string {
	return net.JoinHostPort(loopback, strconv.Itoa(port))
}
