// From a queue to the addresses that take its mail: one level of smtp-hosts, or the MX records of the destination (RFC 5321 section 5.1).
// Shared by all deliveries; thread safe. It asks DNS every time, since the resolver remembers.
// It never throws for what DNS says: the answer is a plan, or the reason why there is none. In which order they are tried is HostSearch's business.

using System.Net;
using System.Net.Sockets;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Delivery;

/// <summary>Finds hosts and remembers the bad ones for a short time.</summary>
internal sealed class DestinationHosts(DeliveryDoors doors, ServerClock clock, Random random)
{
    /// <summary>Addresses looked at for one connection, before the bound of <c>mx-connection-attempts</c>: what one answer can make us sort.</summary>
    private const int MaxAddresses = 200;

    private readonly BadHosts<IPEndPoint> _bad = new(clock);

    /// <summary>Whose mail belongs together.</summary>
    public MailRollups Rollups { get; } = new(doors);

    /// <summary>The way along the hosts of one queue, for one connection.</summary>
    /// <param name="from">The address it will leave from, unless the system chooses, and our name there.</param>
    /// <param name="lookedUp">Hears what each lookup found, or the reason why nothing.</param>
    public HostSearch Search(DomainName destination, DeliverySettings settings, SourceHost from, Action<HostPlan>? lookedUp = null) =>
        new(this, destination, settings, from, lookedUp);

    /// <summary>A host did not answer, or refused service: others are tried first for a while.</summary>
    public void Failed(HostAddress host) => _bad.Add(host.EndPoint);

    public void Answered(HostAddress host) => _bad.Remove(host.EndPoint);

    /// <summary>The host failed a moment ago.</summary>
    public bool IsBad(HostAddress host) => _bad.Contains(host.EndPoint);

