// "resolve": where the mail of a destination would go, asked of the same hosts, rollups and connector that deliveries use. Nothing is sent but QUIT.

using System.Net;
using Godwit.Dns;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Delivery;

public sealed partial class DeliveryDispatcher
{
    /// <summary>Hosts that are connected to; an operator reads no more, and a zone may name fifty.</summary>
    private const int MostGreeted = 10;

    /// <summary>Domains that are named: a provider may receive the mail of thousands.</summary>
    private const int MostMembers = 20;

    /// <summary>For the connection and for the greeting each: together they stay below what the command line waits for an answer.</summary>
    private static readonly TimeSpan _greetingPatience = TimeSpan.FromSeconds(10);

    /// <summary>What the configuration makes of an answer of DNS, and what the hosts say if they are to be asked.</summary>
    public async Task<ResolvedDestination> DescribeAsync(ResolveTerms terms, MxAnswer answer, CancellationToken cancellation)
    {
        if (_doors.Settings() is not { } server)
        {
            return new ResolvedDestination(answer);
        }

        DeliverySettings settings = server.DeliveryFor(terms.Key.Destination, terms.Key.VirtualMta) with
        {
            MxConnectionAttempts = MostGreeted,
            ConnectTimeout = _greetingPatience,
            SmtpGreetingTimeout = _greetingPatience,
            SmtpCommandTimeout = _greetingPatience,
        };
        settings = settings with { UseDane = settings.UseDane || terms.UseDane, UseMtaSts = settings.UseMtaSts || terms.UseMtaSts };
        SourceHost source = SourceOf(terms, server);
        bool isRollup = MailRollups.IsRollup(terms.Key.Destination);
        IReadOnlyList<HostAddress> hosts = settings.Kind != DeliveryKind.Smtp ? []
            : settings.SmtpHosts.Count > 0 || isRollup ? await ConfiguredAsync(terms, settings, source, cancellation)
            : [.. HostsOf(answer, settings.DefaultSmtpPort).Take(MostGreeted)];
        return new ResolvedDestination(answer)
        {
            IsRollup = isRollup,
            DnsDecides = settings.Kind == DeliveryKind.Smtp && settings.QueueTo.IsEmpty && settings.SmtpHosts.Count == 0 && !isRollup,
            LacksHosts = settings.Kind == DeliveryKind.Smtp && settings.SmtpHosts.Count > 0 && hosts.Count == 0,
            Notes = isRollup ? RollupNotes(terms.Key, server, hosts.Count) : await NotesAsync(terms, settings, answer, cancellation),
            ConfiguredHosts = settings.SmtpHosts.Count > 0 || isRollup ? [.. hosts.Select(host => $"{host.Name} {host.EndPoint}")] : [],
            Proofs = terms.ShowsProofs ? await ProofsAsync(hosts, terms.Key, settings, cancellation) : [],
            Greetings = terms.Connects ? await Task.WhenAll(hosts.Select(host => GreetAsync(host, terms.Key, source, settings, cancellation))) : [],
        };
    }

    /// <summary>As the virtual MTA has it, or else another one: its connections may go through a proxy.</summary>
    private static SourceHost SourceOf(ResolveTerms terms, ServerSettings server)
    {
        IReadOnlyList<SourceHost> own = server.VirtualMtas.GetValueOrDefault(terms.Key.VirtualMta)?.SourceHosts ?? [];
        return terms.Source is not { } address ? own is [var first, ..] ? first : new SourceHost(null, server.HostName)
            : own.Concat(server.VirtualMtas.Values.SelectMany(static virtualMta => virtualMta.SourceHosts))
                .FirstOrDefault(host => address.Equals(host.Address)) ?? new SourceHost(address, server.HostName);
    }

    /// <summary>What a rollup is made of; who is in it now, the queues know.</summary>
    private IReadOnlyList<string> RollupNotes(QueueKey key, ServerSettings server, int hosts)
    {
        string[] rules =
        [
            .. server.MxRollups.Where(rule => rule.Rollup == key.Destination).Select(static rule => $"{rule.Host}{(rule.ByAddress ? " rollup-by-ip" : "")}"),
        ];
        string[] members = [.. _scheduler.MembersOf(key).Select(static member => member.ToString()).Order(StringComparer.Ordinal)];
        return
        [
            rules.Length > 0 ? $"A rollup of <mx-rollup-list>, for domains with the MX hosts {string.Join(", ", rules)}."
                : "No <mx-rollup-list> names it: where it is a provider's, its queues share limits and keep their own hosts.",
            members.Length == 0 ? "No queue has joined it lately."
                : $"Joined lately by {string.Join(", ", members.Take(MostMembers))}"
                    + (members.Length > MostMembers ? $" and {members.Length - MostMembers} more." : "."),
            hosts > 0 ? "Its mail goes to:" : "No hosts of its own are known: the mail of each domain goes to that domain's hosts.",
        ];
    }

    private async Task<IReadOnlyList<HostAddress>> ConfiguredAsync(
        ResolveTerms terms, DeliverySettings settings, SourceHost source, CancellationToken cancellation)
    {
        var hosts = new List<HostAddress>();
        HostSearch search = _tools.Hosts.Search(terms.Key.Destination, settings, source);
        while (await search.NextAsync(cancellation) is { } host)
        {
            hosts.Add(host);
        }

        return hosts;
    }

    private static IEnumerable<HostAddress> HostsOf(MxAnswer answer, int port) =>
        answer.Hosts.SelectMany(
        host => host.Addresses,
        (host, address) => new HostAddress(host.Name.Text, new IPEndPoint(address, port)) { IsNameAuthentic = answer.IsAuthentic });

    private async Task<IReadOnlyList<string>> NotesAsync(ResolveTerms terms, DeliverySettings settings, MxAnswer answer, CancellationToken cancellation)
    {
        QueueKey key = terms.Key;
        switch (settings.Kind)
        {
            case DeliveryKind.Discard:
                return [$"The configuration discards the mail of {key}: no host is asked."];
            case DeliveryKind.File or DeliveryKind.Pipe:
                return [$"The configuration gives the mail of {key} to a file or a program: no host is asked."];
        }

        if (!settings.QueueTo.IsEmpty)
        {
            return [$"The mail of {key} goes into the queue {settings.QueueTo}/{key.VirtualMta}, by queue-to: resolve that one."];
        }

        if (settings.SmtpHosts.Count > 0)
        {
            return [$"The configuration (smtp-hosts) sends the mail of {key} to these hosts, whatever DNS says:"];
        }

        RollupChoice choice = await _tools.Hosts.Rollups.ChooseAsync(
            key, settings, answer, DestinationHosts.Terms(settings, terms.Source), cancellation);
        return choice.Kind switch
        {
            RollupKind.Queue => [$"Its mail goes into the queue {choice.Name}/{key.VirtualMta}, by mx-rollup-list."],
            RollupKind.Group => [$"It shares the limits of {choice.Name}/{key.VirtualMta}, under the settings of {choice.MainDomain}."],
            _ => [],
        };
    }

    private static string Text(SourceHost source) => source.Address is null ? ""
        : source.Proxies.Count == 0 ? $"{source.Address}"
        : $"{source.Address} through the proxy {source.Proxies[0].Title}";
}
