// DKIM keys that cannot sign: files that cannot be read, that hold no private key, or one that receivers do not accept. Static.
// Says what a file is, never what is in it.

using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Godwit.Settings;

/// <summary>Looks at the files that <c>domain-key</c> names.</summary>
internal static class KeyLint
{
    /// <summary>RFC 8301 section 3.2: receivers must not take shorter ones for valid.</summary>
    private const int MinRsaBits = 1024;

    private const string RsaEncryption = "1.2.840.113549.1.1.1";

    /// <summary>RFC 8410 section 3.</summary>
    private const string Ed25519 = "1.3.101.112";

    private const int Ed25519Octets = 32;

    private const string Damaged = "is damaged: what it holds is no private key";

    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems) =>
        Check(root, problems, surroundings, []);

    private static void Check(CheckedBlock block, ProblemList problems, ConfigSurroundings surroundings, HashSet<string> seen)
    {
        foreach (CheckedDirective line in block.Directives)
        {
            if (line.Value is DomainKey { File.Length: > 0 } key && seen.Add(key.File))
            {
                (ConfigSeverity severity, string fault) = Examine(key.File, surroundings);
                if (fault.Length > 0)
                {
                    problems.Once($"key {fault}", line.ValueAt, severity, $"domain-key: {fault}");
                }
            }
        }

        foreach (CheckedBlock inner in block.Blocks)
        {
            Check(inner, problems, surroundings, seen);
        }
    }

    /// <summary>What is wrong with a key; empty when nothing is.</summary>
    private static (ConfigSeverity Severity, string Fault) Examine(string file, ConfigSurroundings surroundings)
    {
        string text;
        try
        {
            text = surroundings.Read(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException or NotSupportedException)
        {
            // Perhaps only whoever checks may not read it; the server says so again when it signs.
            if (surroundings.IsForeign)
            {
                return (ConfigSeverity.Note, "");
            }

            string why = e is FileNotFoundException or DirectoryNotFoundException ? "no such file" : "it cannot be read";
            return (ConfigSeverity.Warning, $"{file}: {why}; mail would go unsigned");
        }

        return Describe(text) switch
        {
            (var fault, _) when fault.Length > 0 => (ConfigSeverity.Error, $"{file} {fault}"),
            (_, > 0 and < MinRsaBits and var bits) =>
                (ConfigSeverity.Warning, $"{file}: a key of {bits} bits is not accepted by receivers; make one of 2048 (RFC 8301)"),
            _ => (ConfigSeverity.Note, ""),
        };
    }

    /// <summary>What a PEM file lacks, and the bits of an RSA key.</summary>
    private static (string Fault, int RsaBits) Describe(string text)
    {
        // Old encrypted keys have header lines before their base64, which is no PEM to .NET.
        if (text.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            return ("is encrypted; store the key without a password", 0);
        }

        int key = text.IndexOf(" PRIVATE KEY-----", StringComparison.Ordinal);
        int start = key < 0 ? 0 : Math.Max(0, text.LastIndexOf("-----BEGIN", key, StringComparison.Ordinal));
        if (!PemEncoding.TryFind(text.AsSpan(start), out PemFields fields))
        {
            return (key < 0 ? "is no PEM file; a private key begins with -----BEGIN" : Damaged, 0);
        }

        string label = text.AsSpan(start)[fields.Label].ToString();
        byte[] content = new byte[fields.DecodedDataLength];
        Convert.TryFromBase64Chars(text.AsSpan(start)[fields.Base64Data], content, out _);
        try
        {
            return label switch
            {
                "RSA PRIVATE KEY" => ("", RsaBits(content)),
                "PRIVATE KEY" => Pkcs8(content),
                _ => ($"holds \"{label}\", not a private key", 0),
            };
        }
        catch (AsnContentException)
        {
            return (Damaged, 0);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>RFC 5208.</summary>
    private static (string Fault, int RsaBits) Pkcs8(byte[] content)
    {
        AsnReader key = new AsnReader(content, AsnEncodingRules.DER).ReadSequence();
        key.ReadInteger();
        string algorithm = key.ReadSequence().ReadObjectIdentifier();
        byte[] inner = key.ReadOctetString();
        return algorithm switch
        {
            RsaEncryption => ("", RsaBits(inner)),
            Ed25519 => (new AsnReader(inner, AsnEncodingRules.DER).ReadOctetString().Length == Ed25519Octets ? "" : Damaged, 0),
            _ => ("holds a key that DKIM does not know; it takes RSA and Ed25519", 0),
        };
    }

    /// <summary>RFC 8017 appendix A.1.2: version, modulus, and the rest.</summary>
    private static int RsaBits(byte[] content)
    {
        AsnReader key = new AsnReader(content, AsnEncodingRules.DER).ReadSequence();
        key.ReadInteger();
        return (int)key.ReadInteger().GetBitLength();
    }
}
