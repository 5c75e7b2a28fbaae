// What is looked at page by page and second by second: by the API and the console. Owned by Operator. Looking never waits for mail.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Reception;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>Typed looks at the running server. Thread safe.</summary>
internal sealed class OperatorLooks : IDisposable
{
    private readonly ServerView _server;
    private readonly QueueBoard _board;

    public OperatorLooks(ServerView server)
    {
        (_server, _board) = (server, new QueueBoard(server));
        Queues = new QueueLook(server, _board);
        Attention = new AttentionList(server, _board);
        Mail = new MailLook(server, _board, Queues);
    }

    /// <summary>Queues, page by page.</summary>
    public QueueLook Queues { get; }

    /// <summary>What needs attention.</summary>
    public AttentionList Attention { get; }

    /// <summary>Destinations, virtual MTAs, sources, jobs.</summary>
    public MailLook Mail { get; }

    public Instant Now => _server.Clock.Now;

    public ServerSettings Settings => _server.Settings.Value;

    /// <summary>Version and time of the configuration in force.</summary>
    public LoadedSettings Load => _server.Settings.Load;

    /// <summary>The newest lines of the log, and those that come.</summary>
    public LogTail Log => _server.LogTail;

    /// <summary>What happened to recipients lately.</summary>
    public RecipientEvents Events => _server.Traffic.Events;

    /// <summary>The clients that too many failed authentications keep out now, the longest first.</summary>
    public IReadOnlyList<ShutOutClient> ShutOutClients() => _server.ShutOutClients();

    /// <summary>Connections to hosts that are open now.</summary>
    public OpenConnections Connections => _server.Traffic.OpenConnections;

    public async Task<OverviewReport> OverviewAsync(CancellationToken cancellation)
    {
        StatusReport status = StatusReport.Take(_server);
        (double? median, double? p99) = OverviewReport.TimesToDeliver(_server.History(HistoryRange.Day), _server.Clock.Now);
        return new OverviewReport(
            status, _server.Disk(), _server.Settings.Value.Spool.MinFreeSpace, median, p99, await Attention.ReadAsync(cancellation));
    }

    public HistorySample[] History(HistoryRange range) => _server.History(range);

    /// <summary>The last second; the default before the first has passed.</summary>
    public HistorySample Latest() => _server.Latest();

    /// <summary>What an operator has just changed is seen by the next look.</summary>
    public void Renew() => _board.Renew();

    public void Dispose() => _board.Dispose();
}
