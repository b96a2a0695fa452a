// Package e2e tells stories of users and of those who run clusters, on a real control plane with the operator's own
// binary under its own identity. It has tests only.
package e2e
