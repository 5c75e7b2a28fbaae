// DKIM keys that cannot sign: files that cannot be read, that hold no private key, or one that receivers do not accept; keys in the vault. Where nothing
// signs, a file that is not there yet is a warning; where something does it is an error, because mail must not leave unsigned by accident.
// Static. Says what a file is, never what is in it.

using System.Security.Cryptography;

namespace Godwit.Settings;

/// <summary>Looks at the files that <c>domain-key</c> names.</summary>
internal static class KeyLint
{
    /// <summary>RFC 8301 section 3.2: receivers must not take shorter ones for valid.</summary>
    private const int MinRsaBits = 1024;

    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems) =>
        Check(root, SigningLint.Signs(root) ? ConfigSeverity.Error : ConfigSeverity.Warning, problems, surroundings, []);

    /// <param name="severity">Of a key that cannot be had.</param>
    private static void Check(CheckedBlock block, ConfigSeverity severity, ProblemList problems, ConfigSurroundings surroundings, HashSet<string> seen)
    {
        foreach (CheckedDirective line in block.Directives)
        {
            if (line.Value is DomainKey { Vault.Length: > 0 })
            {
                problems.Once("key vault", line.ValueAt, severity, "domain-key: keys in the vault are not supported yet; write the key into a file");
            }

            if (line.Value is DomainKey { File.Length: > 0 } key && seen.Add(key.File))
            {
                (ConfigSeverity found, string fault) = Examine(key.File, severity, surroundings);
                if (fault.Length > 0)
                {
                    problems.Once($"key {fault}", line.ValueAt, found, $"domain-key: {fault}");
                }
            }
        }

        foreach (CheckedBlock inner in block.Blocks)
        {
            Check(inner, severity, problems, surroundings, seen);
        }
    }

    /// <summary>What is wrong with a key; empty when nothing is.</summary>
    private static (ConfigSeverity Severity, string Fault) Examine(string file, ConfigSeverity severity, ConfigSurroundings surroundings)
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

        int bits = kind == PrivateKeyKind.Rsa ? RsaBits(octets) : MinRsaBits;
        CryptographicOperations.ZeroMemory(octets);
        return bits < MinRsaBits
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
