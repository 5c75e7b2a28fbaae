// DKIM keys that cannot sign: files that cannot be read, that hold no private key, or one that receivers do not accept; a vault that nobody knows.
// Where nothing signs, a file that is not there yet is a warning; where something does it is an error, because mail must not leave unsigned by accident.
// Made for one check. Says what a file is, never what is in it.

using System.Security.Cryptography;

namespace Godwit.Settings;

/// <summary>Looks at the files that <c>domain-key</c> names.</summary>
internal sealed class KeyLint(ConfigSeverity severity, bool hasVault, ConfigSurroundings surroundings, ProblemList problems)
{
    private readonly HashSet<string> _seen = [];

    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        // A key that cannot be had.
        ConfigSeverity severity = SigningLint.Signs(root) ? ConfigSeverity.Error : ConfigSeverity.Warning;
        bool hasVault = Says("server-url") && Says("access-token");
        foreach (CheckedDirective line in root.BlocksOf(BlockKind.Vault).SelectMany(block => block.All("server-url")))
        {
            if (line.Value is Uri { Scheme: "http", IsLoopback: false })
            {
                problems.Warn(line.ValueAt, "server-url: keys and the access-token travel in clear text; write https");
            }
        }

        new KeyLint(severity, hasVault, surroundings, problems).Visit(root);

        bool Says(string name) => root.BlocksOf(BlockKind.Vault).Any(block => block.Last(name) is not null);
    }

    private void Visit(CheckedBlock block)
    {
        foreach (CheckedDirective line in block.Directives)
        {
            if (line.Value is DomainKey { Vault.Length: > 0 } && !hasVault)
            {
                problems.Once("key vault", line.ValueAt, severity,
                    "domain-key: the key is in the vault, and there is no <vault> with server-url and access-token; mail would go unsigned");
            }

            if (line.Value is DomainKey { File.Length: > 0 } key && _seen.Add(key.File))
            {
                (ConfigSeverity found, string fault) = Examine(key.File);
                if (fault.Length > 0)
                {
                    problems.Once($"key {fault}", line.ValueAt, found, $"domain-key: {fault}");
                }
            }
        }

        foreach (CheckedBlock inner in block.Blocks)
        {
            Visit(inner);
        }
    }

    /// <summary>What is wrong with a key; empty when nothing is.</summary>
    private (ConfigSeverity Severity, string Fault) Examine(string file)
    {
        string text;
        try
        {
            text = surroundings.Read(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException or NotSupportedException)
        {
            if (surroundings.IsForeign)
            {
                return (ConfigSeverity.Note, "");
            }

            string why = e is FileNotFoundException or DirectoryNotFoundException ? "no such file" : "it cannot be read";
            return (severity, $"{file}: {why}; mail would go unsigned");
        }

        if (!PrivateKeyText.TryRead(text, out PrivateKeyKind kind, out byte[] octets, out string fault))
        {
            return (ConfigSeverity.Error, $"{file} {fault}");
        }

        int bits = kind == PrivateKeyKind.Rsa ? RsaBits(octets) : DkimRules.MinRsaBits;
        CryptographicOperations.ZeroMemory(octets);
        return bits < DkimRules.MinRsaBits
            ? (ConfigSeverity.Warning, $"{file}: a key of {bits} bits is not accepted by receivers; make one of 2048 (RFC 8301)")
            : (ConfigSeverity.Note, "");
    }

    private static int RsaBits(byte[] pkcs1)
    {
        using var rsa = RSA.Create();
        rsa.ImportRSAPrivateKey(pkcs1, out _);
        return rsa.KeySize;
    }
}
