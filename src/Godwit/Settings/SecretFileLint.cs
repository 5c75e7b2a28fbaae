// Passwords and keys in files that every user of the machine may read: configuration files, DKIM keys, and certificates that hold their key.

namespace Godwit.Settings;

/// <summary>Secrets open to everyone on the machine.</summary>
internal static class SecretFileLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (CheckedDirective line in SecretLines(root))
        {
            (string file, bool isSecret) = Parts(line.Value);
            if (file.Length > 0)
            {
                Report(file, file, "a private key", line.ValueAt);
            }

            if (isSecret)
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
        block.Directives.Where(d => (d.Directive.Secret || d.Value is DomainKey) && d.Value is not null).Concat(block.Blocks.SelectMany(SecretLines));

    /// <summary>A secret directive's file with a key, and whether the line itself holds a secret.</summary>
    private static (string File, bool IsSecret) Parts(object? value) => value switch
    {
        CertificateFile certificate => (certificate.Path, !certificate.Password.IsEmpty),
        DomainKey key => (key.File, false),
        PrivacyPolicy policy => ("", policy.Method is not (PrivacyMethod.Retain or PrivacyMethod.Redact)),
        _ => ("", true),
    };
}
