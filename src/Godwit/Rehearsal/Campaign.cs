// Who is to get mail: a number of recipients for each domain, and the receiver that takes it. Immutable.

using System.Globalization;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Rehearsal;

/// <summary>A domain's part of the campaign.</summary>
internal readonly record struct CampaignPart(DomainName Domain, int Recipients, Receiver Receiver);

/// <summary>All of it.</summary>
internal static class Campaign
{
    /// <summary>A usual mailing of so many recipients, divided as the model says. The sum is exact.</summary>
    public static List<CampaignPart> Usual(int recipients, IReadOnlyList<Receiver> receivers)
    {
        var parts = new List<CampaignPart>();
        long given = 0;
        double upTo = 0;
        foreach (Receiver receiver in receivers)
        {
            // Running sums, so that what is rounded off one receiver goes to the next.
            upTo += receiver.Settings.Share / 100;
            long share = Math.Min(recipients, (long)Math.Round(recipients * upTo)) - given;
            given += share;
            Divide(share, receiver, parts);
        }

        return parts;
    }

    /// <summary>The receiver of each domain of a list: by the model, then by the provider that the provider file knows, else the rest.</summary>
    public static List<CampaignPart> Listed(IReadOnlyList<(DomainName Domain, int Recipients)> list, IReadOnlyList<Receiver> receivers, ProviderTable providers)
    {
        var byDomain = new Dictionary<DomainName, Receiver>();
        foreach (Receiver receiver in receivers)
        {
            foreach (DomainShare share in receiver.Settings.Domains)
            {
                byDomain[share.Domain] = receiver;
            }
        }

        Receiver rest = receivers.First(r => r.Settings.Name == ReceiverSettings.Rest);
        var parts = new List<CampaignPart>(list.Count);
        foreach ((DomainName domain, int recipients) in list)
        {
            if (!byDomain.TryGetValue(domain, out Receiver? receiver))
            {
                ProviderProfile? provider = providers.ByDomain(domain);
                receiver = provider is null ? rest : receivers.FirstOrDefault(r => r.Provider == provider) ?? rest;
            }

            parts.Add(new CampaignPart(domain, recipients, receiver));
        }

        return parts;
    }

    private static void Divide(long recipients, Receiver receiver, List<CampaignPart> parts)
    {
        long given = 0;
        double upTo = 0;
        for (int i = 0; i < receiver.Settings.Domains.Count; i++)
        {
            upTo += receiver.Settings.Domains[i].Percent / 100;
            bool isLast = i == receiver.Settings.Domains.Count - 1 && receiver.Settings.InventedDomains == 0;
            long share = isLast ? recipients - given : Math.Min(recipients, (long)Math.Round(recipients * upTo)) - given;
            given += share;
            Add(receiver.Settings.Domains[i].Domain, share, receiver, parts);
        }

        Invent(recipients - given, receiver, parts);
    }

    /// <summary>The n-th domain has a share like 1/n (Zipf's law), which is how mail is spread over small domains.</summary>
    private static void Invent(long recipients, Receiver receiver, List<CampaignPart> parts)
    {
        int domains = receiver.Settings.InventedDomains;
        double whole = 0;
        for (int n = 1; n <= domains; n++)
        {
            whole += 1.0 / n;
        }

        long given = 0;
        double upTo = 0;
        for (int n = 1; n <= domains; n++)
        {
            upTo += 1.0 / n / whole;
            long share = (n == domains ? recipients : Math.Min(recipients, (long)Math.Round(recipients * upTo))) - given;
            given += share;
            if (share > 0)
            {
                Add(DomainName.Parse(string.Create(CultureInfo.InvariantCulture, $"d{n}.{receiver.Settings.Name}.example")), share, receiver, parts);
            }
        }
    }

    private static void Add(DomainName domain, long recipients, Receiver receiver, List<CampaignPart> parts)
    {
        if (recipients > 0)
        {
            parts.Add(new CampaignPart(domain, (int)recipients, receiver));
        }
    }
}
