package compose

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"
	"github.com/docker/cli/cli/compose/loader"
	"github.com/docker/cli/cli/compose/schema"
	"github.com/docker/cli/cli/compose/template"
	"github.com/docker/cli/cli/compose/types"
)

// Source is where a stack is loaded from.
type Source struct {
	// Files are paths; "-" is Stdin. What several say is merged, the last one wins.
	Files []string
	Stdin io.Reader
	// Env are the variables, as NAME=value.
	Env []string
	// EnvFiles are files of variables. Those of the environment win, as they do in
	// docker compose.
	EnvFiles []string
}

// Loaded is what files say.
type Loaded struct {
	Config *types.Config
	// Warnings are what of the files means nothing to a swarm, or may not mean what
	// was meant.
	Warnings []string
}

// dotEnv is the file that docker compose reads by itself, and docker stack deploy
// does not.
const dotEnv = ".env"

// longest is more than any stack file has, so that a wrong path does not fill the
// memory.
const longest = 16 << 20

// Load reads files.
func Load(s Source) (Loaded, error) {
	var out Loaded
	details, err := s.details()
	if err != nil {
		return out, err
	}
	dicts := make([]map[string]any, len(details.ConfigFiles))
	for i, f := range details.ConfigFiles {
		dicts[i] = f.Config
		if err := checkRanges(f.Config); err != nil {
			return out, fmt.Errorf("%s: %w", f.Filename, err)
		}
	}
	unset, required := map[string]bool{}, map[string]bool{}
	out.Config, err = loader.Load(details, func(o *loader.Options) { o.Interpolate.Substitute = noting(unset, required) })
	out.Warnings = s.warnUnset(unset, details.WorkingDir)
	if err != nil {
		if forbidden := (*loader.ForbiddenPropertiesError)(nil); errors.As(err, &forbidden) {
			return out, fmt.Errorf("a stack cannot have: %s", properties(forbidden.Properties))
		}
		return out, s.hinted(err, required, details.WorkingDir)
	}
	for _, name := range loader.GetUnsupportedProperties(dicts...) {
		out.Warnings = append(out.Warnings, fmt.Sprintf("%s means nothing to a swarm, and is left out", name))
	}
	for _, text := range properties(loader.GetDeprecatedProperties(dicts...)) {
		out.Warnings = append(out.Warnings, "left out: "+text)
	}
	for _, service := range out.Config.Services {
		if service.Image == "" {
			return out, fmt.Errorf("service %s: no image; a swarm builds none", service.Name)
		}
		if _, err := reference.ParseAnyReference(service.Image); err != nil {
			return out, s.hinted(fmt.Errorf("service %s: image %q: %w", service.Name, service.Image, err), unset, details.WorkingDir)
		}
	}
	return out, nil
}

// mostPorts is the widest range of ports that is read. Docker's loader takes time by
// the square of it: a few seconds for this many, and minutes for all that there are.
const mostPorts = 16384

var portRange = regexp.MustCompile(`(\d{1,9})-(\d{1,9})`)

// checkRanges refuses ranges of ports that would take minutes to read.
func checkRanges(file map[string]any) error {
	services, _ := file["services"].(map[string]any)
	for name, one := range services {
		service, _ := one.(map[string]any)
		ports, _ := service["ports"].([]any)
		for _, p := range ports {
			text, _ := p.(string)
			for _, found := range portRange.FindAllStringSubmatch(text, -1) {
				first, _ := strconv.Atoi(found[1])
				last, _ := strconv.Atoi(found[2])
				if last-first >= mostPorts {
					return fmt.Errorf("service %s: ports %s: a range of more than %d ports", name, text, mostPorts)
				}
			}
		}
	}
	return nil
}

// properties are those of a kind that the loader knows, with what it says of each.
func properties(said map[string]string) []string {
	out := make([]string, 0, len(said))
	for _, name := range slices.Sorted(maps.Keys(said)) {
		out = append(out, name+": "+said[name])
	}
	return out
}

// details are what the loader is given.
func (s Source) details() (types.ConfigDetails, error) {
	var out types.ConfigDetails
	if len(s.Files) == 0 {
		return out, errors.New("no file was given (-c compose.yaml, or -c - for standard input)")
	}
	out.WorkingDir = "."
	if s.Files[0] != "-" {
		out.WorkingDir = filepath.Dir(s.Files[0])
	}
	var err error
	if out.WorkingDir, err = filepath.Abs(out.WorkingDir); err != nil {
		return out, err
	}
	for _, name := range s.Files {
		text, err := s.read(name)
		if err != nil {
			return out, err
		}
		config, err := loader.ParseYAML(text)
		if err != nil {
			return out, fmt.Errorf("%s: %w", name, err)
		}
		out.ConfigFiles = append(out.ConfigFiles, types.ConfigFile{Filename: name, Config: config})
	}
	out.Version = schema.Version(out.ConfigFiles[0].Config)
	out.Environment, err = s.environment()
	return out, err
}

