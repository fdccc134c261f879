package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/credentials"
	"github.com/docker/cli/cli/config/types"

	"skep/model"
)

// dockerConfig is docker's config.json and where it was looked for.
type dockerConfig struct {
	dir  string
	file *configfile.ConfigFile
	// err says what of the file could not be read; nil if nothing is missing.
	err error
	// lost is set where the current context may be among what is missing,
	// broken where nothing of the file was taken.
	lost, broken bool
}

func (c dockerConfig) path() string { return filepath.Join(c.dir, config.ConfigFileName) }

// loadDockerConfig reads config.json and takes of it what docker takes: a field
// of the wrong type, or a login that makes no sense, takes nothing else away.
func loadDockerConfig(o Options) dockerConfig {
	c := dockerConfig{dir: o.env("DOCKER_CONFIG")}
	if c.dir == "" {
		c.dir = filepath.Join(home(o), ".docker")
	}
	c.file = configfile.New(c.path())
	data, err := os.ReadFile(c.path())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c
	case err != nil: // It names the file.
		c.err, c.lost, c.broken = err, true, true
		return c
	}
	if err := c.file.LoadFromReader(bytes.NewReader(data)); err != nil {
		c.err = fmt.Errorf("%s: %w", c.path(), plainly(err))
	}
	// The file tells the current context, be it that there is none, if this
	// much of it can be read.
	var needed struct {
		CurrentContext *string `json:"currentContext"`
	}
	err = json.NewDecoder(bytes.NewReader(data)).Decode(&needed)
	c.lost = err != nil && !errors.Is(err, io.EOF)
	var mismatch *json.UnmarshalTypeError
	c.broken = c.lost && (!errors.As(err, &mismatch) || mismatch.Field == "")
	return c
}

// login is what docker's configuration holds for a registry. Docker decodes the
// logins after all else, and none where something else is wrong with the file.
func (c dockerConfig) login(key string) (types.AuthConfig, error) {
	if c.broken {
		return types.AuthConfig{}, c.err
	}
	auth, err := credentials.NewFileStore(c.file).Get(key)
	if err != nil || auth.Auth == "" {
		return auth, err
	}
	alone := configfile.ConfigFile{AuthConfigs: map[string]types.AuthConfig{key: auth}}
	if err := alone.LoadFromReader(strings.NewReader("{}")); err != nil {
		return types.AuthConfig{}, fmt.Errorf("%s: the login for %s is malformed: %w", c.path(), key, err)
	}
	return alone.AuthConfigs[key], nil
}

// plainly is an error of docker's configuration without the names of Go.
func plainly(err error) error {
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mismatch) && mismatch.Field == "":
		return fmt.Errorf("it must not be a JSON %s", mismatch.Value)
	case errors.As(err, &mismatch):
		return fmt.Errorf("%q must not be a JSON %s", mismatch.Field, mismatch.Value)
	case errors.As(err, new(*json.SyntaxError)), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("it is not JSON: %w", err)
	}
	return fmt.Errorf("a login under \"auths\" is malformed: %w", err)
}

// unknownSwarm refuses to guess. Docker warns and goes on with the engine of
// this machine, which is another swarm than the one whose context was chosen.
func (c dockerConfig) unknownSwarm() error {
	return &model.Trouble{Situation: model.BadConfig, Host: c.path(), Source: c.path(), Cause: c.err}
}

func home(o Options) string {
	name := "HOME"
	if runtime.GOOS == "windows" {
		name = "USERPROFILE"
	}
	if dir := o.env(name); dir != "" {
		return dir
	}
	if u, err := user.Current(); err == nil {
		return u.HomeDir
	}
	return ""
}
