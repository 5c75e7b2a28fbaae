using Godwit.Mail;
using Godwit.Tls;

namespace Godwit.Trust;

/// <summary>
/// What one recipient domain wants of those who send to it. Of this domain only: another one with the same hosts has its own (RFC 8461 section 4.1),
/// so it is asked for each domain of a connection. Immutable.
/// </summary>
public sealed record DestinationTrust
{
    public required DomainName Domain { get; init; }

    /// <summary>Its MTA-STS policy; null when it has none, or none was asked for.</summary>
    public StsPolicy? Policy { get; init; }

    /// <summary>
    /// Not empty when nothing may be sent to the domain now, because whether it has a policy could not be found out: words for the operator. The mail is
    /// deferred, whatever host would take it.
    /// </summary>
    public string Problem { get; init; } = "";

    /// <summary>What went wrong with its policy; to be counted in the report even where mail goes on. Null when nothing did.</summary>
    public TlsResultType? Fault { get; init; }

    /// <summary>Words about <see cref="Fault"/>.</summary>
    public string FaultDetail { get; init; } = "";

    /// <summary>Whether mail waits for a better answer.</summary>
    public bool MustDefer => Problem.Length > 0;

    /// <summary>The policy as a report names it.</summary>
    public ReportedPolicy Reported => Policy is { Mode: not StsMode.None } policy
        ? new ReportedPolicy(TlsPolicyKind.Sts, Domain, policy.Lines, policy.Patterns)
        : ReportedPolicy.NotFound(Domain);

    /// <summary>A domain that nothing was asked about.</summary>
    public static DestinationTrust None(DomainName domain) => new() { Domain = domain };
}
