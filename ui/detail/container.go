package detail

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

func (s *sheet) mounts(list []mount.Mount) {
	if len(list) == 0 {
		return
	}
	s.section(fmt.Sprintf("Mounts (%d)", len(list)))
	for _, m := range list {
		source := m.Source
		if source == "" && m.Type == mount.TypeVolume {
			source = "(anonymous)"
		}
		words := strings.TrimSpace(string(m.Type)+" "+source) + " -> " + m.Target
		if notes := s.mountNotes(m); len(notes) > 0 {
			words += " (" + strings.Join(notes, ", ") + ")"
		}
		s.item(plain(words))
	}
}

func (s *sheet) mountNotes(m mount.Mount) []string {
	var out []string
	if m.ReadOnly {
		out = append(out, "read-only")
	}
	if b := m.BindOptions; b != nil && b.Propagation != "" {
		out = append(out, string(b.Propagation))
	}
	if v := m.VolumeOptions; v != nil {
		if v.NoCopy {
			out = append(out, "nocopy")
		}
		if v.Subpath != "" {
			out = append(out, "subpath "+v.Subpath)
		}
		if d := v.DriverConfig; d != nil && d.Name != "" {
			out = append(out, strings.TrimSpace("driver "+d.Name+" "+strings.Join(s.options(d.Options), " ")))
		}
	}
	if t := m.TmpfsOptions; t != nil {
		if t.SizeBytes != 0 {
			out = append(out, model.Bytes(t.SizeBytes))
		}
		if t.Mode != 0 {
			out = append(out, "mode "+mode(t.Mode))
		}
	}
	return out
}

// options are key=value pairs by key, with secrets masked.
func (s *sheet) options(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for _, k := range sortedKeys(m) {
		out = append(out, k+"="+s.mask(func(v string) string { return model.MaskValue(k, v) }, m[k]))
	}
	return out
}

// files are the secrets and configs that the tasks are given.
func (s *sheet) files(c *swarm.ContainerSpec) {
	if len(c.Secrets) > 0 {
		s.section(fmt.Sprintf("Secrets (%d)", len(c.Secrets)))
	}
	for _, r := range c.Secrets {
		if r == nil {
			continue
		}
		target := ""
		if f := r.File; f != nil {
			target = fileWords(f.Name, "/run/secrets", f.UID, f.GID, mode(f.Mode))
		}
		s.item(plain(nameOr(r.SecretName, r.SecretID) + target))
	}
	if len(c.Configs) > 0 {
		s.section(fmt.Sprintf("Configs (%d)", len(c.Configs)))
	}
	for _, r := range c.Configs {
		if r == nil {
			continue
		}
		target := ""
		switch {
		case r.File != nil:
			target = fileWords(r.File.Name, "/", r.File.UID, r.File.GID, mode(r.File.Mode))
		case r.Runtime != nil:
			target = " (used by the engine itself, as a credential spec)"
		}
		s.item(plain(nameOr(r.ConfigName, r.ConfigID) + target))
	}
}

func nameOr(name, id string) string {
	if name == "" {
		return id
	}
	return name
}

// fileWords say where a file appears in the container and whose it is. Names
// without a slash are put into a folder by the engine.
func fileWords(name, folder, uid, gid, mode string) string {
	if !strings.HasPrefix(name, "/") {
		name = path.Join(folder, name)
	}
	return fmt.Sprintf(" -> %s (mode %s, uid %s, gid %s)", name, mode, nameOr(uid, "0"), nameOr(gid, "0"))
}

// environment lists the variables in their own order; the last of a name
// counts.
func (s *sheet) environment(env []string) {
	if len(env) == 0 {
		return
	}
	s.section(fmt.Sprintf("Environment (%d)", len(env)))
	for _, pair := range env {
		s.pair(s.mask(model.MaskPair, pair))
	}
}

// container says what is run, as whom and where.
func (s *sheet) container(c *swarm.ContainerSpec) {
	s.section("Container")
	s.commandLine(c)
	s.text("Dir", c.Dir)
	user := c.User
	if user == "" {
		user = "the image's" + isDefault
	}
	s.field("User", plain(user))
	s.text("Groups", strings.Join(c.Groups, ", "))
	s.text("Hostname", c.Hostname)
	s.list("Hosts", c.Hosts)
	if d := c.DNSConfig; d != nil {
		var servers []string
		for _, a := range d.Nameservers {
			servers = append(servers, a.String())
		}
		s.text("DNS servers", strings.Join(servers, ", "))
		s.text("DNS search", strings.Join(d.Search, ", "))
		s.text("DNS options", strings.Join(d.Options, ", "))
	}
	var flags []string
	for _, f := range []struct {
		on   bool
		word string
	}{{c.TTY, "tty"}, {c.OpenStdin, "stdin open"}, {c.ReadOnly, "read-only root file system"},
		{c.Init != nil && *c.Init, "init process"}} {
		if f.on {
			flags = append(flags, f.word)
		}
	}
	s.text("Flags", strings.Join(flags, ", "))
	grace := model.Span(model.DefaultStopGrace) + isDefault
	if c.StopGracePeriod != nil {
		grace = model.Span(*c.StopGracePeriod)
	}
	s.field("Stop grace", plain(grace))
	s.text("Stop signal", c.StopSignal)
}

