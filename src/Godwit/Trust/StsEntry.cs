// What is known about the MTA-STS policy of one domain. Owned by StsPolicies, which reads and changes it under its lock.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Tls;

namespace Godwit.Trust;

/// <summary>One domain's policy, and how fetching it went.</summary>
internal sealed class StsEntry(DomainName domain)
{
    public DomainName Domain { get; } = domain;

    /// <summary>The newest policy that was fetched, as it stands on disk; it may have expired. Replaced as a whole.</summary>
    public StsLine? Line { get; private set; }

    public StsPolicy? Policy => Line?.Policy;

    /// <summary>The id that stood in DNS when it was fetched.</summary>
    public string Id => Line?.Id ?? "";

    public Instant Fetched => Line?.Fetched ?? default;

    /// <summary>The fetch that is under way.</summary>
    public Task? Flight { get; private set; }

    /// <summary>When it began; also behind its end.</summary>
    public Instant FlightBegan { get; private set; }

    public Instant LastUsed { get; set; }

    /// <summary>How the newest fetch failed; null when it did not.</summary>
    public TlsResultType? Fault { get; private set; }

    public string FaultDetail { get; private set; } = "";

    /// <summary>Whether the domain's host could not be reached, so that it is not known what it would have said.</summary>
    public bool IsUnreachable { get; private set; }

    /// <summary>When fetching began to fail; the first of failures without a success or a day's rest in between.</summary>
    public Instant FailingSince { get; private set; }

    public Instant LastFailure { get; private set; }

    /// <summary>No fetch before.</summary>
    public Instant NextFetch { get; private set; }

    /// <summary>A policy that would not last until the next fetch lasts until then.</summary>
    public bool IsValid(Instant now) => Policy is { } policy && Fetched + (policy.MaxAge > StsPolicies.Pause ? policy.MaxAge : StsPolicies.Pause) > now;

    public void Begin(Task flight, Instant now) => (Flight, FlightBegan) = (flight, now);

    public void Succeed(StsPolicy policy, string id, Instant now, TimeSpan pause)
    {
        (Flight, Line, NextFetch) = (null, new StsLine(Domain, id, now, policy), now + pause);
        (Fault, FaultDetail, IsUnreachable, FailingSince, LastFailure) = (null, "", false, default, default);
    }

    public void Fail(in StsFetchResult result, Instant now, TimeSpan pause, TimeSpan rest)
    {
        Flight = null;
        if (Fault is null || now - LastFailure > rest)
        {
            FailingSince = now;
        }

        (Fault, FaultDetail, IsUnreachable, LastFailure, NextFetch) = (result.Fault, result.Detail, result.IsUnreachable, now, now + pause);
    }

    /// <summary>Null for a line that is not one of ours: the policy is fetched again then.</summary>
    public static StsEntry? Read(string line, Instant now) => StsLine.Read(line, now) is { } read ? new StsEntry(read.Domain) { Line = read } : null;
}
