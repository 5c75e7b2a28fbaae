// A verifier that is slow and easy to read: RFC 6376 section 6 with strings and regular expressions. It shares nothing with what it judges.

using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using NSec.Cryptography;

namespace Godwit.Tests.Support;

/// <summary>One signature of a message.</summary>
/// <param name="Result">"pass", or what is wrong.</param>
internal sealed record JudgedSignature(IReadOnlyDictionary<string, string> Tags, string Result)
{
    public override string ToString() => $"{Tags["a"]} d={Tags["d"]} s={Tags["s"]} i={Tags["i"]}: {Result}";
}

/// <summary>Judges signatures.</summary>
internal static class PlainDkim
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    /// <param name="message">One character an octet.</param>
    /// <param name="record">The text of the record of a selector and a domain.</param>
    public static List<JudgedSignature> Judge(string message, Func<string, string, string> record)
    {
        int end = message.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        string body = message[(end + 4)..];
        List<string> fields = [.. Regex.Split(message[..(end + 2)], "(?<=\r\n)(?![ \t])", RegexOptions.None, _patience).Where(field => field.Length > 0)];
        return [.. fields.Where(field => NameOf(field) == "dkim-signature").Select(field => Judge(field, fields, body, record))];
    }

    public static string Judge(byte[] message, Func<string, string, string> record) =>
        string.Join('\n', Judge(Encoding.Latin1.GetString(message), record));

    public static string CanonicalBody(string body, bool relaxed)
    {
        if (!relaxed)
        {
            return Replaced(body, "(\r\n)*\\z", "") + "\r\n";
        }

        IEnumerable<string> lines = body.Split("\r\n").Select(line => Replaced(line, "[ \t]+", " ").TrimEnd(' '));
        string text = Replaced(string.Join("\r\n", lines), "(\r\n)*\\z", "");
        return text.Length == 0 ? "" : text + "\r\n";
    }

    public static string CanonicalField(string field, bool relaxed)
    {
        if (!relaxed)
        {
            return field;
        }

        int colon = field.IndexOf(':', StringComparison.Ordinal);
        string value = Replaced(field[(colon + 1)..].Replace("\r\n", "", StringComparison.Ordinal), "[ \t]+", " ").Trim(' ');
        return $"{NameOf(field)}:{value}\r\n";
    }

    private static JudgedSignature Judge(string signature, List<string> fields, string body, Func<string, string, string> record)
    {
        Dictionary<string, string> tags = Tags(signature[(signature.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        string[] forms = tags["c"].Split('/');
        byte[] hash = SHA256.HashData(Encoding.Latin1.GetBytes(CanonicalBody(body, forms[1] == "relaxed")));
        if (Convert.ToBase64String(hash) != tags["bh"])
        {
            return new JudgedSignature(tags, "the body differs");
        }

        var signed = new StringBuilder();
        List<string> left = [.. fields];
        foreach (string name in tags["h"].Split(':'))
        {
            int last = left.FindLastIndex(field => NameOf(field).Equals(name, StringComparison.OrdinalIgnoreCase));
            if (last >= 0)
            {
                signed.Append(CanonicalField(left[last], forms[0] == "relaxed"));
                left.RemoveAt(last);
            }
        }

        string bare = Replaced(signature, "([;\\s]b=)[^;]*\\z", "$1");
        string self = CanonicalField(bare, forms[0] == "relaxed");
        signed.Append(self.EndsWith("\r\n", StringComparison.Ordinal) ? self[..^2] : self);
        Dictionary<string, string> key = Tags(record(tags["s"], tags["d"]));
        byte[] octets = Encoding.Latin1.GetBytes(signed.ToString());
        bool good = Verify(key, octets, Convert.FromBase64String(tags["b"])) && tags["a"].StartsWith(key["k"], StringComparison.Ordinal);
        return new JudgedSignature(tags, good ? "pass" : "the signature is wrong");
    }

    private static bool Verify(Dictionary<string, string> key, byte[] signed, byte[] signature)
    {
        byte[] octets = Convert.FromBase64String(key["p"]);
        if (key["k"] == "ed25519")
        {
            var point = PublicKey.Import(SignatureAlgorithm.Ed25519, octets, KeyBlobFormat.RawPublicKey);
            return SignatureAlgorithm.Ed25519.Verify(point, SHA256.HashData(signed), signature);
        }

        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(octets, out _);
        return rsa.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    private static Dictionary<string, string> Tags(string list) =>
        list.Split(';').Select(tag => Replaced(tag, "\\s", "")).Where(tag => tag.Length > 0)
            .ToDictionary(tag => tag[..tag.IndexOf('=', StringComparison.Ordinal)], tag => tag[(tag.IndexOf('=', StringComparison.Ordinal) + 1)..]);

    private static string NameOf(string field) =>
        field.Contains(':', StringComparison.Ordinal) ? field[..field.IndexOf(':', StringComparison.Ordinal)].TrimEnd(' ', '\t').ToLowerInvariant() : "";

    private static string Replaced(string text, string pattern, string by) => Regex.Replace(text, pattern, by, RegexOptions.None, _patience);
}
