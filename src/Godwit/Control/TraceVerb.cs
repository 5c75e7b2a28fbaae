// "trace": a queue tries now, and the operator sees what is said. The delivery is an ordinary one: it waits for its turn, and its limits hold.

using System.Net;
using Godwit.Delivery;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Control;

/// <summary>Watches one delivery. Thread safe; one at a time.</summary>
internal sealed class TraceVerb(ServerView server, ILogger log) : IDisposable
{
    /// <summary>Shorter than the 30 s that the command line waits for an answer.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private readonly SemaphoreSlim _one = new(1, 1);

    /// <param name="tell">Told each line as it is said; must not wait.</param>
    public async Task<OperatorReport> RunAsync(
        QueuePattern pattern, CommandOptions options, CancellationToken cancellation, Action<string>? tell = null)
    {
        if (Refusal(pattern, options, out QueueKey key) is { Length: > 0 } refusal)
        {
            return new MessageReport(ReportOutcome.Refused, refusal);
        }

        if (!await _one.WaitAsync(TimeSpan.Zero, cancellation))
        {
            return new MessageReport(ReportOutcome.Refused, "another trace is under way: one runs at a time, 20 s at most");
        }

        try
        {
            var terms = new TraceTerms(key, options.SourceAddress, options.LogData, options.LogResolution) { Tell = tell };
            if (await server.Trace(terms, Begin, _patience, cancellation) is { } lines)
            {
                return Report(key, lines, options.ToLog);
            }
        }
        finally
        {
            server.Scheduler.PreferSource(key, null);
            _one.Release();
        }

        string reason = server.Scheduler.Why(key, server.Clock.Now)?.Reasons is [{ IsBinding: true } first, ..] ? Sentence(first)
            : "its mail went, or waits behind other mail";
        string from = options.SourceAddress is { } source ? $" from {source}" : "";
        return new MessageReport(
            ReportOutcome.Refused, $"nothing was sent for {key}{from} within {_patience.TotalSeconds:0} s: {reason}; \"why {key}\" says more");

        void Begin()
        {
            server.Scheduler.PreferSource(key, options.SourceAddress);
            server.Scheduler.ScheduleNow(key, options.RetryRecipients, server.Clock.Now);
        }
    }

    public void Dispose() => _one.Dispose();

    private string Sentence(WaitReason reason) =>
        reason.Until == Instant.Never || reason.Until <= server.Clock.Now ? reason.Text : $"{reason.Text}, until {ReportNumbers.Time(reason.Until)}";

    private TraceReport Report(QueueKey key, IReadOnlyList<string> lines, bool toLog)
    {
        for (int i = 0; toLog && i < lines.Count; i++)
        {
            log.OperatorTraced(key.ToString(), lines[i]);
        }

        return new TraceReport(lines);
    }

    /// <summary>Why there is nothing to trace, also in a while; empty when there is.</summary>
    private string Refusal(QueuePattern pattern, CommandOptions options, out QueueKey key)
    {
        QueueGlance[] queues = [.. server.Scheduler.Glances(QueueNames.Matcher(server.Scheduler, pattern)).Where(queue => queue.Recipients > 0)];
        key = queues.Length > 0 ? queues[0].Key : default;
        return queues.Length switch
        {
            0 => $"no queue with mail matches {pattern}; "
                + (new RollupMail(server).Note(pattern, "trace") is { Length: > 0 } note ? note : "\"show queues\" lists those that there are"),
            > 1 => $"{queues.Length} queues match {pattern}: name one of them, such as {key}",
            _ => OfSource(key, options.SourceAddress) is { Length: > 0 } source ? source
                : server.Scheduler.WhyNotNow(key, options.RetryRecipients, _patience, server.Clock.Now) is { Length: > 0 } why
                    ? $"nothing of {key} can go now: {why}"
                : "",
        };
    }

    /// <summary>Why no connection of the queue can leave from an address; empty when one may.</summary>
    private string OfSource(QueueKey key, IPAddress? source)
    {
        if (source is null)
        {
            return "";
        }

        IReadOnlyList<SourceHost> hosts =
            server.Settings.Value.VirtualMtas.TryGetValue(key.VirtualMta, out VirtualMtaSettings? virtualMta) ? virtualMta.SourceHosts : [];
        string known = string.Join(", ", hosts.Select(host => host.Address).OfType<IPAddress>());
        return !hosts.Any(host => source.Equals(host.Address))
            ? $"{source} is no source address of the virtual MTA {key.VirtualMta}; {(known.Length > 0 ? $"it has {known}" : "the system chooses its address")}"
            : server.Scheduler.MemoryOf(key).Disabled.Any(disabled => source.Equals(disabled.Address))
                ? $"{source} is disabled in {key}; \"enable source {source} {key}\" ends that, \"show disabled sources {key}\" says why"
            : "";
    }
}