    /// <summary>The destination's own hosts.</summary>
    /// <param name="from">The address the connection will leave from, unless the system chooses, and our name there.</param>
    public async ValueTask<HostPlan> FindDestinationAsync(DomainName destination, DeliverySettings settings, SourceHost from, CancellationToken cancellation)
    {
        var found = new List<HostAddress>();
        if (destination.TryGetAddress(out IPAddress? literal))
        {
            found.Add(new HostAddress(destination.Text, new IPEndPoint(literal, settings.DefaultSmtpPort)));
            return OfFamily(found, destination, from.Address);
        }

        if (MailRollups.IsRollup(destination))
        {
            return await FindRollupAsync(destination, settings, from, cancellation);
        }

        MxAnswer all = await doors.FindMx(destination, Terms(settings, from.Address), cancellation);
        MxAnswer answer = MxLoopPolicy.BeforeUs(all, destination, IsOurs, out HostPlan? refusal);
        HostPlan plan = refusal ?? Add(found, answer, destination, settings.DefaultSmtpPort) ?? OfFamily(found, destination, from.Address);
        return plan with { Answer = all };

        bool IsOurs(DomainName name) => doors.IsOurs(name) || name.Text.Equals(from.HostName, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>
    /// The listed hosts of a rollup, or those of a domain that joined it. That there are none is the configuration's doing: nothing bounces for it.
    /// </summary>
    private ValueTask<HostPlan> FindRollupAsync(DomainName rollup, DeliverySettings settings, SourceHost from, CancellationToken cancellation)
    {
        if (Rollups.ListedHosts(rollup) is { } listed)
        {
            return listed.Hosts.Count > 0 ? FindLevelAsync(listed, rollup, settings, from, cancellation)
                : Rollups.MemberOf(rollup) is { } member ? FindMemberAsync(rollup, member, settings, from, cancellation)
                : Missing($"4.4.4 no domain has joined {rollup} yet whose hosts could take its mail: add smtp-hosts to <domain {rollup}>");
        }

        return Missing($"4.4.4 no <mx-rollup-list> has {rollup}: list it again, or restart, and its mail goes to its domains' own queues");

        static ValueTask<HostPlan> Missing(string text) => new(Waiting(text));
    }

    /// <summary>A member was asked which listed hosts take mail now, not for hosts of its own.</summary>
    private async ValueTask<HostPlan> FindMemberAsync(
        DomainName rollup, DomainName member, DeliverySettings settings, SourceHost from, CancellationToken cancellation)
    {
        HostPlan plan = await FindDestinationAsync(member, settings, from, cancellation);
        if (plan.Status != HostPlanStatus.Found)
        {
            return plan;
        }

        IReadOnlyList<HostAddress> listed = await Rollups.OfListedAsync(rollup, plan.Hosts, Terms(settings, from.Address), cancellation);
        return listed.Count > 0 ? plan with { Hosts = listed }
            : Waiting($"4.4.4 {member}, which joined {rollup} last, has none of its listed hosts' addresses any more: another domain that has them will do");
    }

    private static HostPlan Waiting(string text) => new(HostPlanStatus.DnsFailed, [], new SmtpReply(451, text));

    /// <summary>
    /// The hosts that the configuration names in one level, whether or not they are this server. A name that cannot be resolved is the operator's slip:
    /// temporary, and the next entry is asked.
    /// </summary>
    /// <param name="destination">The queue's, for the reason when there is none.</param>
    /// <param name="from">The address the connection will leave from, unless the system chooses.</param>
    public async ValueTask<HostPlan> FindLevelAsync(
        HostLevel level, DomainName destination, DeliverySettings settings, SourceHost from, CancellationToken cancellation)
    {
        var found = new List<HostAddress>();
        SmtpReply? failure = null;
        foreach (HostTarget target in Shuffled(level.Hosts))
        {
            int port = target.Port == 0 ? settings.DefaultSmtpPort : target.Port;
            if (target.Address is { } address)
            {
                found.Add(new HostAddress(address.ToString(), new IPEndPoint(address, port)) { IsConfigured = true });
                continue;
            }

            MxAnswer answer = await (target.LookupMx ? doors.FindMx : doors.FindHost)(target.Name, Terms(settings, from.Address), cancellation);
            failure = Add(found, answer, target.Name, port, isConfigured: true)?.Reply ?? failure;
        }

        return found.Count > 0
            ? OfFamily(found, destination, from.Address)
            : new HostPlan(HostPlanStatus.DnsFailed, [], new SmtpReply(451, OfTemporary(failure)));
    }

    internal static LookupTerms Terms(DeliverySettings settings, IPAddress? source) => new(
        source?.AddressFamily switch
        {
            AddressFamily.InterNetwork => AddressFamilies.IPv4Only,
            AddressFamily.InterNetworkV6 => AddressFamilies.IPv6Only,
            _ => AddressFamilies.Both,
        },
        settings.RetryAfterDnsError);

    /// <summary>Of these addresses, which are not none, those that the source address can reach.</summary>
    private static HostPlan OfFamily(List<HostAddress> found, DomainName destination, IPAddress? source)
    {
        HostAddress first = found[0];
        if (source is not null && found.RemoveAll(host => host.EndPoint.AddressFamily != source.AddressFamily) > 0 && found.Count == 0)
        {
            return new HostPlan(HostPlanStatus.WrongFamily, [], OfOtherFamily(destination, first, source));
        }

        return new HostPlan(HostPlanStatus.Found, found, null);
    }

    private static SmtpReply OfOtherFamily(DomainName destination, HostAddress host, IPAddress source)
    {
        (string theirs, string ours) = source.AddressFamily == AddressFamily.InterNetwork ? ("IPv6", "IPv4") : ("IPv4", "IPv6");
        return new SmtpReply(451, $"4.4.4 {destination} has only {theirs} addresses, such as {host.Text}, and the source address {source} is {ours}: "
            + $"give the virtual MTA an {theirs} smtp-source-host");
    }

    /// <summary>Null when the answer has addresses; else the reason why not.</summary>
    /// <param name="isConfigured">The name is smtp-hosts'.</param>
    private static HostPlan? Add(List<HostAddress> found, MxAnswer answer, DomainName name, int port, bool isConfigured = false)
    {
        foreach (MailHost host in answer.Hosts)
        {
            foreach (IPAddress address in host.Addresses)
            {
                if (found.Count < MaxAddresses)
                {
                    found.Add(new HostAddress(host.Name.Text, new IPEndPoint(address, port))
                    {
                        IsNameAuthentic = answer.IsAuthentic,

                        // What lookup-mx leads to is DNS's choice, unless that is the very name.
                        IsConfigured = isConfigured && host.Name == name,
                    });
                }
            }
        }

        return answer.Status switch
        {
            MxStatus.Found when found.Count > 0 => null,
            MxStatus.NoSuchDomain => new(HostPlanStatus.NoSuchDestination, [], new SmtpReply(550, $"5.1.2 {name} does not exist: {answer.Detail}")),

            // RFC 7505 section 4.2.
            MxStatus.NullMx => new(HostPlanStatus.NoSuchDestination, [], new SmtpReply(556, $"5.1.10 {name} accepts no mail (null MX)")),
            MxStatus.TemporaryFailure => new(HostPlanStatus.DnsFailed, [], new SmtpReply(451, $"4.4.3 StatusDnsQueryFailed resolving {name}: {answer.Detail}")),
            _ => new(HostPlanStatus.NoHosts, [], new SmtpReply(451, $"4.4.4 {name} has no mail host: {answer.Detail}")),
        };
    }

    /// <summary>A finding about one entry of smtp-hosts is never a reason to bounce: its status becomes the temporary one.</summary>
    private static string OfTemporary(SmtpReply? failure) => failure switch
    {
        null => "4.4.4 smtp-hosts names no host",
        { IsPermanent: true } => string.Concat("4", failure.Text.AsSpan(1)),
        _ => failure.Text,
    };

    private IReadOnlyList<HostTarget> Shuffled(IReadOnlyList<HostTarget> targets)
    {
        if (targets.Count < 2)
        {
            return targets;
        }

        HostTarget[] shuffled = [.. targets];
        lock (random)
        {
            random.Shuffle(shuffled);
        }

        return shuffled;
    }
}
