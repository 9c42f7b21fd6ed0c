//go:build tools

// Package tools pins the Kubernetes binaries of the development cluster. Staging modules are replaced by their tags,
// because k8s.io/kubernetes itself requires them at v0.0.0.
package tools

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
	_ "k8s.io/kubernetes/cmd/kube-scheduler"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
