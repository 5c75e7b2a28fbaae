// Passwords and keys in files that every user of the machine may read: configuration files, and certificates that hold their key.

namespace Godwit.Settings;

/// <summary>Secrets open to everyone on the machine.</summary>
internal static class SecretFileLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        string baseDirectory = Path.GetDirectoryName(Path.GetFullPath(root.At.File)) ?? "/";
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (CheckedDirective line in SecretLines(root))
        {
            (string file, string secret) = Parts(line);
            if (file.Length > 0)
            {
                string path = Path.GetFullPath(file, baseDirectory);
                Report(path, path, "a private key", line.ValueAt);
            }

            if (secret.Length > 0)
            {
                Report(line.At.File, Path.GetFullPath(line.At.File), "passwords or keys", line.At);
            }
        }

        void Report(string shown, string path, string what, ConfigPosition at)
        {
            if (seen.Add(path) && surroundings.Mode(path) is { } mode && mode.HasFlag(UnixFileMode.OtherRead))
            {
                string word = shown.Contains(' ', StringComparison.Ordinal) ? $"'{shown}'" : shown;
                problems.Warn(at, $"{shown} holds {what} and every user of this machine may read it; run: chmod o-r {word}");
            }
        }
    }

    private static IEnumerable<CheckedDirective> SecretLines(CheckedBlock block) =>
        block.Directives.Where(d => d.Directive.Secret && d.Value is not null).Concat(block.Blocks.SelectMany(SecretLines));

    /// <summary>A secret directive's file and its secret; a certificate's second word is a password, a policy's second word is a key.</summary>
    private static (string File, string Secret) Parts(CheckedDirective line)
    {
        string text = line.Value as string ?? line.Directive.Form.Print(line.Value!);
        int quoted = Quoting.EndOfQuoted(text);
        int end = quoted > 0 ? quoted : text.AsSpan().IndexOfAny(' ', '\t');
        string first = end < 0 ? text : text[..end];
        string rest = end < 0 ? "" : text[end..].Trim();
        return line.Directive.Name switch
        {
            "privacy-policy" => ("", first.Equals("redact", StringComparison.OrdinalIgnoreCase) ? "" : rest),
            { } name when name.EndsWith("certificate", StringComparison.Ordinal) => (Quoting.TryUnquote(first, out string plain) ? plain : first, rest),
            _ => ("", text),
        };
    }
}
