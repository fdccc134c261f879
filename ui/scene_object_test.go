package ui

import (
	"net/netip"
	"time"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
	"github.com/moby/moby/api/types/volume"

	"skep/internal/testkit"
	"skep/model"
)

// shopObjects are what the shop's services use, and what nothing uses.
func shopObjects() []testkit.ClusterOption {
	return []testkit.ClusterOption{
		testkit.Objects(model.KindNetwork, shopNetworks()...),
		testkit.Objects(model.KindSecret,
			testkit.Secret("shop_database_url", func(s *model.Secret) { s.Spec.Labels = map[string]string{model.LabelStack: "shop"} }),
			testkit.Secret("shop_jwt_key", func(s *model.Secret) { s.Spec.Labels = map[string]string{model.LabelStack: "shop"} }),
			testkit.Secret("old_token", func(s *model.Secret) { s.CreatedAt = testkit.Now.Add(-700 * 24 * time.Hour) })),
		testkit.Objects(model.KindVolume,
			testkit.Volume("shop_media", func(v *model.Volume) { v.Labels = map[string]string{model.LabelStack: "shop"} }),
			testkit.Volume("backup", func(v *model.Volume) {
				v.Options = map[string]string{"type": "nfs", "o": "addr=10.0.0.5,password=hunter2", "device": ":/export/backup"}
			}),
			testkit.Volume("3f1c9e0b7a5d48e2a6c4f0917b2d8e5f3f1c9e0b7a5d48e2a6c4f0917b2d8e5f"),
			testkit.Volume("shared-media", func(v *model.Volume) {
				v.Driver, v.Scope, v.ClusterVolume = "csi-nfs", "global", &volume.ClusterVolume{ID: "clustervolume0000000000001",
					Spec: volume.ClusterVolumeSpec{Group: "media", Availability: volume.AvailabilityActive,
						AccessMode: &volume.AccessMode{Scope: volume.ScopeMultiNode, Sharing: volume.SharingAll}},
					Info: &volume.Info{CapacityBytes: 20 << 30, VolumeID: "vol-1"}}
				v.ClusterVolume.CreatedAt, v.ClusterVolume.UpdatedAt = testkit.Now.Add(-72*time.Hour), testkit.Now.Add(-72*time.Hour)
			})),
		testkit.Objects(model.KindConfig,
			testkit.Config("shop_nginx_r12", shopConfig, func(c *model.Config) { c.Spec.Labels = map[string]string{model.LabelStack: "shop"} }),
			testkit.Config("shop_nginx_r11", "server {\n}\n"), testkit.Config("logo", "\x89PNG\x00\xff")),
	}
}

// shopConfig is a file with what nobody should see, and what a terminal should
// not get.
const shopConfig = "server {\n\tlisten 80;\n  location / {\n    proxy_pass http://shop:hunter2@api:8080; # \x1b[31mred\n  }\n}\nDB_PASSWORD=hunter2\n"

// onFiles makes a service use a secret and a config, by their names, and has it
// used another config before.
func onFiles(secret, config, former string) testkit.ServiceOption {
	return testkit.WithService(func(s *model.Service) {
		c := s.Spec.TaskTemplate.ContainerSpec
		c.Secrets = []*swarm.SecretReference{{SecretID: secret + "-id", SecretName: secret,
			File: &swarm.SecretReferenceFileTarget{Name: "database_url", UID: "0", GID: "0", Mode: 0o400}}}
		c.Configs = []*swarm.ConfigReference{{ConfigID: config + "-id", ConfigName: config,
			File: &swarm.ConfigReferenceFileTarget{Name: "/etc/nginx/conf.d/shop.conf", UID: "0", GID: "0", Mode: 0o444}}}
		c.Mounts = []mount.Mount{{Type: mount.TypeVolume, Source: "shop_media", Target: "/media", ReadOnly: true},
			{Type: mount.TypeCluster, Source: "group:media", Target: "/shared"}}
		s.PreviousSpec = &swarm.ServiceSpec{}
		s.PreviousSpec.TaskTemplate.ContainerSpec = &swarm.ContainerSpec{Configs: []*swarm.ConfigReference{{ConfigID: former + "-id", ConfigName: former}}}
	})
}

// onNetworks makes a service use networks, by their names.
func onNetworks(names ...string) testkit.ServiceOption {
	return testkit.Template(func(t *swarm.TaskSpec) {
		for _, n := range names {
			t.Networks = append(t.Networks, swarm.NetworkAttachmentConfig{Target: n + "-id"})
		}
	})
}

func shopNetworks() []model.Object {
	subnet := func(text string) func(*model.Network) {
		return func(n *model.Network) {
			p := netip.MustParsePrefix(text)
			n.IPAM.Config = []network.IPAMConfig{{Subnet: p, Gateway: p.Addr().Next()}}
		}
	}
	inStack := func(n *model.Network) { n.Labels = map[string]string{model.LabelStack: "shop"} }
	local := func(driver string) func(*model.Network) {
		return func(n *model.Network) { n.Scope, n.Driver = "local", driver }
	}
	return []model.Object{
		testkit.Network("shop_front", subnet("10.0.1.0/24"), inStack, func(n *model.Network) { n.Attachable = true }),
		testkit.Network("shop_small", subnet("10.0.2.0/28"), inStack, func(n *model.Network) { n.Options = map[string]string{"encrypted": ""} }),
		testkit.Network("shop_back", subnet("10.0.4.0/24"), inStack), testkit.Network("shop_jobs", subnet("10.0.5.0/24"), inStack),
		testkit.Network("shop_mail", subnet("10.0.6.0/24"), inStack, func(n *model.Network) { n.Internal = true }),
		testkit.Network("left-over", subnet("10.0.3.0/24"), func(n *model.Network) { n.Created = testkit.Now.Add(-300 * 24 * time.Hour) }),
		testkit.Network("ingress", subnet("10.255.0.0/16"), func(n *model.Network) { n.Ingress = true }),
		testkit.Network("bridge", local("bridge")), testkit.Network("none", local("null")),
	}
}
