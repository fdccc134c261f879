package main

import (
	"io"

	"github.com/spf13/cobra"
)

// shells are those that there is a completion for, and what makes it.
var shells = []struct {
	name  string
	write func(root *cobra.Command, w io.Writer) error
}{
	{"bash", func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) }},
	{"zsh", (*cobra.Command).GenZshCompletion},
	{"fish", func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) }},
	{"powershell", (*cobra.Command).GenPowerShellCompletionWithDesc},
}

// completion takes the place of cobra's own command, which takes an unknown
// shell for a wish for help.
func completion() *cobra.Command {
	var names []string
	for _, s := range shells {
		names = append(names, s.name)
	}
	return &cobra.Command{
		Use: "completion SHELL", Short: "print the completion for bash, zsh, fish, ...",
		Long: `Print the completion for a shell. The packages install it. By hand:

  bash        source <(skep completion bash)
              in ~/.bashrc; it needs the package bash-completion
  zsh         source <(skep completion zsh)
              in ~/.zshrc, behind "autoload -U compinit; compinit"
  fish        skep completion fish > ~/.config/fish/completions/skep.fish
  powershell  skep completion powershell | Out-String | Invoke-Expression
              in the file that $PROFILE names

It completes views, docker contexts, and the names of services, stacks, nodes
and tasks, which it asks the swarm for.`,
		Args: cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs), ValidArgs: names,
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, s := range shells {
				if s.name == args[0] {
					return failed(s.write(cmd.Root(), cmd.OutOrStdout()))
				}
			}
			return nil
		},
	}
}
