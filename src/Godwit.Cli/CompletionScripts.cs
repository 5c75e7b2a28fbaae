// "godwit completion bash|zsh": the few lines that a shell needs. All knowledge stays in the program, so a script never lags behind it.

namespace Godwit.Cli;

internal static class CompletionScripts
{
    // A colon or an equals sign ends a word for bash; what it completes is then only the part behind it.
    private const string Bash = """
        _godwit() {
            local typed=${COMP_LINE:0:COMP_POINT} words last
            read -ra words <<< "$typed"
            last=
            if [[ $typed != *' ' ]]; then last=${words[-1]}; unset 'words[-1]'; fi
            local cut=${last%"${last##*[=:]}"}
            COMPREPLY=()
            local candidate
            while IFS= read -r candidate; do
                COMPREPLY+=("${candidate#"$cut"}")
            done < <("${words[0]:-godwit}" __complete "${words[@]:1}" "$last" 2>/dev/null)
            if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi
        }
        complete -F _godwit godwit pmta

        """;

    private const string Zsh = """
        _godwit() {
            local -a candidates
            candidates=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
            candidates=(${candidates:#})
            if (( ${#candidates} == 1 )) && [[ ${candidates[1]} == *= ]]; then
                compadd -S '' -- $candidates
            else
                compadd -- $candidates
            fi
        }
        compdef _godwit godwit pmta

        """;

    public static async Task<int> WriteAsync(IReadOnlyList<string> words, Screen screen)
    {
        string? script = words switch { ["bash"] => Bash, ["zsh"] => Zsh, _ => null };
        if (script is null)
        {
            await screen.Error.WriteLineAsync("godwit: completion needs the shell: godwit completion bash, or godwit completion zsh");
            return ExitCode.Usage;
        }

        await screen.Out.WriteAsync(script);
        return ExitCode.Done;
    }
}
