package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/distribution/reference"
	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/credentials"
	"github.com/docker/cli/cli/config/types"
	"github.com/moby/moby/api/pkg/authconfig"
	"github.com/moby/moby/api/types/registry"
)

// hubKey is where docker keeps the credentials of its own registry.
const hubKey = "https://index.docker.io/v1/"

// credentials reads the credentials for an image's registry from where the
// docker command keeps them, encoded for the header; empty if there are none.
// Docker's configuration is read each time, because a login may have changed
// it since.
func (s *shared) credentials(ctx context.Context, image string) (string, error) {
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return "", err
	}
	key := reference.Domain(named)
	if key == "docker.io" {
		key = hubKey
	}
	within, cancel := context.WithTimeout(ctx, credentialTimeout)
	defer cancel()
	type found struct {
		auth types.AuthConfig
		err  error
	}
	// A helper is a process that cannot be told to stop; it is left to end
	// by itself.
	result := make(chan found, 1)
	go func() {
		auth, err := s.lookUp(key)
		result <- found{auth, err}
	}()
	select {
	case r := <-result:
		if r.err != nil {
			return "", r.err
		}
		return encodeAuth(r.auth)
	case <-within.Done():
		if err := ctx.Err(); err != nil {
			return "", err
		}
		return "", fmt.Errorf("the credential helper did not answer within %s", credentialTimeout)
	}
}

// lookUp asks what docker asks, in its order: DOCKER_AUTH_CONFIG, the helper
// for that registry, the credentials store, the file. The function of docker's
// library that does this prints to the terminal.
func (s *shared) lookUp(key string) (types.AuthConfig, error) {
	if text := s.options.env("DOCKER_AUTH_CONFIG"); text != "" {
		given, err := config.LoadFromReader(strings.NewReader(text))
		if err != nil {
			return types.AuthConfig{}, fmt.Errorf("DOCKER_AUTH_CONFIG: %w", err)
		}
		if auth, _ := credentials.NewFileStore(given).Get(key); auth.Username != "" {
			return auth, nil
		}
	}
	cfg := loadDockerConfig(s.options)
	if helper := helperFor(cfg.file, key); helper != "" {
		return credentials.NewNativeStore(cfg.file, helper).Get(key)
	}
	return cfg.login(key)
}

func helperFor(file *configfile.ConfigFile, key string) string {
	if helper, ok := file.CredentialHelpers[key]; ok {
		return helper
	}
	if !file.ContainsAuth() {
		return credentials.DetectDefaultStore(file.CredentialsStore)
	}
	return file.CredentialsStore
}

func encodeAuth(a types.AuthConfig) (string, error) {
	if a.Username == "" && a.Password == "" && a.IdentityToken == "" && a.RegistryToken == "" {
		return "", nil
	}
	return authconfig.Encode(registry.AuthConfig{
		Username: a.Username, Password: a.Password, ServerAddress: a.ServerAddress,
		IdentityToken: a.IdentityToken, RegistryToken: a.RegistryToken,
	})
}
