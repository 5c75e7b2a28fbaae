// What of the server the operator's verbs may look at and pull on.

using System.Net;
using System.Net.Sockets;
using Godwit.Control;
using Godwit.Delivery;
using Godwit.Diagnostics;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Intake;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Spool;
using Godwit.Verification;

namespace Godwit;

public sealed partial class GodwitServer
{
    /// <summary>Events of one queue in a list: what fits a screen.</summary>
    private const int MostRecentEvents = 50;

    private ServerView View(MxLookup mx, SenderChecks checks, MessageIntake intake) => new()
    {
        Clock = _clock,
        Settings = _settings,
        Traffic = Traffic,
        History = range => History.Read(range),
        Latest = () => History.Latest,
        Alarms = Alarms.Read,
        QueueTotals = _scheduler.Totals,
        Queues = _scheduler.Select,
        Unclassified = _unclassified.Top,
        Scheduler = _scheduler,
        ColdMail = intake.ReadCold,
        ShutOutClients = _reception.ShutOutClients,
        ReadmitClient = _reception.Readmit,
        ReadEnvelope = ReadEnvelope,
        Delete = _settlement.DeleteAsync,
        Reroute = _settlement.RerouteAsync,
        Resolve = (terms, cancellation) => ResolveAsync(mx, terms, cancellation),
        CheckSpf = terms => CheckSpfAsync(checks, terms),
        CompareKeys = (domain, cancellation) => KeyComparison.AskAsync(_signing.KeysFor(domain), domain, ResolverLookup.Of(_resolver), cancellation),
        ClearDnsCache = _resolver.ClearCache,
        ClearSecrets = _signing.ForgetSecrets,
        LoadConfig = LoadAsync,
        RecentEvents = RecentEvents,
        Trace = _dispatcher.ObserveAsync,
        RotateLog = RotateLogAsync,
        RotateAccounting = _accounting.RotateAsync,
        LogTail = _logFile?.Tail ?? new LogTail(),
        Disk = ReadDisk,
        IsClockKept = MachineClock.IsKept,
        Certificates = () => [.. _tls.Certificates],
        Spool = () => new SpoolCounts(100, _spool.Files.InUse, _spool.Files.Free)
        {
            OctetsInUse = _spool.Files.InUse * (long)SpoolFormat.DefaultSegmentOctets,
        },
        Resolver = () => new ResolverCounts(_resolver.NamesCached, _resolver.QueriesPending, _resolver.QueriesActive),
        AccountingFiles = () => _accounting.CurrentPaths,
        ExportTroubles = () => _exports.Troubles,
        NotReady = () => _settlement.Problem ?? (_spool.MayAccept(out string reason) ? null : reason),
        ShuttingDown = () => _stop.IsCancellationRequested,
        Reload = ReloadAsync,
    };

    /// <summary>What became of single recipients of a queue lately, the oldest first.</summary>
    private IReadOnlyList<RecipientEvent> RecentEvents(QueueKey key) =>
    [
        .. Traffic.Events.Read(new EventQuestion { Destination = key.Destination.Text, VirtualMta = key.VirtualMta }, MostRecentEvents)
            .Where(static one => one.Kind != RecipientEventKind.Accepted)
            .Reverse(),
    ];

    /// <summary>Zero where the system does not say.</summary>
    private DiskSpace ReadDisk()
    {
        try
        {
            var drive = new DriveInfo(_spoolDirectory);
            return new DiskSpace(drive.AvailableFreeSpace, drive.TotalSize);
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }

    /// <summary>Null for a message that has left, and for one that the device does not give.</summary>
    private Envelope? ReadEnvelope(StoredMessage message)
    {
        try
        {
            using SpooledContent content = _spool.Read(message);
            return content.Envelope;
        }
        catch (SpoolException)
        {
            return null;
        }
    }

    /// <summary>Hosts as deliveries find them; from another name server nothing is remembered.</summary>
    private async Task<ResolvedDestination> ResolveAsync(MxLookup mx, ResolveTerms terms, CancellationToken cancellation)
    {
        if (MailRollups.IsRollup(terms.Key.Destination))
        {
            // The configuration's own name: no name server is to be asked for it.
            return await _dispatcher.DescribeAsync(terms, new MxAnswer(MxStatus.NoSuchDomain, [], "a rollup stands in no DNS"), cancellation);
        }

        AddressFamilies families = terms.Source is null ? AddressFamilies.Both
            : terms.Source.AddressFamily == AddressFamily.InterNetwork ? AddressFamilies.IPv4Only
            : AddressFamilies.IPv6Only;
        var lookup = new LookupTerms(families, TimeSpan.Zero);
        if (terms is { NameServer: null, Tcp: false, Packets: null })
        {
            return await _dispatcher.DescribeAsync(terms, await mx.FindAsync(terms.Key.Destination, lookup, cancellation), cancellation);
        }

        IReadOnlyList<IPEndPoint> servers = terms.NameServer is { } one ? [one] : _settings.Value.NameServers;
        await using DnsResolver other = Fresh(servers, terms.Tcp, terms.Packets);
        MxAnswer answer = await new MxLookup(other, new Random()).FindAsync(terms.Key.Destination, lookup, cancellation);
        return await _dispatcher.DescribeAsync(terms, answer, cancellation);
    }

    /// <summary>The running resolver answers, or one that remembers nothing where the operator wants to see how name servers are asked.</summary>
    private async Task<SpfExplanation> CheckSpfAsync(SenderChecks checks, SpfTerms terms)
    {
        if (terms is { Tcp: false, DumpPackets: false })
        {
            return await ExplainAsync(null);
        }

        PacketTrace? packets = terms.DumpPackets ? new PacketTrace(withOctets: true) : null;
        await using DnsResolver other = Fresh(_settings.Value.NameServers, terms.Tcp, packets);
        return await ExplainAsync(ResolverLookup.Of(other)) with { Packets = packets?.Lines ?? [] };

        async Task<SpfExplanation> ExplainAsync(SenderLookup? lookup)
        {
            (SpfVerdict verdict, IReadOnlyList<string> steps) =
                await checks.ExplainAsync(terms.Client, terms.Helo, terms.Sender, terms.Receiver, lookup);
            return new SpfExplanation(verdict, steps);
        }
    }

    private DnsResolver Fresh(IReadOnlyList<IPEndPoint> servers, bool onlyTcp, PacketTrace? packets) =>
        new(() => servers, _clock, _log, onlyTcp, trace: packets);

    private async Task<bool> RotateLogAsync()
    {
        if (_logFile is null || _settings.Value.LogFile.Length == 0)
        {
            return false;
        }

        await _logFile.RotateAsync();
        return true;
    }
}
