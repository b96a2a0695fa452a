package synthetic

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/yaml"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Deployment is what runs a component, all pods ready. A careful one passes most of what is asked of workloads; a sloppy
// one is what the first page of a tutorial makes.
func Deployment(c *catalog.Component, careful bool) *appsv1.Deployment {
	text := sloppyDeployment
	if careful {
		text = carefulDeployment
	}
	text = strings.NewReplacer("NAMESPACE", c.Namespace, "NAME", c.Name).Replace(text)
	d := &appsv1.Deployment{}
	if err := yaml.UnmarshalStrict([]byte(text), d); err != nil {
		panic(err) // the texts below are wrong
	}
	Run(d)
	return d
}

// Run gives a Deployment the status that its controller gives it when all its pods are ready.
func Run(d *appsv1.Deployment) {
	n := *d.Spec.Replicas
	d.Status = appsv1.DeploymentStatus{
		ObservedGeneration: d.Generation, Replicas: n, UpdatedReplicas: n, ReadyReplicas: n, AvailableReplicas: n,
	}
}

const carefulDeployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
  namespace: NAMESPACE
  labels: {app.kubernetes.io/name: NAME, app.kubernetes.io/managed-by: bench}
spec:
  replicas: 3
  revisionHistoryLimit: 5
  selector: {matchLabels: {app.kubernetes.io/name: NAME}}
  template:
    metadata:
      labels: {app.kubernetes.io/name: NAME, app.kubernetes.io/managed-by: bench}
      annotations: {prometheus.io/scrape: "true", prometheus.io/port: "9090"}
    spec:
      serviceAccountName: NAME
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, runAsUser: 10001, fsGroup: 10001, seccompProfile: {type: RuntimeDefault}}
      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: kubernetes.io/hostname
        whenUnsatisfiable: ScheduleAnyway
        labelSelector: {matchLabels: {app.kubernetes.io/name: NAME}}
      initContainers:
      - name: migrate
        image: registry.example.com/NAME:1.4.2
        args: [migrate]
        resources: {requests: {cpu: 50m, memory: 64Mi}, limits: {memory: 128Mi}}
        securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
      containers:
      - name: server
        image: registry.example.com/NAME:1.4.2
        ports: [{name: http, containerPort: 8080}, {name: metrics, containerPort: 9090}]
        env:
        - {name: PORT, value: "8080"}
        - {name: LOG_LEVEL, value: info}
        - {name: DATABASE_HOST, value: orders-db}
        - {name: DATABASE_NAME, value: orders}
        - {name: TRACING, value: "http://collector.tracing:4317"}
        - name: POD_NAME
          valueFrom: {fieldRef: {fieldPath: metadata.name}}
        resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {cpu: "1", memory: 256Mi}}
        readinessProbe: {httpGet: {path: /ready, port: 8080}, periodSeconds: 5}
        livenessProbe: {httpGet: {path: /alive, port: 8080}, initialDelaySeconds: 10}
        lifecycle: {preStop: {sleep: {seconds: 5}}}
        securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
        volumeMounts: [{name: scratch, mountPath: /tmp}, {name: config, mountPath: /etc/NAME, readOnly: true}]
      - name: proxy
        image: registry.example.com/proxy@sha256:4d5e0c4a7a4e6c1f1f0a5b8b6a2f7e3d9c8b7a6f5e4d3c2b1a0f9e8d7c6b5a49
        ports: [{name: mesh, containerPort: 15001}]
        resources: {requests: {cpu: 20m, memory: 64Mi}, limits: {memory: 128Mi}}
        readinessProbe: {httpGet: {path: /healthz, port: 15021}}
        livenessProbe: {httpGet: {path: /alive, port: 15021}}
        securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
      volumes:
      - {name: scratch, emptyDir: {sizeLimit: 64Mi}}
      - {name: config, configMap: {name: NAME}}
`

const sloppyDeployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
  namespace: NAMESPACE
  labels: {app.kubernetes.io/name: NAME}
spec:
  replicas: 1
  selector: {matchLabels: {app.kubernetes.io/name: NAME}}
  template:
    metadata:
      labels: {app.kubernetes.io/name: NAME}
    spec:
      containers:
      - name: server
        image: registry.example.com/NAME:latest
        ports: [{containerPort: 8080}]
        env:
        - {name: PORT, value: "8080"}
        - {name: DATABASE_HOST, value: orders-db}
`
