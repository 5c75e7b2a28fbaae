// Passwords and keys in files that every user of the machine may read: configuration files, DKIM keys, and certificates that hold their key.

namespace Godwit.Settings;

/// <summary>Secrets open to everyone on the machine.</summary>
internal sealed class SecretFileLint(ConfigSurroundings surroundings, ProblemList problems)
{
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems) =>
        new SecretFileLint(surroundings, problems).Visit(root);

    private void Visit(CheckedBlock block)
    {
        foreach (CheckedDirective line in block.Directives)
        {
            (string file, bool isSecret) = Parts(line);
            if (file.Length > 0 && !(line.Value is CertificateFile && IsPublic(file)))
            {
                Look(file, file, line.Directive.Name == "auth-token-file" ? "a token" : "a private key", line.ValueAt);
            }

            if (isSecret)
            {
                Look(line.At.File, Path.GetFullPath(line.At.File), "passwords or keys", line.At);
            }
        }

        foreach (CheckedBlock inner in block.Blocks)
        {
            Visit(inner);
        }
    }

    /// <summary>The file with a key that a line names, and whether the line itself holds a secret.</summary>
    private static (string File, bool IsSecret) Parts(CheckedDirective line) => line.Value switch
    {
        CertificateFile certificate => (certificate.Path, !certificate.Password.IsEmpty),
        DomainKey key => (key.File, false),
        string file when line.Directive.Name == "auth-token-file" => (file, false),
        PrivacyPolicy policy => ("", policy.Method is not (PrivacyMethod.Retain or PrivacyMethod.Redact)),
        var value => ("", value is not null && line.Directive.Secret),
    };

    /// <summary>A certificate without its key is no secret; what is missing there is told as such.</summary>
    private bool IsPublic(string certificate)
    {
        try
        {
            return !surroundings.Read(certificate).Contains("PRIVATE KEY-----", StringComparison.Ordinal);
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException or System.Security.SecurityException or NotSupportedException)
        {
            return false;
        }
    }

    private void Look(string shown, string path, string what, ConfigPosition at)
    {
        if (_seen.Add(path) && surroundings.Mode(path) is { } mode && mode.HasFlag(UnixFileMode.OtherRead))
        {
            string word = shown.Contains(' ', StringComparison.Ordinal) ? $"'{shown}'" : shown;
            problems.Warn(at, $"{shown} holds {what} and every user of this machine may read it; run: chmod o-r {word}");
        }
    }
}
