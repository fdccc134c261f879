package lab

// Config says what a lab consists of. The zero value is one manager.
type Config struct {
	// Name is what people call the lab; tests use the name of the test.
	Name string
	// Managers is the number of manager nodes, one if zero.
	Managers int
	// Workers is the number of worker nodes.
	Workers int
	// SlowPulls lets a pull that cannot succeed take the 20 to 50 seconds that
	// it takes the engine to give up. Without it such a pull fails at once,
	// and so every task starts at once: an engine tries to pull even an image
	// that it has.
	SlowPulls bool
	// TLS makes every node listen on port 2376 too, with certificates of a CA
	// made for the lab. See [Lab.CertPath] and [Node.Forward].
	TLS bool
	// Autolock encrypts the managers' keys: one that restarts stays locked
	// until [Node.Unlock].
	Autolock bool
	// Registry starts an image registry that every node may pull from.
	Registry bool
	// RegistryUser and RegistryPassword make the registry want this login.
	RegistryUser, RegistryPassword string
	// ContainerdImages leaves images to containerd, as engines from 29 on do by
	// themselves and those before 24 cannot.
	ContainerdImages bool
	// Keep lets the lab outlive the process that starts it.
	Keep bool
	// Dockerd is the engine to run, "dockerd" if empty. The containerd, shim
	// and runc in the same folder go with it.
	Dockerd string
}

// Option changes what [Up] starts.
type Option func(*Config)

// Managers asks for n manager nodes.
func Managers(n int) Option { return func(c *Config) { c.Managers = n } }

// Workers asks for n worker nodes.
func Workers(n int) Option { return func(c *Config) { c.Workers = n } }

// SlowPulls makes hopeless image pulls take as long as in a real network.
func SlowPulls() Option { return func(c *Config) { c.SlowPulls = true } }

// TLS makes every node listen on TCP with mutual TLS as well.
func TLS() Option { return func(c *Config) { c.TLS = true } }

// Autolock encrypts the managers' keys with a key that only the lab knows.
func Autolock() Option { return func(c *Config) { c.Autolock = true } }

// ContainerdImages has engines keep images as those from 29 on do.
func ContainerdImages() Option { return func(c *Config) { c.ContainerdImages = true } }

// Registry adds an image registry to the lab.
func Registry() Option { return func(c *Config) { c.Registry = true } }

// RegistryLogin adds an image registry that wants this user and password.
func RegistryLogin(user, password string) Option {
	return func(c *Config) {
		c.Registry = true
		c.RegistryUser, c.RegistryPassword = user, password
	}
}
