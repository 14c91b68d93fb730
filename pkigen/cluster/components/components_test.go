package components

import (
	"testing"

	"sigs.k8s.io/yaml"
)

// TestYAMLText reads node names back as Kubernetes reads its configuration files.
func TestYAMLText(t *testing.T) {
	for _, name := range []string{"worker1", "node-1.example.com", "null", "true", "no", "y", "1e3", "0x1f", "007-a", "12.a", "e3"} {
		var got struct {
			Name any `json:"hostnameOverride"`
		}
		if err := yaml.Unmarshal([]byte("hostnameOverride: "+yamlText(name)+"\n"), &got); err != nil || got.Name != any(name) {
			t.Errorf("%q is written %s and read as %#v, %v", name, yamlText(name), got.Name, err)
		}
	}
	if got := yamlText("worker1"); got != "worker1" {
		t.Errorf("quoted without need: %s", got)
	}
}
