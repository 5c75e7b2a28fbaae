// What of the server the operator's verbs may look at and pull on.

using System.Net;
using Godwit.Control;
using Godwit.Dns;
using Godwit.Mail;
using Godwit.Spool;

namespace Godwit;

public sealed partial class GodwitServer
{
    private ServerView View(MxLookup mx) => new()
    {
        Clock = _clock,
        Settings = _settings,
        Traffic = Traffic,
        QueueTotals = _scheduler.Totals,
        Queues = _scheduler.Select,
        Unclassified = _unclassified.Top,
        Scheduler = _scheduler,
        ReadEnvelope = ReadEnvelope,
        Delete = _settlement.DeleteAsync,
        Resolve = (domain, nameServer, cancellation) => ResolveAsync(mx, domain, nameServer, cancellation),
        ClearDnsCache = _resolver.ClearCache,
        Trace = _dispatcher.ObserveAsync,
        RotateLog = RotateLogAsync,
        RotateAccounting = _accounting.RotateAsync,
        Spool = () => new SpoolCounts(100, _spool.Files.InUse, _spool.Files.Free),
        Resolver = () => new ResolverCounts(_resolver.NamesCached, _resolver.QueriesPending),
        AccountingFiles = () => _accounting.CurrentPaths,
        NotReady = () => _settlement.Problem ?? (_spool.MayAccept(out string reason) ? null : reason),
        ShuttingDown = () => _stop.IsCancellationRequested,
        Reload = ReloadAsync,
    };

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
    private async Task<MxAnswer> ResolveAsync(MxLookup mx, DomainName domain, IPEndPoint? nameServer, CancellationToken cancellation)
    {
        var terms = new LookupTerms(AddressFamilies.Both, TimeSpan.Zero);
        if (nameServer is null)
        {
            return await mx.FindAsync(domain, terms, cancellation);
        }

        await using var other = new DnsResolver(() => [nameServer], _clock, _log);
        return await new MxLookup(other, new Random()).FindAsync(domain, terms, cancellation);
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
