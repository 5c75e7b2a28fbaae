// What of the server is counted and sampled, and how it is told to others.

using Godwit.Diagnostics;
using Godwit.Mail;
using Godwit.Metrics;
using Godwit.Queues;

namespace Godwit;

public sealed partial class GodwitServer
{
    /// <summary>
    /// Queues looked at each minute for the histories of destinations: some tens of milliseconds. That is every virtual MTA of every destination kept, up to a
    /// hundred virtual MTAs; with a thousand, the two hundred most active destinations are sampled.
    /// </summary>
    private const int MostLooksAMinute = 200_000;

    private readonly StatisticsSending _statistics;
    private readonly MailSampling _sampling;

    /// <summary>Samples of the last hour and the last day.</summary>
    public TrafficHistory History { get; }

    /// <summary>What is wrong right now.</summary>
    public Alarms Alarms { get; }

    private MetricView Meters() => new(_clock, _settings, Traffic, _scheduler, Alarms)
    {
        Spool = _spool,
        Accounting = _accounting,
        Resolver = _resolver,
        Log = _logFile,
        NotReady = WhyNotReady,
    };

    private MailSampling BeginSampling() => new(Traffic.Activity.History, WaitingInQueues, WaitingForDestinations, _clock, _log);

    private IReadOnlyList<WaitingMail<QueueName>> WaitingInQueues(IReadOnlyList<QueueName> names)
    {
        QueueName[] known = [.. names.Where(static name => DomainName.TryParse(name.Destination, out _))];
        IReadOnlyList<QueueSize> sizes = _scheduler.Sizes([.. known.Select(static name => new QueueKey(DomainName.Parse(name.Destination), name.VirtualMta))]);
        return [.. sizes.Select((size, i) => new WaitingMail<QueueName>(known[i], size.Recipients, size.Connections))];
    }

    private IReadOnlyList<WaitingMail<string>> WaitingForDestinations(IReadOnlyList<string> names)
    {
        string[] known = [.. names.Where(static name => DomainName.TryParse(name, out _))];
        IReadOnlyList<QueueSize> sizes = _scheduler.Sizes([.. known.Select(static name => DomainName.Parse(name))], MostLooksAMinute);
        return [.. sizes.Select((size, i) => new WaitingMail<string>(known[i], size.Recipients, size.Connections))];
    }

    private string? WhyNotReady() => _settlement.Problem ?? (_spool.MayAccept(out string reason) ? null : reason);
}
