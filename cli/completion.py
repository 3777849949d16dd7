"""`sealane completion`: the script with which a shell completes what is typed after `sealane`.

All four ask `sealane __complete WORDS... +CURRENT` (`cli.completing`) and offer what it
prints, or files when it prints nothing.
"""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

from cli.commands import command, single
from cli.errors import CliError
from cli.output import Output
from cli.words import did_you_mean

app = single("Have your shell complete commands, options and names.")

# bash divides words at : and = too, so the line is divided here, and what stands
# before the last of them is taken off the candidates again.
BASH: Final = r"""# sealane: completion for bash
_sealane() {
    local line=${COMP_LINE:0:COMP_POINT} words=() word
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    local last=$((${#words[@]} - 1))
    local current=${words[last]} prefix=""
    if [[ $current == *[:=]* ]]; then prefix=${current%"${current##*[:=]}"}; fi
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        COMPREPLY+=("${word#"$prefix"}")
    done < <(sealane __complete "${words[@]:1:last-1}" "+$current" 2>/dev/null)
}
complete -o default -F _sealane sealane
"""

ZSH: Final = r"""#compdef sealane
# sealane: completion for zsh
_sealane() {
    local -a found
    local word meaning
    while IFS=$'\t' read -r word meaning; do
        found+=("${word//:/\\:}:${meaning}")
    done < <(sealane __complete "${(@Q)words[2,CURRENT-1]}" "+${(Q)words[CURRENT]}" 2>/dev/null)
    if (( ${#found} )); then _describe -V sealane found; else _files; fi
}
if [[ "${funcstack[1]}" == _sealane ]]; then _sealane; else compdef _sealane sealane; fi
"""

FISH: Final = r"""# sealane: completion for fish
function __sealane_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    set -l found (sealane __complete $words "+$current" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$current"
    end
end
complete -c sealane -f -a '(__sealane_complete)'
"""

POWERSHELL: Final = r"""# sealane: completion for PowerShell
Register-ArgumentCompleter -Native -CommandName sealane -ScriptBlock {
    param($current, $line, $position)
    $words = @($line.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.StartOffset -lt $position } | ForEach-Object { "$_".Trim("'`"") })
    if ($current -ne '' -and $words.Count -gt 0) { $words = @($words | Select-Object -SkipLast 1) }
    sealane __complete @words "+$current" 2>$null | ForEach-Object {
        $word, $meaning = $_ -split "`t", 2
        if (-not $meaning) { $meaning = $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $meaning)
    }
}
"""

SHELLS: Final = {
    "bash": (BASH, "sealane completion bash > ~/.local/share/bash-completion/completions/sealane"),
    "zsh": (ZSH, 'sealane completion zsh > "${fpath[1]}/_sealane"'),
    "fish": (FISH, "sealane completion fish > ~/.config/fish/completions/sealane.fish"),
    "powershell": (POWERSHELL, "sealane completion powershell >> $PROFILE"),
}
"""The script of each shell, and what to type so that every new shell has it."""


@command(
    app,
    "completion",
    examples=(
        "sealane completion bash > ~/.local/share/bash-completion/completions/sealane",
        "sealane completion powershell >> $PROFILE",
    ),
    words={"shell": "cli.completion:SHELLS"},
)
def completion(
    output: Output,
    shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell.")],
) -> None:
    """Print the script that completes commands, options, their words, organisations and members.

    What bills, declarations and containers you worked with lately, it completes by number: their
    names are kept in your network directory. No node is asked, and nothing is installed: put the
    script where your shell looks for it, as the note says.
    """
    if shell not in SHELLS:
        raise CliError(
            f"there is no completion for {shell}",
            why=did_you_mean(shell, SHELLS),
            do=f"sealane completion {'|'.join(SHELLS)}",
            field="SHELL",
        )
    script, keep = SHELLS[shell]
    output.result({"shell": shell, "script": script, "keep": keep}, script.rstrip())
    if sys.stdout.isatty():
        output.note(f"To have it in every new shell: {keep}")
