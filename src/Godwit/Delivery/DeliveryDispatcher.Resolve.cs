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
        };
        SourceHost source = SourceOf(terms.Source, server);
        IReadOnlyList<HostAddress> hosts = settings.Kind != DeliveryKind.Smtp ? []
            : settings.SmtpHosts.Count > 0 ? await ConfiguredAsync(terms, settings, source, cancellation)
            : [.. HostsOf(answer, settings.DefaultSmtpPort).Take(MostGreeted)];
        return new ResolvedDestination(answer)
        {
            Notes = await NotesAsync(terms, settings, answer, cancellation),
            ConfiguredHosts = settings.SmtpHosts.Count > 0 ? [.. hosts.Select(host => $"{host.Name} {host.EndPoint}")] : [],
            Greetings = terms.Connects ? await Task.WhenAll(hosts.Select(host => GreetAsync(host, source, settings, cancellation))) : [],
        };
    }

    /// <summary>As a virtual MTA has it: its connections may go through a proxy.</summary>
    private static SourceHost SourceOf(IPAddress? address, ServerSettings server) =>
        server.VirtualMtas.Values.SelectMany(static virtualMta => virtualMta.SourceHosts)
            .FirstOrDefault(host => address is not null && address.Equals(host.Address))
            ?? new SourceHost(address, server.HostName);

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
        answer.Hosts.SelectMany(host => host.Addresses, (host, address) => new HostAddress(host.Name.Text, new IPEndPoint(address, port)));

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

    private async Task<HostGreeting> GreetAsync(HostAddress host, SourceHost source, DeliverySettings settings, CancellationToken cancellation)
    {
        ConnectResult result = await _tools.Connector.ConnectAsync(host, source, settings, cancellation);
        if (result.Connection is not { } connection)
        {
            return new HostGreeting(host.Text, result.Problem);
        }

        await using var peer = new PeerConnection(connection, host, result.From, settings, _log);
        SmtpReply? greeting = await peer.GreetingAsync();
        if (greeting is not null)
        {
            await peer.SayQuitAsync();
        }

        return new HostGreeting(host.Text, greeting?.ToString() ?? peer.LossReason);
    }
}
