// Whether somebody whom SPF or DKIM vouches for belongs to the domain in From, and what that domain asks for otherwise (RFC 7489 section 3 and 6.6). Static.

using Godwit.Dns;
using Godwit.Mail;

namespace Godwit.Verification;

public enum DmarcResult : byte
{
    /// <summary>The domain has no record.</summary>
    None,
    Pass,
    Fail,
    TempError,

    /// <summary>There is no From to judge by, or several.</summary>
    PermError,
}

/// <summary>The outcome for one message.</summary>
/// <param name="Domain">Of From; empty when there is none.</param>
/// <param name="Policy">What the domain asks for: as published, for its own mail or for mail of what is below it.</param>
/// <param name="Percent">For which share of such mail.</param>
public sealed record DmarcFinding(DmarcResult Result, string Reason, string Domain, DmarcPolicy Policy, int Percent)
{
    /// <summary>Whether this message belongs to the share that the policy is meant for.</summary>
    public bool IsMeant { get; init; } = true;

    public string Word => Result.ToString().ToLowerInvariant();
}

/// <summary>Checks messages.</summary>
internal static class DmarcCheck
{
    public static async ValueTask<DmarcFinding> RunAsync(
        SenderLookup lookup, ReadOnlyMemory<byte> header, SpfVerdict spf, IReadOnlyList<SignatureFinding> signatures, CancellationToken cancellation)
    {
        if (!FromField.TryRead(header.Span, out DomainName from, out string problem))
        {
            return new DmarcFinding(DmarcResult.PermError, problem, "", DmarcPolicy.None, 100);
        }

        try
        {
            return await CheckAsync(lookup, from, spf, signatures, cancellation);
        }
        catch (OperationCanceledException)
        {
            return new DmarcFinding(DmarcResult.TempError, "the check took too long", from.Text, DmarcPolicy.None, 100);
        }
    }

    private static async ValueTask<DmarcFinding> CheckAsync(
        SenderLookup lookup, DomainName from, SpfVerdict spf, IReadOnlyList<SignatureFinding> signatures, CancellationToken cancellation)
    {
        // 1 The record, and whose it is.
        DmarcPlace place = await DmarcTreeWalk.FindAsync(lookup, from.Text, cancellation);
        if (place.IsUnanswered)
        {
            return new DmarcFinding(DmarcResult.TempError, "no answer for the policy", from.Text, DmarcPolicy.None, 100);
        }

        if (place.Record is not { } record)
        {
            return new DmarcFinding(DmarcResult.None, "", from.Text, DmarcPolicy.None, 100);
        }

        // 2 Alignment. Somebody who might be aligned and could not be verified for now leaves the question open.
        bool open = false;
        foreach ((string domain, bool passed, bool failedForNow, bool strict) in Claims(spf, signatures, record))
        {
            if ((passed || failedForNow) && await IsAlignedAsync(lookup, domain, from, place, strict, cancellation))
            {
                if (passed)
                {
                    return new DmarcFinding(DmarcResult.Pass, "", from.Text, record.Policy, record.Percent);
                }

                open = true;
            }
        }

        // 3 What the owner asks for.
        DmarcPolicy policy = place.RecordDomain == from.Text ? record.Policy : await PolicyBelowAsync(lookup, from, record, cancellation);
        policy = record.IsTesting && policy != DmarcPolicy.None ? policy - 1 : policy;
        return open
            ? new DmarcFinding(DmarcResult.TempError, "what could vouch for it cannot be checked for now", from.Text, policy, record.Percent)
            : new DmarcFinding(DmarcResult.Fail, "nobody vouches for it", from.Text, policy, record.Percent);
    }

    private static IEnumerable<(string Domain, bool Passed, bool FailedForNow, bool Strict)> Claims(
        SpfVerdict spf, IReadOnlyList<SignatureFinding> signatures, DmarcRecord record)
    {
        yield return (spf.Identity, spf.Result == SpfResult.Pass, spf.Result == SpfResult.TempError, record.StrictSpf);
        foreach (SignatureFinding signature in signatures)
        {
            yield return (signature.Domain, signature.Result == SignatureResult.Pass, signature.Result == SignatureResult.TempError, record.StrictDkim);
        }
    }

    /// <summary>RFC 7489 section 3.1: the same domain, or for relaxed alignment one organization.</summary>
    private static async ValueTask<bool> IsAlignedAsync(
        SenderLookup lookup, string domain, DomainName from, DmarcPlace place, bool strict, CancellationToken cancellation)
    {
        if (!DomainName.TryParse(domain, out DomainName claimed) || claimed == from)
        {
            return !claimed.IsEmpty;
        }

        // Whoever is of the same organization is below its domain: no question is needed for the others.
        if (strict || !claimed.IsWithin(DomainName.Parse(place.Organization)))
        {
            return false;
        }

        DmarcPlace other = await DmarcTreeWalk.FindAsync(lookup, claimed.Text, cancellation);
        return !other.IsUnanswered && other.Organization == place.Organization;
    }

    /// <summary>sp=, or np= for a name that does not exist.</summary>
    private static async ValueTask<DmarcPolicy> PolicyBelowAsync(
        SenderLookup lookup, DomainName from, DmarcRecord record, CancellationToken cancellation) =>
        record.NonexistentPolicy != record.SubdomainPolicy && (await lookup(from.Text, DnsType.A, cancellation)).Status == DnsStatus.NoSuchName
            ? record.NonexistentPolicy
            : record.SubdomainPolicy;
}
