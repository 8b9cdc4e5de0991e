package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"tracelab/telemetry"
)

// deployed is a container that runs tracelab.
type deployed struct {
	where     string
	args      []string
	variables map[string]string
	ports     []int // on Kubernetes, where they are declared
}

// readYAML returns the documents of a file, each as a T.
func readYAML[T any](t *testing.T, file string) (documents []T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "deploy", file))
	if err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq(string(text), "\n---\n") {
		var document T
		if err := yaml.Unmarshal([]byte(part), &document); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		documents = append(documents, document)
	}
	return documents
}

// containers returns what deploy/ starts of tracelab, with Compose and on Kubernetes.
func containers(t *testing.T) (all []deployed) {
	t.Helper()
	type service struct {
		Image       string
		Command     []string
		Environment map[string]string
	}
	for name, s := range readYAML[struct{ Services map[string]service }](t, "compose.yaml")[0].Services {
		if strings.Contains(s.Image, "tracelab") {
			all = append(all, deployed{where: "compose.yaml: " + name, args: s.Command, variables: s.Environment})
		}
	}
	configs := map[string]map[string]string{}
	for _, m := range readYAML[struct {
		ConfigMapGenerator []struct {
			Name     string
			Literals []string
		} `yaml:"configMapGenerator"`
	}](t, "kustomization.yaml")[0].ConfigMapGenerator {
		configs[m.Name] = map[string]string{}
		for _, literal := range m.Literals {
			name, value, _ := strings.Cut(literal, "=")
			configs[m.Name][name] = value
		}
	}
	type manifest struct {
		Metadata struct{ Name string }
		Spec     struct {
			Template struct {
				Spec struct {
					Containers []struct {
						Image string
						Args  []string
						Ports []struct {
							ContainerPort int `yaml:"containerPort"`
						}
						EnvFrom []struct {
							ConfigMapRef struct{ Name string } `yaml:"configMapRef"`
						} `yaml:"envFrom"`
					}
				}
			}
		}
	}
	for _, file := range []string{"kubernetes/services.yaml", "kubernetes/aws.yaml"} {
		for _, m := range readYAML[manifest](t, file) {
			for _, c := range m.Spec.Template.Spec.Containers {
				d := deployed{where: file + ": " + m.Metadata.Name, args: c.Args}
				for _, from := range c.EnvFrom {
					d.variables = configs[from.ConfigMapRef.Name]
				}
				for _, port := range c.Ports {
					d.ports = append(d.ports, port.ContainerPort)
				}
				all = append(all, d)
			}
		}
	}
	return all
}

var portOf = regexp.MustCompile(`0\.0\.0\.0:(\d+)`)

// The files of deploy/ name flags and variables that the program has, and the ports that it listens
// on.
func TestDeployIsAsTheProgramWants(t *testing.T) {
	described, err := describe()
	if err != nil {
		t.Fatal(err)
	}
	all := containers(t)
	if len(all) != 8 {
		t.Errorf("%d containers, want 4 with Compose and 4 on Kubernetes", len(all))
	}
	for _, c := range all {
		t.Run(c.where, func(t *testing.T) {
			for name, value := range c.variables {
				t.Setenv(name, value)
			}
			if _, _, err := parse(described, c.args); err != nil {
				t.Fatal(err)
			}
			text := strings.Join(c.args, " ")
			if c.args[0] == "service" {
				code, stdout, stderr := serviceOutput(t, append(slices.Clone(c.args[1:]), "--print-config")...)
				if code != exitOK {
					t.Fatalf("exit code %d: %s", code, stderr)
				}
				text = stdout
				if _, _, err := telemetry.ServiceFromEnv(t.Context(), os.Stderr, c.args[1]); err != nil {
					t.Error(err)
				}
			}
			var ports []int
			for _, match := range portOf.FindAllStringSubmatch(text, -1) {
				port, err := strconv.Atoi(match[1])
				if err != nil {
					t.Fatal(err)
				}
				ports = append(ports, port)
			}
			if c.ports != nil && !slices.Equal(ports, c.ports) {
				t.Errorf("the program listens on %v, the container has %v", ports, c.ports)
			}
		})
	}
}

// One of the services reads each variable of tracelab in deploy/: a misspelled one changes nothing.
func TestDeployNamesVariablesThatServicesRead(t *testing.T) {
	for _, c := range containers(t) {
		for name := range c.variables {
			flag := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, "TRACELAB_")), "_", "-")
			known := slices.ContainsFunc(new(serviceCommand).settings(), func(s setting) bool { return s.name == flag })
			if strings.HasPrefix(name, "TRACELAB_") && !known {
				t.Errorf("%s: no service reads %s", c.where, name)
			}
		}
	}
}
