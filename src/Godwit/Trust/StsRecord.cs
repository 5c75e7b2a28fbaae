using Godwit.Dns;

namespace Godwit.Trust;

/// <summary>The TXT record that says that a domain has an MTA-STS policy, and which version of it (RFC 8461 section 3.1). Pure.</summary>
internal static class StsRecord
{
    private const string Version = "v=STSv1";
    private const int MaxId = 32;

    /// <summary>The policy's id; null unless exactly one record says it.</summary>
    public static string? IdOf(IReadOnlyList<DnsRecord> records)
    {
        string? only = null;
        foreach (DnsRecord record in records)
        {
            if (record is TextRecord { Text: { } text } && Begins(text))
            {
                if (only is not null)
                {
                    return null; // Section 3.1: more than one is as good as none.
                }

                only = text;
            }
        }

        return only is null ? null : ReadId(only);
    }

    private static bool Begins(string text) =>
        text.StartsWith(Version, StringComparison.Ordinal) && text.AsSpan(Version.Length).TrimStart(" \t") is [';', ..];

    private static string? ReadId(string text)
    {
        foreach (Range range in text.AsSpan().Split(';'))
        {
            ReadOnlySpan<char> field = text.AsSpan(range).Trim(" \t");
            if (field.StartsWith("id=", StringComparison.Ordinal))
            {
                ReadOnlySpan<char> id = field[3..];
                bool valid = id.Length is > 0 and <= MaxId && !id.ContainsAnyExcept(_idCharacters);
                return valid ? id.ToString() : null;
            }
        }

        return null;
    }

    private static readonly System.Buffers.SearchValues<char> _idCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
}