// commandLine is what the container runs. Without either, the image decides.
func (s *sheet) commandLine(c *swarm.ContainerSpec) {
	if len(c.Command) == 0 && len(c.Args) == 0 {
		s.field("Command", plain("the image's"+isDefault))
		return
	}
	s.text("Command", shellWords(s.maskArgs(c.Command)))
	s.text("Args", shellWords(s.maskArgs(c.Args)))
}

// health says how the engine finds out whether a task works.
func (s *sheet) health(h *container.HealthConfig) {
	s.section("Health check")
	switch {
	case h == nil || len(h.Test) == 0 && h.Interval == 0 && h.Timeout == 0 && h.Retries == 0 && h.StartPeriod == 0:
		s.none("not set; the image's applies, if it has one")
		return
	case len(h.Test) > 0 && h.Test[0] == "NONE":
		s.none("disabled, and the image's too")
		return
	}
	test := "the image's" + isDefault
	if len(h.Test) > 0 {
		words := s.maskArgs(h.Test)
		if words[0] == "CMD" {
			test = shellWords(words[1:])
		} else {
			test = strings.Join(words[1:], " ")
		}
	}
	s.field("Test", plain(test))
	retries := fmt.Sprint(h.Retries)
	if h.Retries == 0 {
		retries = fmt.Sprint(model.DefaultProbeRetries) + isDefault
	}
	s.field("Every", plain(spanOr(h.Interval, model.DefaultProbeInterval)+", timeout "+spanOr(h.Timeout, model.DefaultProbeTimeout)+
		", unhealthy after "+retries+" failures"))
	if h.StartPeriod > 0 {
		every := ""
		if h.StartInterval > 0 {
			every = ", every " + model.Span(h.StartInterval)
		}
		s.field("Start period", plain(model.Span(h.StartPeriod)+every))
	}
}

// security are the rights of the container, where they are not the usual ones.
func (s *sheet) security(c *swarm.ContainerSpec) {
	from := len(s.lines)
	s.section("Rights")
	empty := len(s.lines)
	s.text("Cap add", strings.Join(c.CapabilityAdd, ", "))
	s.text("Cap drop", strings.Join(c.CapabilityDrop, ", "))
	var limits []string
	for _, u := range c.Ulimits {
		if u != nil {
			limits = append(limits, u.String())
		}
	}
	s.list("Ulimits", limits)
	s.list("Sysctls", s.options(c.Sysctls))
	if c.OomScoreAdj != 0 {
		s.field("OOM score", plain(fmt.Sprint(c.OomScoreAdj)))
	}
	if !c.Isolation.IsDefault() {
		s.text("Isolation", string(c.Isolation))
	}
	if p := c.Privileges; p != nil {
		s.privileges(p)
	}
	if len(s.lines) == empty {
		s.lines = s.lines[:from]
	}
}

func (s *sheet) privileges(p *swarm.Privileges) {
	if p.NoNewPrivileges {
		s.field("Privileges", plain("no new ones"))
	}
	if x := p.CredentialSpec; x != nil {
		s.text("Credentials", nameOr(x.Config, nameOr(x.File, x.Registry)))
	}
	if x := p.SELinuxContext; x != nil {
		words := strings.Join([]string{x.User, x.Role, x.Type, x.Level}, ":")
		if x.Disable {
			words = "off"
		}
		if words != ":::" {
			s.field("SELinux", plain(words))
		}
	}
	if x := p.Seccomp; x != nil {
		s.text("Seccomp", string(x.Mode))
	}
	if x := p.AppArmor; x != nil {
		s.text("AppArmor", string(x.Mode))
	}
}

// logDriver says where the output of the tasks goes.
func (s *sheet) logDriver(t *swarm.TaskSpec) {
	s.section("Log driver")
	if t.LogDriver == nil || t.LogDriver.Name == "" && len(t.LogDriver.Options) == 0 {
		s.none("the swarm's or the node's" + isDefault)
		return
	}
	s.text("Driver", nameOr(t.LogDriver.Name, "the node's"+isDefault))
	s.list("Options", s.options(t.LogDriver.Options))
}

func (s *sheet) labels(title string, m map[string]string) {
	if len(m) == 0 {
		return
	}
	s.section(fmt.Sprintf("%s (%d)", title, len(m)))
	for _, k := range sortedKeys(m) {
		s.pair(k + "=" + s.mask(func(v string) string { return model.MaskLabel(k, v) }, m[k]))
	}
}
