// Package deploy tests the files in deploy/ at the root of the repository against the schemas of Compose and Kubernetes.
package deploy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	yamlutil "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

const dir = "../../deploy"

// pinned is an image of a version.
var pinned = regexp.MustCompile(`^[a-z0-9./-]+:[0-9a-z.]+$`)

func wantPinned(t *testing.T, where, image string) {
	t.Helper()
	if !pinned.MatchString(image) || strings.HasSuffix(image, ":latest") {
		t.Errorf("%s: image %q: want NAME:VERSION", where, image)
	}
}

// A document's mistakes against the schema are errors of the loader.
func TestCompose(t *testing.T) {
	file := filepath.Join(dir, "compose.yaml")
	project, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir: dir, ConfigFiles: []types.ConfigFile{{Filename: file}}, Environment: types.Mapping{},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"aws", "collector", "gateway", "jaeger", "sampler", "taskservice", "worker"}
	if got := project.ServiceNames(); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("services %v, want %v", got, want)
	}
	for name, service := range project.Services {
		wantPinned(t, name, service.Image)
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s: port %s is open to other machines", name, port.Published)
			}
		}
		wantConfigs(t, name, service.Command)
	}
}

// wantConfigs checks that the files of --config are in deploy/collector.
func wantConfigs(t *testing.T, name string, args []string) {
	t.Helper()
	for _, arg := range args {
		if file, found := strings.CutPrefix(arg, "/etc/collector/"); found {
			if _, err := os.Stat(filepath.Join(dir, "collector", file)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestUnknownFieldsAreRefused(t *testing.T) {
	_, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir: dir, Environment: types.Mapping{},
		ConfigFiles: []types.ConfigFile{{Filename: "compose.yaml", Content: []byte("name: a\nservices: {b: {image: c, prts: [d]}}")}},
	})
	if err == nil || !strings.Contains(err.Error(), "prts") {
		t.Errorf("compose: error %v, want one about prts", err)
	}
	for _, text := range []string{
		"apiVersion: v1\nkind: Service\nspec: {prts: []}", "apiVersion: v2\nkind: Service", "kind: Servce",
	} {
		if object, err := decode([]byte(text)); err == nil {
			t.Errorf("kubernetes: no error, but %v from %s", object, text)
		}
	}
}

// decode returns a manifest. Unknown kinds and fields are errors.
func decode(text []byte) (any, error) {
	var kind metav1.TypeMeta
	if err := yaml.Unmarshal(text, &kind); err != nil {
		return nil, err
	}
	objects := map[metav1.TypeMeta]any{
		{APIVersion: "apps/v1", Kind: "Deployment"}: &appsv1.Deployment{},
		{APIVersion: "v1", Kind: "Service"}:         &corev1.Service{},
	}
	object, found := objects[kind]
	if !found {
		return nil, fmt.Errorf("unknown kind %s of %s", kind.Kind, kind.APIVersion)
	}
	return object, yaml.UnmarshalStrict(text, object)
}

// kustomization is what the test reads of kustomization.yaml.
type kustomization struct {
	metav1.TypeMeta    `json:",inline"`
	Namespace          string   `json:"namespace"`
	Resources          []string `json:"resources"`
	Images             []struct{ Name, NewName, NewTag string }
	ConfigMapGenerator []struct {
		Name            string
		Literals, Files []string
	} `json:"configMapGenerator"`
}

func TestKubernetes(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(dir, "kustomization.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var all kustomization
	if err := yaml.UnmarshalStrict(text, &all); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "kubernetes", "*.yaml"))
	if err != nil || len(files) != len(all.Resources) {
		t.Errorf("%d files, %v; kustomization.yaml names %v", len(files), err, all.Resources)
	}
	var configs []string
	for _, config := range all.ConfigMapGenerator {
		configs = append(configs, config.Name)
		for _, file := range config.Files {
			if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
				t.Error(err)
			}
		}
	}
	deployments, services := map[string]*appsv1.Deployment{}, map[string]*corev1.Service{}
	for _, name := range all.Resources {
		for _, text := range documents(t, filepath.Join(dir, name)) {
			object, err := decode(text)
			switch o := object.(type) {
			case *appsv1.Deployment:
				deployments[o.Name] = o
			case *corev1.Service:
				services[o.Name] = o
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, name := range []string{"aws", "collector", "gateway", "jaeger", "sampler", "taskservice", "worker"} {
		if deployments[name] == nil {
			t.Errorf("there is no Deployment %s", name)
		} else {
			wantDeployment(t, deployments[name], configs)
		}
	}
	for name, service := range services {
		deployment := deployments[service.Spec.Selector["app"]]
		if deployment == nil {
			t.Errorf("Service %s selects no Pod", name)
			continue
		}
		for _, port := range service.Spec.Ports {
			if !hasPort(deployment, port.TargetPort.String()) {
				t.Errorf("Service %s: port %s is not one of the Pod", name, port.TargetPort.String())
			}
		}
	}
}

// documents returns the documents of a file.
func documents(t *testing.T, file string) (all [][]byte) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	reader := yamlutil.NewDocumentDecoder(io.NopCloser(bytes.NewReader(text)))
	buffer := make([]byte, 1<<20)
	for {
		n, err := reader.Read(buffer)
		if errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, bytes.Clone(buffer[:n]))
	}
}

func hasPort(d *appsv1.Deployment, name string) bool {
	return slices.ContainsFunc(d.Spec.Template.Spec.Containers[0].Ports,
		func(p corev1.ContainerPort) bool { return p.Name == name })
}

func wantDeployment(t *testing.T, d *appsv1.Deployment, configs []string) {
	t.Helper()
	if d.Spec.Selector.MatchLabels["app"] != d.Name || d.Spec.Template.Labels["app"] != d.Name {
		t.Errorf("%s: labels %v and %v, want app: %s", d.Name, d.Spec.Selector.MatchLabels, d.Spec.Template.Labels, d.Name)
	}
	container := d.Spec.Template.Spec.Containers[0]
	wantPinned(t, d.Name, container.Image)
	wantConfigs(t, d.Name, container.Args)
	if security := container.SecurityContext; security == nil || security.RunAsNonRoot == nil || !*security.RunAsNonRoot {
		t.Errorf("%s may run as root", d.Name)
	}
	if container.Resources.Limits.Memory().IsZero() {
		t.Errorf("%s has no limit of memory", d.Name)
	}
	for _, probe := range []*corev1.Probe{container.LivenessProbe, container.ReadinessProbe} {
		if probe != nil && !hasPort(d, probe.HTTPGet.Port.String()) {
			t.Errorf("%s: the port %s of a probe is not one of the Pod", d.Name, probe.HTTPGet.Port.String())
		}
	}
	for _, from := range container.EnvFrom {
		if !slices.Contains(configs, from.ConfigMapRef.Name) {
			t.Errorf("%s: there is no ConfigMap %s", d.Name, from.ConfigMapRef.Name)
		}
	}
	for _, volume := range d.Spec.Template.Spec.Volumes {
		if volume.ConfigMap != nil && !slices.Contains(configs, volume.ConfigMap.Name) {
			t.Errorf("%s: there is no ConfigMap %s", d.Name, volume.ConfigMap.Name)
		}
	}
}
