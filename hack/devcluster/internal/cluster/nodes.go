package cluster

import (
	"context"
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// nodeLabel marks the nodes that up makes; others are left alone.
const nodeLabel = "devcluster.callboard.dev/node"

// ensureNodes makes node-0 to node-(count-1) and removes what an earlier run
// had more.
func ensureNodes(ctx context.Context, client kubernetes.Interface, count int) error {
	surplus := map[string]bool{}
	old, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{LabelSelector: nodeLabel})
	if err != nil {
		return fmt.Errorf("list the nodes: %w", err)
	}
	for i := range old.Items {
		surplus[old.Items[i].Name] = true
	}
	for i := range count {
		node := newNode(i)
		if surplus[node.Name] {
			delete(surplus, node.Name)
			continue
		}
		if _, err := client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("make %s: %w", node.Name, err)
		}
	}
	for name := range surplus {
		if err := client.CoreV1().Nodes().Delete(ctx, name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("remove %s: %w", name, err)
		}
	}
	return nil
}

// newNode is a node as a kubelet registers it, with room for many pods.
func newNode(i int) *corev1.Node {
	name := fmt.Sprintf("node-%d", i)
	room := corev1.ResourceList{
		corev1.ResourceCPU:              resource.MustParse("64"),
		corev1.ResourceMemory:           resource.MustParse("256Gi"),
		corev1.ResourceEphemeralStorage: resource.MustParse("1Ti"),
		corev1.ResourcePods:             resource.MustParse("2000"),
	}
	cidr, ip := nodeCIDR(i), nodeIP(i)
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: name,
			Labels: map[string]string{
				nodeLabel:                 "",
				"beta.kubernetes.io/arch": "amd64", "kubernetes.io/arch": "amd64",
				"beta.kubernetes.io/os": "linux", "kubernetes.io/os": "linux",
				"kubernetes.io/hostname": name,
				"type":                   "kwok",
			},
			Annotations: map[string]string{"kwok.x-k8s.io/node": "fake"},
		},
		Spec: corev1.NodeSpec{PodCIDR: cidr, PodCIDRs: []string{cidr}},
		Status: corev1.NodeStatus{
			Allocatable: room, Capacity: room,
			Addresses: []corev1.NodeAddress{
				{Type: corev1.NodeInternalIP, Address: ip}, {Type: corev1.NodeHostName, Address: name},
			},
			NodeInfo: corev1.NodeSystemInfo{Architecture: "amd64", OperatingSystem: "linux"},
		},
	}
}

// nodeCIDR is the i-th /21, 2,046 pods, of 10.128.0.0/9.
func nodeCIDR(i int) string {
	return netip.PrefixFrom(addIP(netip.MustParseAddr("10.128.0.0"), i<<11), 21).String()
}

// nodeIP is an address of the network that is reserved for benchmarks.
func nodeIP(i int) string {
	return addIP(netip.MustParseAddr("198.18.0.1"), i).String()
}

func addIP(ip netip.Addr, n int) netip.Addr {
	b := ip.As4()
	v := int(b[0])<<24 | int(b[1])<<16 | int(b[2])<<8 | int(b[3]) + n
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}
