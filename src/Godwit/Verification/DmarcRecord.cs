// A DMARC record as read (RFC 7489 section 6.3; np= and psd= of its successor, draft-ietf-dmarc-dmarcbis). Immutable.

using System.Globalization;

namespace Godwit.Verification;

/// <summary>What a domain's owner asks receivers to do with mail that is not his.</summary>
public enum DmarcPolicy : byte
{
    None,
    Quarantine,
    Reject,
}

/// <summary>One record.</summary>
/// <param name="SubdomainPolicy"><c>sp=</c>, else <c>p=</c>.</param>
/// <param name="NonexistentPolicy"><c>np=</c>, else what holds for subdomains.</param>
/// <param name="Percent"><c>pct=</c>: the share of mail that the policy is meant for.</param>
/// <param name="IsPublicSuffix"><c>psd=</c>; null when it says nothing.</param>
/// <param name="IsTesting"><c>t=y</c>: one policy milder.</param>
internal sealed record DmarcRecord(
    DmarcPolicy Policy, DmarcPolicy SubdomainPolicy, DmarcPolicy NonexistentPolicy, bool StrictDkim, bool StrictSpf, int Percent, bool? IsPublicSuffix, bool IsTesting)
{
    /// <summary>Whether a TXT record is a DMARC record: the version is its first tag.</summary>
    public static bool IsRecord(string text)
    {
        int end = text.IndexOf(';', StringComparison.Ordinal);
        string[] version = (end < 0 ? text : text[..end]).Split('=', StringSplitOptions.TrimEntries);
        return version is ["v", "DMARC1"];
    }

    /// <summary>Reads a record. Tags that cannot be read count as missing (section 6.3); false when no policy remains.</summary>
    public static bool TryRead(string text, out DmarcRecord record)
    {
        record = new DmarcRecord(default, default, default, false, false, 100, null, false);
        if (!IsRecord(text) || !TagList.TryRead(text, out TagList? tags, out _))
        {
            return false;
        }

        // Section 6.6.3: a record with an address for reports and no policy that can be read asks for none.
        bool has = TryPolicy(tags["p"], out DmarcPolicy policy);
        if (!has && tags["rua"] is null)
        {
            return false;
        }

        DmarcPolicy below = TryPolicy(tags["sp"], out DmarcPolicy said) ? said : policy;
        DmarcPolicy missing = TryPolicy(tags["np"], out said) ? said : below;
        record = new DmarcRecord(
            policy, below, missing, Is(tags["adkim"], "s"), Is(tags["aspf"], "s"), PercentOf(tags["pct"]),
            Is(tags["psd"], "y") ? true : Is(tags["psd"], "n") ? false : null, Is(tags["t"], "y"));
        return true;
    }

    private static bool Is(string? value, string letter) => string.Equals(value, letter, StringComparison.OrdinalIgnoreCase);

    private static int PercentOf(string? value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int percent) && percent <= 100 ? percent : 100;

    private static bool TryPolicy(string? value, out DmarcPolicy policy)
    {
        policy = value?.ToLowerInvariant() switch
        {
            "reject" => DmarcPolicy.Reject,
            "quarantine" => DmarcPolicy.Quarantine,
            _ => DmarcPolicy.None,
        };
        return policy != DmarcPolicy.None || string.Equals(value, "none", StringComparison.OrdinalIgnoreCase);
    }
}
