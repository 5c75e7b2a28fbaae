// A published key (RFC 6376 section 3.6.1, RFC 8463 section 4), and how looking for one ended. Immutable.

using Godwit.Dns;
using Godwit.Settings;

namespace Godwit.Verification;

/// <summary>A key as its owner publishes it.</summary>
/// <param name="Key">Empty when it was revoked.</param>
/// <param name="IsTesting">t=y: the domain is only trying DKIM.</param>
/// <param name="IsStrict">t=s: i= must be in d= itself, not below.</param>
internal sealed record KeyRecord(DkimAlgorithm Algorithm, byte[] Key, bool IsTesting, bool IsStrict)
{
    /// <summary>Reads a TXT record. False with what is wrong.</summary>
    public static bool TryRead(string text, out KeyRecord record, out string problem)
    {
        record = new KeyRecord(DkimAlgorithm.RsaSha256, [], false, false);
        if (!TagList.TryRead(text, out TagList? tags, out problem))
        {
            return false;
        }

        string kind = tags["k"] ?? "rsa";
        string[] flags = tags.Parts("t");
        problem = tags["v"] is not null && (tags["v"] != "DKIM1" || tags.First != "v") ? "it is no DKIM key"
            : kind is not ("rsa" or "ed25519") ? $"keys of the kind {PlainText.Of(kind, 40)} are not known"
            : tags["h"] is not null && !tags.Parts("h").Contains("sha256") ? "the key is not for SHA-256"
            : tags["s"] is not null && !Array.Exists(tags.Parts("s"), use => use is "email" or "*") ? "the key is not for mail"
            : tags["p"] is null ? "p= is missing"
            : "";
        if (problem.Length > 0)
        {
            return false;
        }

        byte[]? key = [];
        if (tags["p"]!.Length > 0 && !tags.TryBase64("p", out key))
        {
            problem = "p= is no base64";
            return false;
        }

        record = new KeyRecord(
            kind == "rsa" ? DkimAlgorithm.RsaSha256 : DkimAlgorithm.Ed25519Sha256, key!, flags.Contains("y"), flags.Contains("s"));
        return true;
    }
}

/// <summary>How the search for a key ended.</summary>
/// <param name="Key">null when there is none to verify with.</param>
/// <param name="Result">What that makes of the signature.</param>
internal sealed record KeyAnswer(KeyRecord? Key, SignatureResult Result, string Reason)
{
    /// <summary>Records under one name that are looked at. Section 3.6.2.2 leaves several undefined; the first that can be read counts.</summary>
    private const int MaxRecords = 4;

    public static async Task<KeyAnswer> AskAsync(SenderLookup lookup, string name, CancellationToken cancellation)
    {
        NameAnswer answer;
        try
        {
            answer = await lookup(name, DnsType.TXT, cancellation);
        }
        catch (OperationCanceledException)
        {
            return new KeyAnswer(null, SignatureResult.TempError, "the check took too long");
        }

        if (answer.Status == DnsStatus.Failure)
        {
            return new KeyAnswer(null, SignatureResult.TempError, "no answer for the key");
        }

        string problem = "DNS has no such record";
        for (int i = 0; i < answer.Records.Count && i < MaxRecords; i++)
        {
            if (answer.Records[i] is TextRecord text && KeyRecord.TryRead(text.Text, out KeyRecord record, out problem))
            {
                return record.Key.Length == 0
                    ? new KeyAnswer(null, SignatureResult.PermError, "the key was revoked")
                    : new KeyAnswer(record, SignatureResult.None, "");
            }
        }

        return new KeyAnswer(null, SignatureResult.PermError, problem);
    }
}
