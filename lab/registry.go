package lab

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	// registryProgram is the registry of Debian's package of the same name.
	registryProgram = "docker-registry"
	registryPort    = 5000
	registryHost    = "registry"
	// registryTimeout is how long the registry may take until it listens.
	registryTimeout = 2 * time.Minute
)

// RegistryHost is the registry's address, with which the names of its images
// begin.
func (l *Lab) RegistryHost() string { return fmt.Sprintf("%s:%d", l.address(1), registryPort) }

// Push copies an image that the nodes have into the registry and returns its
// name there. The nodes do not have it under that name: they pull it.
func (l *Lab) Push(ref string) (string, error) { return l.push(context.Background(), ref) }

func (l *Lab) push(ctx context.Context, ref string) (string, error) {
	n, err := l.anyNode()
	if err != nil {
		return "", err
	}
	// A folder of its own: the login must not serve the lab's other commands,
	// whose pulls are to be refused.
	config := filepath.Join(l.Dir, registryHost, "cli")
	if err := l.login(ctx, n, config); err != nil {
		return "", err
	}
	remote := l.RegistryHost() + "/" + ref
	if _, err := n.docker(ctx, config, "tag", ref, remote); err != nil {
		return "", err
	}
	if _, err := n.docker(ctx, config, "push", "--quiet", remote); err != nil {
		return "", err
	}
	_, err = n.docker(ctx, config, "rmi", remote)
	return remote, err
}

// Login gives the lab's docker commands the registry's login, so that
// Docker("service", "create", "--with-registry-auth", ...) passes it on.
func (l *Lab) Login() error {
	n, err := l.anyNode()
	if err != nil {
		return err
	}
	return l.login(context.Background(), n, l.cliConfig())
}

func (l *Lab) login(ctx context.Context, n *Node, config string) error {
	if !l.Config.Registry {
		return errors.New("the lab has no registry")
	}
	if l.Config.RegistryUser == "" {
		return nil
	}
	cmd := n.command(ctx, config, "login", "-u", l.Config.RegistryUser, "--password-stdin", l.RegistryHost())
	cmd.Stdin = strings.NewReader(l.Config.RegistryPassword)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("log in: %w: %s", err, out)
	}
	return nil
}

func (l *Lab) anyNode() (*Node, error) {
	for _, n := range l.nodes {
		if n.answers() {
			return n, nil
		}
	}
	return nil, errors.New("no node answers")
}

// startRegistry runs the registry on the switch, where every node reaches it.
func (l *Lab) startRegistry(ctx context.Context) error {
	dir := filepath.Join(l.Dir, registryHost)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	config := fmt.Sprintf(`version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: %q}
  delete: {enabled: true}
http: {addr: %q}
`, filepath.Join(dir, "data"), l.RegistryHost())
	if l.Config.RegistryUser != "" {
		file := filepath.Join(dir, "users")
		if err := writeUsers(file, l.Config.RegistryUser, l.Config.RegistryPassword); err != nil {
			return err
		}
		config += fmt.Sprintf("auth: {htpasswd: {realm: lab, path: %q}}\n", file)
	}
	file := filepath.Join(dir, "config.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return err
	}
	d := daemon{l, "registry", registryHost, l.switchName()}
	if err := d.start(registryProgram, "serve", file); err != nil {
		return err
	}
	return l.waitRegistry(ctx, d)
}

func (l *Lab) waitRegistry(ctx context.Context, d daemon) error {
	ctx, cancel := context.WithTimeout(ctx, registryTimeout)
	defer cancel()
	for {
		conn, err := dialIn(ctx, l.switchName(), l.RegistryHost())
		if err == nil {
			return conn.Close()
		}
		if !d.process().Alive() {
			return fmt.Errorf("the registry ended:\n%s", d.tail())
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the registry does not listen: %w:\n%s", err, d.tail())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// writeUsers writes the one login of the registry, which takes bcrypt only.
// Perl offers the C library's, which saves a dependency.
func writeUsers(file, user, password string) error {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./"
	salt := make([]byte, 22)
	rand.Read(salt)
	for i, b := range salt {
		salt[i] = letters[int(b)%len(letters)]
	}
	// The last letter holds two bits only; the others of it must be zero.
	salt[21] = 'u'
	cmd := exec.Command("perl", "-e", `chomp(my $p = <STDIN>); print crypt($p, $ARGV[0])`, "$2y$05$"+string(salt))
	cmd.Stdin = strings.NewReader(password + "\n")
	hash, err := cmd.Output()
	if err == nil && !strings.HasPrefix(string(hash), "$2y$") {
		err = fmt.Errorf("perl said %q", hash)
	}
	if err != nil {
		return fmt.Errorf("hash the registry's password: %w", err)
	}
	return os.WriteFile(file, fmt.Appendf(nil, "%s:%s\n", user, hash), 0o600)
}
