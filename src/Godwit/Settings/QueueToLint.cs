// Mail that queue-to sends into another domain's queue goes to that domain's hosts, by what that domain publishes. A sender who follows MTA-STS for the
// recipients' own domain (RFC 8461 section 4.1) does not get that there. A warning: who wrote queue-to has said where the mail goes.

namespace Godwit.Settings;

/// <summary><c>queue-to</c> beside <c>use-mta-sts</c>.</summary>
internal static class QueueToLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        if (settings is null)
        {
            return;
        }

        foreach (WrittenDomain domain in WrittenDomain.Of(root, static block => block.Last("queue-to") is { Value: not null }))
        {
            if (domain.Patterns.Any(pattern => domain.Effective(pattern, settings) is { UseMtaSts: true, QueueTo.IsEmpty: false }))
            {
                problems.WarnFew("queue-to", domain.Block.Last("queue-to")!.ValueAt, static () =>
                    "with use-mta-sts yes: only the policy of the domain that queue-to names is followed, not that of the recipients' own domain; "
                    + "use smtp-hosts with require-starttls and smtp-tls-ca-file where that matters, or use-mta-sts no to say that it does not");
            }
        }
    }
}
