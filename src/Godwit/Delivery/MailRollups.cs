// Whose queue a destination's mail belongs to, by the MX hosts that DNS gives: an explicit rollup's, a provider's group, or its own.
// Asked by every delivery once it knows the hosts, so DNS and the configuration are followed as they change; accepting mail never waits for it.
// Shared by all deliveries; thread safe. Holds one name for each rollup of the configuration that compares addresses.

using System.Collections.Concurrent;
using System.Net;
using Godwit.Dns;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Delivery;

/// <summary>Where a queue's mail belongs.</summary>
internal enum RollupKind : byte
{
    /// <summary>Where it is, under its own limits.</summary>
    Alone,

    /// <summary>In the queue of that name.</summary>
    Queue,

    /// <summary>Where it is, under limits that it shares.</summary>
    Group,
}

/// <summary>The answer.</summary>
/// <param name="MainDomain">The domain whose settings are those of a group.</param>
internal readonly record struct RollupChoice(RollupKind Kind, DomainName Name, DomainName MainDomain);

/// <summary>Chooses by MX hosts.</summary>
internal sealed class MailRollups(DeliveryDoors doors)
{
    /// <summary>By rollup, the domain that joined last: its hosts are those of all, because their addresses were compared.</summary>
    private readonly ConcurrentDictionary<DomainName, DomainName> _joined = new();

    private volatile Known _known = new(null, []);

    /// <summary>Whether a destination is a rollup, and so nothing that DNS knows.</summary>
    public static bool IsRollup(DomainName destination) => destination.Text.EndsWith(MxRollupRule.Ending, StringComparison.Ordinal);

    /// <summary>The hosts of the lowest preference; empty when nothing is known.</summary>
    public static IReadOnlyList<DomainName> LowestOf(MxAnswer answer)
    {
        int count = 0;
        while (count < answer.Exchanges.Count && answer.Exchanges[count].Preference == answer.Exchanges[0].Preference)
        {
            count++;
        }

        var lowest = new DomainName[count];
        for (int i = 0; i < count; i++)
        {
            lowest[i] = answer.Exchanges[i].Name;
        }

        return lowest;
    }

    public async ValueTask<RollupChoice> ChooseAsync(
        QueueKey key, DeliverySettings settings, MxAnswer answer, LookupTerms terms, CancellationToken cancellation)
    {
        if (doors.Settings() is not { } server || settings.DisableMxRollup || IsRollup(key.Destination)
            || key.VirtualMta == EnvelopeRecipient.ReportVirtualMta)
        {
            return default;
        }

        IReadOnlyList<DomainName> lowest = LowestOf(answer);
        foreach (MxRollupRule[] rules in RollupsOf(server))
        {
            if (await HoldsAllAsync(rules, answer, lowest, terms, cancellation))
            {
                return Explicit(rules, key, server);
            }
        }

        return settings.MxRollupProviders && server.Providers.ByMx(lowest) is { Domains.Count: > 0 } provider
            && (provider.Domains.Contains(key.Destination) || !server.IsNamed(key.Destination, key.VirtualMta))
            && DomainName.TryParse(provider.Name + MxRollupRule.Ending, out DomainName name)
                ? new RollupChoice(RollupKind.Group, name, provider.MainDomain)
                : default;
    }

    /// <summary>The hosts that an explicit rollup names; empty when it names none, null when the configuration does not know it.</summary>
    public HostLevel? ListedHosts(DomainName rollup)
    {
        MxRollupRule[] rules = [.. doors.Settings()?.MxRollups.Where(rule => rule.Rollup == rollup) ?? []];
        return rules.Length == 0 ? null
            : Array.Exists(rules, rule => rule.ByAddress) ? new HostLevel([])
            : new HostLevel([.. rules.Where(rule => rule.Host.Kind == DomainPatternKind.Exact)
                .Select(rule => new HostTarget(DomainName.Parse(rule.Host.Name), null, Port: 0, LookupMx: false))]);
    }

    /// <summary>A domain whose hosts take the mail of a rollup that compares addresses; null while none has joined.</summary>
    public DomainName? MemberOf(DomainName rollup) => _joined.TryGetValue(rollup, out DomainName member) ? member : null;

