package cluster

import (
	"net"
	"testing"
)

func TestPortsAreRemembered(t *testing.T) {
	l := newLayout(t)
	first, err := choosePorts(l, 0)
	if err != nil {
		t.Fatal(err)
	}
	if first.API == first.EtcdClient || first.EtcdClient == first.EtcdPeer || first.API == first.EtcdPeer {
		t.Errorf("the ports do not differ: %+v", first)
	}
	again, err := choosePorts(l, 0)
	if err != nil {
		t.Fatal(err)
	}
	if again != first {
		t.Errorf("second run: %+v, want %+v", again, first)
	}
}

func TestTakenPorts(t *testing.T) {
	l := newLayout(t)
	first, err := choosePorts(l, 0)
	if err != nil {
		t.Fatal(err)
	}
	other, err := net.Listen("tcp4", address(first.API))
	if err != nil {
		t.Skipf("somebody was faster: %v", err)
	}
	defer other.Close()

	if got, err := choosePorts(l, first.API); err == nil {
		t.Errorf("a taken port that was asked for: %+v, want an error", got)
	}
	got, err := choosePorts(l, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got.API == first.API || got.EtcdClient != first.EtcdClient {
		t.Errorf("a remembered port that is taken: %+v after %+v, want another one for the API server only", got, first)
	}
}

func TestNodesHaveNetworksOfTheirOwn(t *testing.T) {
	cases := map[int][2]string{
		0:            {"10.128.0.0/21", "198.18.0.1"},
		1:            {"10.128.8.0/21", "198.18.0.2"},
		300:          {"10.137.96.0/21", "198.18.1.45"},
		maxNodes - 1: {"10.255.248.0/21", "198.18.16.0"},
	}
	for i, want := range cases {
		if got := [2]string{nodeCIDR(i), nodeIP(i)}; got != want {
			t.Errorf("node %d: %v, want %v", i, got, want)
		}
	}
}
