// What of the server the operator's verbs may look at and pull on.

using System.Net.Sockets;
using Godwit.Control;
using Godwit.Delivery;
using Godwit.Diagnostics;
using Godwit.Dns;
using Godwit.Mail;
using Godwit.Spool;
using Godwit.Verification;

namespace Godwit;

public sealed partial class GodwitServer
{
    private ServerView View(MxLookup mx, SenderChecks checks) => new()
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
        ReadEnvelope = ReadEnvelope,
        Delete = _settlement.DeleteAsync,
        Resolve = (terms, cancellation) => ResolveAsync(mx, terms, cancellation),
        CheckSpf = checks.ExplainAsync,
        CompareKeys = (domain, cancellation) => KeyComparison.AskAsync(_signing.KeysFor(domain), domain, ResolverLookup.Of(_resolver), cancellation),
        ClearDnsCache = _resolver.ClearCache,
        Trace = _dispatcher.ObserveAsync,
        RotateLog = RotateLogAsync,
        RotateAccounting = _accounting.RotateAsync,
        LogTail = _logFile?.Tail ?? new LogTail(),
        Disk = ReadDisk,
        Certificates = () => [.. _tls.Certificates],
        Spool = () => new SpoolCounts(100, _spool.Files.InUse, _spool.Files.Free)
        {
            OctetsInUse = _spool.Files.InUse * (long)SpoolFormat.DefaultSegmentOctets,
        },
        Resolver = () => new ResolverCounts(_resolver.NamesCached, _resolver.QueriesPending),
        AccountingFiles = () => _accounting.CurrentPaths,
        NotReady = () => _settlement.Problem ?? (_spool.MayAccept(out string reason) ? null : reason),
        ShuttingDown = () => _stop.IsCancellationRequested,
        Reload = ReloadAsync,
    };

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
        if (terms.NameServer is null && !terms.Tcp)
        {
            return await _dispatcher.DescribeAsync(terms, await mx.FindAsync(terms.Key.Destination, lookup, cancellation), cancellation);
        }

        await using var other = new DnsResolver(() => terms.NameServer is { } one ? [one] : _settings.Value.NameServers, _clock, _log, onlyTcp: terms.Tcp);
        MxAnswer answer = await new MxLookup(other, new Random()).FindAsync(terms.Key.Destination, lookup, cancellation);
        return await _dispatcher.DescribeAsync(terms, answer, cancellation);
    }

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
