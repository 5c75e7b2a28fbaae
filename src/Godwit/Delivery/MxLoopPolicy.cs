// Mail must not come back to us. Where a destination names this server among its hosts, only the hosts before it are a way there: "all records at that
// preference level and higher-numbered ones MUST be discarded" (RFC 5321 section 5.1). A pure decision.

using Godwit.Dns;
using Godwit.Mail;

namespace Godwit.Delivery;

/// <summary>Cuts a list of hosts before ourselves.</summary>
internal static class MxLoopPolicy
{
    /// <summary>The hosts that may be used; with a plan instead when there are none because of us.</summary>
    public static MxAnswer BeforeUs(MxAnswer answer, DomainName destination, Func<DomainName, bool> isOurs, out HostPlan? refusal)
    {
        refusal = null;
        if (FirstOfOurs(answer.Exchanges, isOurs) is not { } own)
        {
            return answer;
        }

        if (answer.Exchanges[0].Preference >= own.Preference)
        {
            refusal = new HostPlan(HostPlanStatus.NoSuchDestination, [], new SmtpReply(554,
                $"5.4.6 mail for {destination} would come back here: its hosts begin with this server ({own.Name}, preference {own.Preference}); "
                + $"name smtp-hosts or queue-to in <domain {destination}>, or correct the MX records"));
            return answer;
        }

        MailHost[] before = [.. answer.Hosts.Where(host => host.Preference < own.Preference)];
        if (before.Length == 0 && answer.Hosts.Count > 0)
        {
            refusal = new HostPlan(HostPlanStatus.DnsFailed, [], new SmtpReply(451,
                $"4.4.4 no host of {destination} that comes before this server ({own.Name}, preference {own.Preference}) has an address"));
        }

        return answer with { Hosts = before };
    }

    private static MailExchange? FirstOfOurs(IReadOnlyList<MailExchange> exchanges, Func<DomainName, bool> isOurs)
    {
        for (int i = 0; i < exchanges.Count; i++)
        {
            if (isOurs(exchanges[i].Name))
            {
                return exchanges[i];
            }
        }

        return null;
    }
}
