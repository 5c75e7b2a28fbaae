// What an operator may ask and do, once: the command line, the console and the HTTP interface are three faces of this class.
// Owned by the server. Looking takes snapshots and never waits for mail; changes are made one at a time.
// A failure is a report that says so; an exception here is a broken invariant and reaches the face that asked.

using Godwit.Diagnostics;
using Godwit.Queues;
using Microsoft.Extensions.Logging;

namespace Godwit.Control;

/// <summary>The operator's verbs. Thread safe.</summary>
public sealed class Operator(ServerView server, ILogger log) : IDisposable
{
    private readonly SemaphoreSlim _oneChange = new(1, 1);

    /// <summary>The server's time, for what waits on its behalf.</summary>
    public TimeProvider Time => server.Clock.Time;

    public StatusReport ShowStatus() => StatusReport.Take(server);

    public VersionReport ShowVersion() => new();

    /// <summary>Why new mail is not taken right now; null when it is.</summary>
    public string? NotReady() => server.ShuttingDown() ? "the server is stopping" : server.NotReady();

    /// <summary>The queues with most recipients first.</summary>
    public QueueListReport ShowTopQueues(QueuePattern pattern, int maxItems, bool errors) =>
        ListQueues($"Top {maxItems} queues by number of recipients", pattern, maxItems, errors, byName: false);

    /// <summary>The queues by name.</summary>
    public QueueListReport ShowQueues(QueuePattern pattern, int maxItems, bool errors) =>
        ListQueues("Queues", pattern, maxItems, errors, byName: true);

    /// <summary>Replies that neither a user's rule nor one of the program's knew, the most frequent kinds first.</summary>
    public UnclassifiedReport ShowUnclassified(int maxItems) => new(server.Unclassified(maxItems));

    /// <summary>What the configuration in force says about a queue, a virtual MTA, a pool or a source.</summary>
    public OperatorReport ShowSettings(OperatorCommand question) => SettingsQuestion.Answer(server.Settings.Value, question);

    /// <summary>Puts the configuration file in force as it is now, or changes nothing. One reload runs at a time; a second one waits.</summary>
    public async Task<ReloadReport> ReloadAsync(CancellationToken cancellation)
    {
        await _oneChange.WaitAsync(cancellation);
        try
        {
            ReloadReport report = await server.Reload(cancellation);
            if (report.Reloaded)
            {
                log.OperatorReloaded(report.Version, report.Problems.Count);
            }
            else
            {
                log.OperatorReloadRefused(report.Problems.Count, report.Version);
            }

            return report;
        }
        finally
        {
            _oneChange.Release();
        }
    }

    /// <summary>Does what the command says.</summary>
    public async Task<OperatorReport> RunAsync(OperatorCommand command, CancellationToken cancellation) => command.Verb switch
    {
        VerbId.ShowStatus => ShowStatus(),
        VerbId.ShowVersion => ShowVersion(),
        VerbId.ShowQueues => ShowQueues(command.Queues, command.MaxItems, command.Errors),
        VerbId.ShowTopQueues => ShowTopQueues(command.Queues, command.MaxItems, command.Errors),
        VerbId.ShowUnclassified => ShowUnclassified(command.MaxItems),
        VerbId.ShowSettings or VerbId.ShowVirtualMtaSettings or VerbId.ShowSourceSettings => ShowSettings(command),
        VerbId.Reload => await ReloadAsync(cancellation),
        VerbId.CheckConfig => new MessageReport(ReportOutcome.Usage, "check config runs where the file is: type it in a shell as \"godwit check config FILE\""),
        _ => throw new InvalidOperationException($"no method does {command.Name}"),
    };

    public void Dispose() => _oneChange.Dispose();

    private QueueListReport ListQueues(string title, QueuePattern pattern, int maxItems, bool errors, bool byName)
    {
        QueueTotals totals = server.QueueTotals();
        QueueSelection found = server.Queues(pattern.Matches, maxItems, byName);
        return new QueueListReport(title, found.Queues, found.Matching, totals, errors, server.Clock.Now);
    }
}
