// Sessions of one UTC day with the hosts of one recipient domain: what one report tells. Owned by TlsReportCounts while the day lasts, by TlsReporting
// from then on until the report is sent: one lane sends it, and the state file is written meanwhile.

using Godwit.Mail;

namespace Godwit.Trust;

/// <summary>One domain's day.</summary>
internal sealed class DomainDay(DomainName domain, DateOnly day)
{
    /// <summary>Policies of one domain in one day; hosts with records of their own, changes of policy. Sessions under more are not counted.</summary>
    public const int MaxPolicies = 20;

    private readonly List<PolicyTally> _policies = [];

    public DomainName Domain { get; } = domain;

    public DateOnly Day { get; } = day;

    public IReadOnlyList<PolicyTally> Policies => _policies;

    /// <summary>Where the report has been sent already; replaced as a whole, so that it can be written while one more is added.</summary>
    public IReadOnlyList<string> Sent { get; private set; } = [];

    /// <summary>One place more has its report. For one caller at a time.</summary>
    public void NoteSent(string place) => Sent = [.. Sent, place];

    /// <summary>Null when there are too many.</summary>
    public PolicyTally? For(ReportedPolicy policy)
    {
        foreach (PolicyTally tally in _policies)
        {
            if (tally.IsOf(policy))
            {
                return tally;
            }
        }

        if (_policies.Count == MaxPolicies)
        {
            return null;
        }

        _policies.Add(new PolicyTally(policy));
        return _policies[^1];
    }
}