func (s Source) read(name string) ([]byte, error) {
	from := s.Stdin
	if name == "-" && from == nil {
		return nil, errors.New("there is no standard input here")
	}
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // The operator names the file.
		if err != nil {
			return nil, err
		}
		defer f.Close() //nolint:errcheck // It was only read.
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, longest+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > longest:
		return nil, fmt.Errorf("%s is longer than %d MiB: that is no stack file", name, longest>>20)
	}
	return text, nil
}

// environment are the variables: those of files, and over them those of the
// process.
func (s Source) environment() (map[string]string, error) {
	out := map[string]string{}
	for _, name := range s.EnvFiles {
		text, err := s.read(name)
		if err != nil {
			return nil, err
		}
		vars, err := parseEnv(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		maps.Copy(out, vars)
	}
	for _, line := range s.Env {
		// Windows has variables whose names begin with =, for itself.
		if name, value, ok := strings.Cut(line, "="); ok && name != "" {
			out[name] = value
		}
	}
	return out, nil
}

// plainVariable is a variable without a word on what else to take.
var plainVariable = regexp.MustCompile(`(?i)\$(?:(\$)|([_a-z][_a-z0-9]*)|\{([_a-z][_a-z0-9]*)\})`)

// requiredVariable is a variable without which the file is refused.
var requiredVariable = regexp.MustCompile(`(?i)\$\{([_a-z][_a-z0-9]*):?\?`)

// noting fills in variables, and notes those that nothing sets: by which nothing is put
// in their place, and by which the file is refused.
func noting(unset, required map[string]bool) func(string, template.Mapping) (string, error) {
	return func(text string, lookup template.Mapping) (string, error) {
		note := func(name string, in map[string]bool) {
			if _, set := lookup(name); !set && name != "" {
				in[name] = true
			}
		}
		for _, found := range plainVariable.FindAllStringSubmatch(text, -1) {
			note(found[2]+found[3], unset)
		}
		for _, found := range requiredVariable.FindAllStringSubmatch(text, -1) {
			note(found[1], required)
		}
		return template.Substitute(text, lookup)
	}
}

// warnUnset says of variables that nothing sets: docker puts nothing in their place
// without a word.
func (s Source) warnUnset(names map[string]bool, dir string) []string {
	if len(names) == 0 {
		return nil
	}
	out := []string{"not set, and so empty: " + strings.Join(slices.Sorted(maps.Keys(names)), ", ")}
	if hint := s.besideSets(names, dir); hint != "" {
		out = append(out, hint)
	}
	return out
}

// hinted is an error that a variable may be to blame for, with where it is set.
func (s Source) hinted(err error, names map[string]bool, dir string) error {
	if hint := s.besideSets(names, dir); hint != "" {
		return fmt.Errorf("%w; %s", err, hint)
	}
	return err
}

// besideSets says that a file of variables beside the first file sets some of these,
// which nothing else does; empty where it does not.
func (s Source) besideSets(names map[string]bool, dir string) string {
	beside := filepath.Join(dir, dotEnv)
	text, err := s.read(beside)
	if err != nil {
		return ""
	}
	vars, _ := parseEnv(string(text))
	for name := range vars {
		if names[name] {
			return beside + " sets some of them; docker stack deploy does not read it, and neither does this without --env-file"
		}
	}
	return ""
}

// parseEnv reads a file of variables as docker compose does: a line each, comments,
// and quotes around values.
func parseEnv(text string) (map[string]string, error) {
	out := map[string]string{}
	for i, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" || strings.ContainsAny(name, " \t\"'") {
			return nil, fmt.Errorf("line %d is no NAME=value", i+1)
		}
		out[name] = unquote(strings.TrimSpace(value))
	}
	return out, nil
}

// unquote takes quotes off a value, or a comment behind one that has none.
func unquote(value string) string {
	if n := len(value); n > 1 && (value[0] == '"' || value[0] == '\'') {
		if end := strings.IndexByte(value[1:], value[0]); end >= 0 {
			return value[1 : 1+end]
		}
	}
	if at := strings.Index(value, " #"); at >= 0 {
		value = strings.TrimSpace(value[:at])
	}
	return value
}