    /// <summary>
    /// The hosts of a member of a rollup that compares addresses, as far as they are listed ones, by the listed names. A domain that names a listed address
    /// beside one of its own must not get the others' mail, nor decide what the listed host is asked for in TLS.
    /// </summary>
    public async ValueTask<IReadOnlyList<HostAddress>> OfListedAsync(
        DomainName rollup, IReadOnlyList<HostAddress> hosts, LookupTerms terms, CancellationToken cancellation)
    {
        var listed = new Dictionary<IPAddress, (DomainName Name, bool IsAuthentic)>();
        foreach (MxRollupRule rule in doors.Settings()?.MxRollups ?? [])
        {
            if (rule.Rollup == rollup && rule.Host.Kind == DomainPatternKind.Exact)
            {
                var name = DomainName.Parse(rule.Host.Name);
                MxAnswer answer = await doors.FindHost(name, terms, cancellation);
                foreach (IPAddress address in answer.Hosts.SelectMany(static host => host.Addresses))
                {
                    listed.TryAdd(address, (name, answer.IsAuthentic));
                }
            }
        }

        var kept = new List<HostAddress>(hosts.Count);
        foreach (HostAddress host in hosts)
        {
            if (listed.TryGetValue(host.EndPoint.Address, out (DomainName Name, bool IsAuthentic) known))
            {
                kept.Add(new HostAddress(known.Name.Text, host.EndPoint) { IsNameAuthentic = known.IsAuthentic });
            }
        }

        return kept;
    }

    /// <summary>
    /// Patterns name no hosts that all mail could go to: without smtp-hosts each domain keeps its own hosts, and so its own queue under shared limits.
    /// </summary>
    private RollupChoice Explicit(MxRollupRule[] rules, QueueKey key, ServerSettings server)
    {
        DomainName rollup = rules[0].Rollup;
        if (Array.Exists(rules, static rule => rule.Host.Kind != DomainPatternKind.Exact) && server.DeliveryFor(rollup, key.VirtualMta).SmtpHosts.Count == 0)
        {
            return new RollupChoice(RollupKind.Group, rollup, rollup);
        }

        if (Array.Exists(rules, static rule => rule.ByAddress))
        {
            _joined[rollup] = key.Destination;
        }

        return new RollupChoice(RollupKind.Queue, rollup, rollup);
    }

    /// <summary>The rules of each rollup, put together once for each configuration and not for each connection.</summary>
    private MxRollupRule[][] RollupsOf(ServerSettings server)
    {
        Known known = _known;
        if (!ReferenceEquals(known.Of, server))
        {
            _known = known = new Known(server, [.. server.MxRollups.GroupBy(static rule => rule.Rollup).Select(static rollup => rollup.ToArray())]);
        }

        return known.Rollups;
    }

    private sealed record Known(ServerSettings? Of, MxRollupRule[][] Rollups);

    /// <summary>Whether every host that is listed for a rollup is among those of the lowest preference; further ones do not matter.</summary>
    private async ValueTask<bool> HoldsAllAsync(
        MxRollupRule[] rules, MxAnswer answer, IReadOnlyList<DomainName> lowest, LookupTerms terms, CancellationToken cancellation)
    {
        bool byAddress = Array.Exists(rules, rule => rule.ByAddress);
        foreach (MxRollupRule rule in rules)
        {
            bool holds = byAddress && rule.Host.Kind == DomainPatternKind.Exact
                ? await HoldsAddressAsync(DomainName.Parse(rule.Host.Name), answer, terms, cancellation)
                : lowest.Any(rule.Host.Matches);
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether one of a listed host's addresses is that of a host of the lowest preference.</summary>
    private async ValueTask<bool> HoldsAddressAsync(DomainName listed, MxAnswer answer, LookupTerms terms, CancellationToken cancellation)
    {
        MxAnswer found = await doors.FindHost(listed, terms, cancellation);
        HashSet<IPAddress> addresses = [.. found.Hosts.SelectMany(host => host.Addresses)];
        return answer.Hosts.Any(host => host.Preference == answer.Exchanges[0].Preference && host.Addresses.Any(addresses.Contains));
    }
}
