// What is known about the MTA-STS policy of one domain. Owned by StsPolicies, which reads and changes it under its lock.

using System.Globalization;
using System.Text;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Tls;

namespace Godwit.Trust;

/// <summary>One domain's policy, and how fetching it went.</summary>
internal sealed class StsEntry(DomainName domain)
{
    public DomainName Domain { get; } = domain;

    /// <summary>The newest policy that was fetched; it may have expired.</summary>
    public StsPolicy? Policy { get; private set; }

    /// <summary>The id that stood in DNS when it was fetched.</summary>
    public string Id { get; private set; } = "";

    public Instant Fetched { get; private set; }

    /// <summary>The fetch that is under way.</summary>
    public Task? Flight { get; set; }

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

    public void Succeed(StsPolicy policy, string id, Instant now, TimeSpan pause)
    {
        (Policy, Id, Fetched, NextFetch) = (policy, id, now, now + pause);
        (Fault, FaultDetail, IsUnreachable, FailingSince, LastFailure) = (null, "", false, default, default);
    }

    public void Fail(in StsFetchResult result, Instant now, TimeSpan pause, TimeSpan rest)
    {
        if (Fault is null || now - LastFailure > rest)
        {
            FailingSince = now;
        }

        (Fault, FaultDetail, IsUnreachable, LastFailure, NextFetch) = (result.Fault, result.Detail, result.IsUnreachable, now, now + pause);
    }

    /// <summary>One line of the state file: domain, id, time, policy.</summary>
    public string ToLine() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Domain.Text} {Id} {Fetched.UnixMilliseconds} {Convert.ToBase64String(Encoding.ASCII.GetBytes(string.Join('\n', Policy!.Lines)))}");

    /// <summary>Null for a line that is not one of ours: the policy is fetched again then.</summary>
    public static StsEntry? Read(string line)
    {
        string[] words = line.Split(' ');
        byte[] text = new byte[line.Length];
        if (words.Length != 4
            || !DomainName.TryParse(words[0], out DomainName domain)
            || !long.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out long fetched)
            || fetched > Instant.Never.UnixMilliseconds
            || !Convert.TryFromBase64String(words[3], text, out int length)
            || !StsPolicy.TryParse(Encoding.ASCII.GetString(text, 0, length), out StsPolicy policy, out _))
        {
            return null;
        }

        return new StsEntry(domain) { Policy = policy, Id = words[1], Fetched = Instant.FromUnixMilliseconds(fetched) };
    }
}
